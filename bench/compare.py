#!/usr/bin/env python3
"""Measures mica side by side with TensorFlow, PyTorch, ONNX Runtime, pandas and scikit-learn, and prints a table.

    compare.py [--build build] [--python PEERS/bin/python] [--rounds 4] [--only epoch,infer,eager,mlp,recurrent,images,waiting,table,prepare,augment,busy]
               [--update docs/benchmarks.md] [--json FILE]

Everything is interleaved: in each round every system does one piece of the job, then the next round
begins, so that a slow minute of the machine hits all. Peers that are not measuring are stopped.
Medians; epochs after the first. What is missing is named and left out.
"""
import argparse
import json
import lzma
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import table

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TITLES = {"mica": "mica", "tensorflow": "TensorFlow", "torch": "PyTorch", "onnxruntime": "ONNX Runtime", "pandas": "pandas",
          "sklearn": "scikit-learn"}
SIZES = (1, 64, 256)
PICTURES = {  # a small network whose pictures are changed by chance, of class folders
    "model": {"input": [180, 180, 3], "layers": [
        {"Rescaling": {"scale": 1 / 255}}, "RandomFlip", {"RandomRotation": {"factor": 0.1}},
        {"RandomZoom": {"height_factor": 0.1}},
        *[layer for filters in (16, 32, 64) for layer in
          ({"Conv2D": {"filters": filters, "kernel_size": 3, "activation": "relu"}}, "MaxPooling2D")],
        "Flatten", {"Dense": {"units": 128, "activation": "relu"}}, {"Dense": {"units": 10, "activation": "softmax"}}]},
    "data": {"train": "cuts", "preprocessing": {"image_size": [180, 180]}},
    "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
    "fit": {"batch_size": 32}, "seed": 3}
AUGMENTING = {  # layers as Keras's, the same settings for both
    "RandomFlip": {}, "RandomRotation": {"factor": 0.1}, "RandomZoom": {"height_factor": 0.2},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1}, "RandomShear": {"x_factor": 0.2, "y_factor": 0.2},
    "RandomCrop": {"height": 200, "width": 200}, "RandomContrast": {"factor": 0.3}, "RandomBrightness": {"factor": 0.2},
    "RandomSaturation": {"factor": 0.3}, "RandomHue": {"factor": 0.2}, "RandomGrayscale": {"factor": 0.5},
    "RandomSharpness": {"factor": 0.5}, "AutoContrast": {}, "RandomErasing of noise": {"class_name": "RandomErasing"},
    "RandomErasing of a value": {"class_name": "RandomErasing", "fill_value": 0.0},
    "CenterCrop": {"height": 200, "width": 200}, "Resizing": {"height": 160, "width": 160}, "MixUp": {}, "CutMix": {}}
FLIGHTS = os.path.join(os.environ.get("MICA_SHARED", os.path.join(ROOT, "../shared")), "data/flights/flights_jan_jun.csv.xz")


def say(text):
    print(text, file=sys.stderr, flush=True)


def median(values):
    return statistics.median(values) if values else None


def busy_share():
    """How busy others keep the machine: the share of all cores' time in one second."""
    def times():
        with open("/proc/stat") as f:
            fields = [int(v) for v in f.readline().split()[1:9]]
        return sum(fields), fields[3] + fields[4]
    total, idle = times()
    time.sleep(1)
    total, idle = (after - before for after, before in zip(times(), (total, idle)))
    return 1 - idle / max(total, 1)


def multiplies_bfloat16():
    with open("/proc/cpuinfo") as f:
        return bool(re.search(r"^(flags|Features)\b.*\b(avx512_bf16|amx_bf16|bf16)\b", f.read(), re.M))


class Peer:
    """A process of peers.py that measures one round at a time, and is stopped in between."""

    def __init__(self, python, what, peer, *arguments):
        self.name, self.missing, self.final, self.process = peer, None, {}, None
        command = [python, os.path.join(ROOT, "bench/peers.py"), "--what", what, "--peer", peer, "--wait", *arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL, text=True, env=environment)
        except OSError as error:
            self.missing = f"{python}: {error.strerror}"
            return
        self.after(self.read())

    def read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        return {}

    def after(self, line):
        """Ready for the next round, or the summary after the last, or nothing."""
        if "ready" in line:
            os.kill(self.process.pid, signal.SIGSTOP)
            return
        self.process.stdin.close()
        self.process.wait()
        self.final = line
        self.missing = line.get("missing", "" if line else "it ended with an error") or "it is done"

    def round(self):
        """One measurement, or {} where the peer has ended."""
        if self.missing:
            return {}
        os.kill(self.process.pid, signal.SIGCONT)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        result = self.read()
        self.after(self.read())
        return result

    def close(self):
        if self.missing:
            return
        os.kill(self.process.pid, signal.SIGCONT)
        self.process.stdin.close()
        self.final = self.read()
        self.process.wait()


class Bench:
    def __init__(self, args):
        self.args, self.rows, self.notes, self.versions, self.peers = args, [], [], {}, []
        self.share = busy_share()
        self.mica = os.path.abspath(os.path.join(args.build, "mica"))
        self.eager, self.mlp_step = (os.path.abspath(os.path.join(args.build, "bench", name))
                                     for name in ("bench_eager", "bench_mlp"))
        self.scratch = tempfile.mkdtemp(prefix="mica-bench-")
        self.model = os.path.join(self.scratch, "mnist_model.h5")

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)
            say(text)

    def json_of(self, *command):
        """The last JSON line of a command, or None (with a note) where it fails."""
        name = os.path.basename(command[0])
        try:
            done = subprocess.run(command, capture_output=True, text=True, cwd=self.scratch)
        except OSError as error:
            self.note(f"{name} is missing: {error.strerror}")
            return None
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or not lines:
            last = (done.stderr.strip().splitlines() or ["no output"])[-1]
            self.note(f"{' '.join([name, *command[1:2]])} failed: exit {done.returncode}, {last}")
            return None
        return json.loads(lines[-1])

    def start(self, what, peers, *arguments):
        """The processes of the peers that are there."""
        started = [Peer(self.args.python, what, name, *arguments) for name in peers]
        self.peers += started
        for peer in started:
            if peer.missing:
                self.note(f"{TITLES[peer.name]} is left out of '{what}': {peer.missing}")
        return [peer for peer in started if not peer.missing]

    def stop(self, peers):
        for peer in peers:
            peer.close()
            if "version" in peer.final:
                self.versions[peer.name] = peer.final["version"]

    def end(self):
        """Leaves nothing behind, however the measurement ended."""
        for peer in self.peers:
            if peer.process and peer.process.poll() is None:
                peer.process.kill()
                peer.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def row(self, what, values, unit, must, aim=None, against=(), lowest=False, digits=3):
        """must and aim bound the ratio to the best of `against`, or the value itself where there is none."""
        values = {k: v for k, v in values.items() if v is not None}
        best = min((values[p] for p in against if p in values), default=None)
        mica = values.get("mica")
        ratio = mica / best if mica is not None and best else None
        judged = ratio if against else mica
        reached = None if judged is None else (judged >= must if lowest else judged <= must)
        self.rows.append({"what": what, "unit": unit, "values": values, "ratio": ratio, "must": must, "aim": aim,
                          "against": list(against), "lowest": lowest, "reached": reached, "digits": digits})
        say(table.row(self.cells(self.rows[-1])))

    # ------------------------------------------------------------ the measurements

    def train(self, epochs, seed, policy="float32"):
        return self.json_of(self.mica, "train", os.path.join(ROOT, "examples/mnist/recipe.json"), "--json",
                            "--set", f"fit.epochs={epochs}", "--set", f"dtype_policy={policy}", "--seed", str(seed),
                            "--output", self.model)

    def epoch(self):
        rounds = self.args.rounds
        peers = self.start("epoch", ("tensorflow", "torch"), "--epochs", str(rounds + 1))
        for peer in peers:
            peer.round()  # the first epoch of each is its warm-up
        times = {name: [] for name in ("mica", "tensorflow", "torch")}
        memory, accuracy, half = {}, [], {"seconds": [], "accuracy": []}
        for i in range(rounds):
            say(f"epoch: round {i + 1} of {rounds}")
            result = self.train(5, i + 1)
            if result:
                times["mica"] += [e["seconds"] for e in result["epochs"]][1:]
                accuracy.append(result["evaluate"]["accuracy"])
                memory["mica"] = max(memory.get("mica", 0), result["peak_rss_mib"])
            result = self.train(5, i + 1, "mixed_bfloat16") if multiplies_bfloat16() else None
            if result:
                half["seconds"] += [e["seconds"] for e in result["epochs"]][1:]
                half["accuracy"].append(result["evaluate"]["accuracy"])
            for peer in peers:
                got = peer.round()
                if got:
                    times[peer.name].append(got["seconds"])
                    memory[peer.name] = got["peak_rss_mib"]
        self.stop(peers)
        self.row("MNIST epoch: shuffle, 54,000 images in batches of 64 with Adam, 6,000 validation images",
                 {k: median(v) for k, v in times.items()}, "s", 0.42, 0.33, ("tensorflow", "torch"), digits=2)
        seeds = f" (mica: mean of {len(accuracy)} seeds)" if accuracy else ""
        of_peers = {peer.name: peer.final.get("accuracy") for peer in peers} if rounds == 4 else {}
        self.row("test accuracy after 5 epochs" + seeds,
                 {"mica": statistics.mean(accuracy) if accuracy else None, **of_peers}, "", 0.988, lowest=True, digits=4)
        self.row("peak memory of that run", memory, "MiB", 150, digits=0)
        self.half_precision(half, {k: median(v) for k, v in times.items() if k != "mica"})
        self.row("start of the process to the end of the first step",
                 {"mica": self.first_step_of_mica(), **{p.name: self.first_step(p.name) for p in peers}}, "s", 0.15)

    def half_precision(self, half, peers):
        """mica's epochs under mixed_bfloat16 beside those of the peers in float32."""
        if not multiplies_bfloat16():
            self.note("mixed_bfloat16 is not measured: this CPU has no products of bfloat16")
            return
        self.row("the epoch under mixed_bfloat16 (peers: float32)", {"mica": median(half["seconds"]), **peers}, "s", 0.30,
                 0.22, ("tensorflow", "torch"), digits=2)
        accuracy = half["accuracy"]
        self.row(f"its test accuracy after 5 epochs (mean of {len(accuracy)} seeds)",
                 {"mica": statistics.mean(accuracy) if accuracy else None}, "", 0.988, lowest=True, digits=4)

    def first_step_of_mica(self):
        """Warm, as the peers' own: one after another, and the median of what they say."""
        command = (self.mica, "train", os.path.join(ROOT, "examples/mnist/recipe.json"), "--check", "--json")
        results = [self.json_of(*command) for _ in range(5)]
        return median([r["check"]["first_step_seconds"] for r in results if r])

    def first_step(self, name):
        script = os.path.join(ROOT, "bench/peers.py")
        results = [self.json_of(self.args.python, script, "--what", "first_step", "--peer", name) for _ in range(3)]
        return median([r["first_step_seconds"] for r in results if r])

    def infer(self):
        if not os.path.exists(self.model):
            self.train(1, 1)
        names = ("onnxruntime", "torch", "tensorflow")
        seconds = ("--seconds", str(self.args.seconds))
        peers = self.start("infer", names[:1], "--bound", *seconds) + self.start("infer", names[1:], *seconds)
        times = {n: {name: [] for name in ("mica", *names)} for n in SIZES}
        for i in range(self.args.rounds):
            say(f"infer: round {i + 1} of {self.args.rounds}")
            for n in SIZES:
                result = self.json_of(self.mica, "bench", self.model, "--batch-size", str(n), "--json")
                if result:
                    times[n]["mica"].append(result["median_us"])
            for peer in peers:
                for n, us in peer.round().get("median_us", {}).items():
                    times[int(n)][peer.name].append(us)
        self.stop(peers)
        for n, must, aim in zip(SIZES, (1, 0.9, 0.9), (0.65, 0.75, 0.75)):
            self.row(f"{n} image{'s' if n > 1 else ''}, in process", {k: median(v) for k, v in times[n].items()},
                     "µs", must, aim, ("onnxruntime",), digits=1 if n == 1 else 0)

    def eager_calls(self):
        self.calls((self.eager, "--json"), {"tape": ("the 3-2-1 tape loop, a step (batch 64)", "tape_step_us", 0.1, ("torch",)),
                                            "add": ("one eager add of 4 numbers", "add_us", 0.15, ("torch",))})

    def mlp(self):
        self.calls((self.mlp_step,), {"mlp": ("a training step of six Dense layers of 512, batch 128, Adam", "mlp_us", 0.8,
                                              ("torch", "tensorflow"))})

    def calls(self, command, jobs):
        """What one program of mica measures by itself: jobs are title, key in its JSON, must, against."""
        peers = {what: self.start(what, ("torch", "tensorflow"), "--seconds", str(self.args.seconds)) for what in jobs}
        times = {what: {name: [] for name in ("mica", "torch", "tensorflow")} for what in jobs}
        for i in range(self.args.rounds):
            say(f"{', '.join(jobs)}: round {i + 1} of {self.args.rounds}")
            result = self.json_of(*command)
            for what, (_, key, _, _) in jobs.items():
                if result:
                    times[what]["mica"].append(result[key])
                for peer in peers[what]:
                    got = peer.round()
                    if got:
                        times[what][peer.name].append(got[f"{what}_us"])
        for what, (title, _, must, against) in jobs.items():
            self.stop(peers[what])
            self.row(title, {k: median(v) for k, v in times[what].items()}, "µs", must, None, against, digits=2)

    def recurrent(self):
        names = ("tensorflow", "torch")
        kinds = (("lstm", "LSTM"), ("gru", "GRU"), ("simple_rnn", "SimpleRNN"))
        peers = self.start("recurrent", names, "--seconds", str(self.args.seconds))
        times = {kind: {name: [] for name in ("mica", *names)} for kind, _ in kinds}
        for i in range(self.args.rounds):
            say(f"recurrent: round {i + 1} of {self.args.rounds}")
            result = self.json_of(os.path.join(os.path.dirname(self.eager), "bench_recurrent"), str(self.args.seconds))
            for kind, _ in kinds:
                if result:
                    times[kind]["mica"].append(result[f"{kind}_ms"])
            for peer in peers:
                for kind, ms in peer.round().get("median_ms", {}).items():
                    times[kind][peer.name].append(ms)
        self.stop(peers)
        for kind, title in kinds:
            self.row(f"{title} 128 on 64 sequences of 100 steps of 64 features, a training step",
                     {k: median(v) for k, v in times[kind].items()}, "ms", 0.7, None, names, digits=1)

    def table(self):
        """The flights of half a year, decompressed and in the page cache: 166,158 rows of 19 columns."""
        if not os.path.exists(FLIGHTS):
            self.note(f"tables are not measured: {FLIGHTS} is missing (MICA_SHARED names its folder shared)")
            return
        path = os.path.join(self.scratch, "flights.csv")
        with lzma.open(FLIGHTS) as packed, open(path, "wb") as f:
            shutil.copyfileobj(packed, f)
        peers = self.start("table", ("pandas",), "--file", path)
        times = {key: {"mica": [], "pandas": []} for key in ("read_ms", "describe_ms")}
        program = os.path.join(os.path.dirname(self.eager), "bench_table")
        for i in range(self.args.rounds):
            say(f"table: round {i + 1} of {self.args.rounds}")
            for name, result in [("mica", self.json_of(program, path) or {})] + [(p.name, p.round()) for p in peers]:
                for key, values in times.items():
                    if key in result:
                        values[name].append(result[key])
        self.stop(peers)
        for key, title in (("read_ms", "reading a CSV of 166,158 rows and 19 columns into typed columns"),
                           ("describe_ms", "the same, with statistics and distinct values of all columns")):
            self.row(title, {k: median(v) for k, v in times[key].items()}, "ms", 0.333, None, ("pandas",), digits=1)

    def prepare(self):
        """Scalers, samplers and splits beside scikit-learn and imbalanced-learn."""
        peers = self.start("prepare", ("sklearn",))
        program = os.path.join(os.path.dirname(self.eager), "bench_prepare")
        times = {}
        for i in range(self.args.rounds):
            say(f"prepare: round {i + 1} of {self.args.rounds}")
            for name, result in [("mica", self.json_of(program, "3") or {})] + [(p.name, p.round()) for p in peers]:
                for key, value in result.items():
                    times.setdefault(key, {}).setdefault(name, []).append(value)
        self.stop(peers)
        titles = {f"{method}_{size}": f"{name}, fitted and applied, {rows}"
                  for method, name in (("standard", "StandardScaler"), ("min_max", "MinMaxScaler"),
                                       ("max_abs", "MaxAbsScaler"), ("robust", "RobustScaler"))
                  for size, rows in (("166k", "166,158 x 20"), ("1m", "1,000,000 x 10"))}
        titles.update(over="RandomOverSampler, 20,000 x 20", under="RandomUnderSampler, 20,000 x 20",
                      smote="SMOTE, 20,000 x 20, one in ten", split="stratified split of 1,000,000 rows")
        for key, title in titles.items():
            if key in times:
                self.row(title, {k: median(v) for k, v in times[key].items()}, "ms", 1, None, ("sklearn",), digits=1)

    def augment(self):
        """Layers that change pictures, beside Keras's on TensorFlow: a batch of 32 of 224x224, compiled."""
        layers = json.dumps(AUGMENTING)
        peers = self.start("augment", ("tensorflow",), "--layers", layers)
        program = os.path.join(os.path.dirname(self.eager), "bench_augment")
        times = {}
        for i in range(self.args.rounds):
            say(f"augment: round {i + 1} of {self.args.rounds}")
            for name, result in [("mica", self.json_of(program, layers, "20") or {})] + [(p.name, p.round()) for p in peers]:
                for key, value in result.items():
                    times.setdefault(key, {}).setdefault(name, []).append(value)
        self.stop(peers)
        for key in AUGMENTING:
            if key in times:
                self.row(f"{key}, 32 of 224x224", {k: median(v) for k, v in times[key].items()}, "ms", 1, None, ("tensorflow",),
                         digits=1)

    def waiting(self):
        """How long training steps wait for their data."""
        folder = os.path.join(self.scratch, "cuts")
        shares = {"MNIST": [], "pictures": []}
        recipes = {"MNIST": os.path.join(ROOT, "examples/mnist/recipe.json")}
        if self.cut(folder):
            recipes["pictures"] = os.path.join(self.scratch, "pictures.json")
            with open(recipes["pictures"], "w") as f:
                json.dump(PICTURES, f)
        for i in range(self.args.rounds):
            say(f"waiting: round {i + 1} of {self.args.rounds}")
            for name, recipe in recipes.items():
                got = self.json_of(self.mica, "train", recipe, "--json", "--set", "run_folder=false", "--set",
                                   "fit.epochs=2", "--output", os.path.join(self.scratch, f"{name}.h5"))
                if got:
                    shares[name].append(100 * got["data_wait"])
        for name, title in (("MNIST", "MNIST: the share of its steps' time that training waits for data"),
                            ("pictures", "the same, 2,000 JPEGs of 500x375 to 180x180 with flips, rotations and zooms")):
            self.row(title, {"mica": median(shares[name])}, "%", 3, digits=2)

    def cut(self, folder):
        """The JPEGs, once; False where they cannot be made."""
        if os.path.exists(folder):
            return True
        cut = subprocess.run([self.args.python, os.path.join(ROOT, "tools/cut_images.py"), folder, "--from",
                              self.args.pictures], capture_output=True, text=True)
        if cut.returncode:
            self.note(f"no pictures: {(cut.stderr.strip().splitlines() or ['no output'])[-1]}")
        return not cut.returncode

    def many_images(self, folder):
        """100,000 of them, as links, in one pass: how much memory that takes."""
        many = os.path.join(self.scratch, "many")
        files = sorted(os.path.join(c, n) for c in os.listdir(folder) for n in os.listdir(os.path.join(folder, c)))
        for c in os.listdir(folder):
            os.makedirs(os.path.join(many, c))
        for i in range(100000):
            name = files[i % len(files)]
            os.link(os.path.join(folder, name), os.path.join(many, os.path.dirname(name), f"{i:06}.jpg"))
        say("images: a pass over 100,000")
        got = self.json_of(self.mica, "data", "bench", many, "--image-size", "224x224", "--batch-size", "32", "--json")
        shutil.rmtree(many)
        self.row("peak memory of a pass over 100,000 of them", {"mica": got and got["peak_rss_mib"]}, "MiB", 200, digits=0)

    def images(self):
        """Class folders of JPEGs to batches: a full pass each in turn."""
        folder = os.path.join(self.scratch, "cuts")
        if not self.cut(folder):
            return
        peers = self.start("images", ("tensorflow",), "--folder", folder)
        command = (self.mica, "data", "bench", folder, "--image-size", "224x224", "--batch-size", "32", "--json")
        rates = {name: [] for name in ("mica", "fast", "tensorflow")}
        memory = {}
        self.json_of(*command)  # warm
        for i in range(2 * self.args.rounds):
            say(f"images: round {i + 1} of {2 * self.args.rounds}")
            for name, more in (("mica", ()), ("fast", ("--fast-decode",))):
                got = self.json_of(*command, *more)
                if got:
                    rates[name].append(got["samples_per_second"])
                    memory["mica"] = max(memory.get("mica", 0), got["peak_rss_mib"])
            for peer in peers:
                got = peer.round()
                if got:
                    rates[peer.name].append(got["samples_per_second"])
                    memory[peer.name] = got["peak_rss_mib"]
        self.stop(peers)
        tensorflow = {"tensorflow": median(rates["tensorflow"])}
        self.row("2,000 JPEGs of 500x375 in class folders to 224x224, batches of 32",
                 {"mica": median(rates["mica"]), **tensorflow}, "images/s", 1.3, None, ("tensorflow",), lowest=True, digits=0)
        self.row("the same with fast_decode", {"mica": median(rates["fast"]), **tensorflow}, "images/s", 2, None,
                 ("tensorflow",), lowest=True, digits=0)
        self.row("peak memory of that", memory, "MiB", 200, digits=0)
        self.many_images(folder)

    def busy(self):
        """Epochs while a spinning process holds core 0, over quiet epochs of the same run."""
        seconds = {True: [], False: []}
        for i in range(max(2, self.args.rounds // 2)):
            for spinning in (False, True):
                say(f"busy neighbour: round {i + 1}, {'spinning' if spinning else 'quiet'}")
                spinner = self.spinner() if spinning else None
                try:
                    result = self.train(3, 1)
                finally:
                    if spinner:
                        spinner.kill()
                        spinner.wait()
                seconds[spinning] += [e["seconds"] for e in result["epochs"]] if result else []
        ratio = median(seconds[True]) / median(seconds[False]) if all(seconds.values()) else None
        self.row("epoch beside a process that spins on core 0, over the quiet epoch", {"mica": ratio}, "times", 2.2,
                 digits=2)

    @staticmethod
    def spinner():
        spinner = subprocess.Popen([sys.executable, "-c", "import os\nos.sched_setaffinity(0, {0})\nwhile True: pass"])
        time.sleep(0.2)
        return spinner

    # ------------------------------------------------------------ the table

    def cells(self, row):
        must = f"{'at least' if row['lowest'] else 'at most'} {row['must']:g}"
        if not row["against"]:
            must = f"{must} {row['unit']}".strip()
        elif row["aim"]:
            must += f", aim {row['aim']:g}"
        peers = " or ".join(TITLES[p] for p in row["against"])
        ratio = "" if not row["against"] else "-" if row["ratio"] is None else f"{row['ratio']:.3f} of {peers}"
        values = (table.number(row["values"].get(name), row["digits"], row["unit"]) for name in TITLES)
        return [row["what"], *values, ratio, must, table.verdict(row["reached"])]

    def markdown(self):
        head = ["what", *TITLES.values(), "ratio", "must reach", "reached"]
        rows = table.markdown(head, map(self.cells, self.rows))
        return "\n".join([rows, "", self.where(), "", *(f"- {note}" for note in self.notes)]).rstrip()

    def short(self):
        """For the README: mica and the fastest peer."""
        rows = []
        for row in self.rows:
            peers = {name: row["values"].get(name) for name in TITLES if name != "mica"}
            peers = {name: value for name, value in peers.items() if value is not None}
            if row["ratio"] is None or not peers:  # not measured, or no peer has it
                continue
            best = (max if row["lowest"] else min)(peers, key=peers.get)
            mica, peer = (table.number(value, row["digits"], row["unit"]) for value in (row["values"]["mica"], peers[best]))
            rows.append([row["what"], mica, f"{TITLES[best]} {peer}", f"{row['values']['mica'] / peers[best]:.2f}"])
        return table.markdown(["what", "mica", "fastest peer", "ratio"], rows)

    def where(self):
        with open("/proc/cpuinfo") as f:
            text = f.read()
        name = re.search(r"^model name\s*:\s*(.*)$", text, re.M)
        vectors = "AVX-512" if "avx512f" in text else "AVX2" if "avx2" in text else "neither AVX2 nor AVX-512"
        versions = ", ".join(f"{TITLES[k]} {v}" for k, v in self.versions.items()) or "no peers"
        return (f"Measured {time.strftime('%Y-%m-%d')} on {len(os.sched_getaffinity(0))} cores of "
                f"{name[1] if name else platform.machine()} ({vectors}); {versions}; "
                f"{self.args.rounds} interleaved rounds, medians. "
                f"Other processes kept the machine {self.share:.0%} busy when it began.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.0, help="time for each figure of a peer in a round")
    parser.add_argument("--only", default="epoch,infer,eager,mlp,recurrent,images,waiting,table,prepare,augment,busy")
    parser.add_argument("--pictures", default=os.path.join(ROOT, "../shared/data/images"),
                        help="the folder of pictures that JPEGs are cut from")
    parser.add_argument("--update", metavar="FILE", help="replace the table between the markers in FILE")
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    args = parser.parse_args()
    args.python = os.path.abspath(args.python)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(args)
    jobs = {"epoch": bench.epoch, "infer": bench.infer, "eager": bench.eager_calls, "mlp": bench.mlp,
            "recurrent": bench.recurrent, "images": bench.images, "waiting": bench.waiting, "table": bench.table,
            "prepare": bench.prepare, "augment": bench.augment, "busy": bench.busy}
    chosen = args.only.split(",")
    if not set(chosen) <= set(jobs):
        parser.error(f"--only knows {', '.join(jobs)}")
    if args.update and set(chosen) != set(jobs):
        parser.error("--update wants the whole table: leave --only out")
    try:
        for name in chosen:
            jobs[name]()
    finally:
        bench.end()
    print(bench.markdown())
    if args.json:
        with open(args.json, "w") as f:
            json.dump({"rows": bench.rows, "versions": bench.versions, "notes": bench.notes}, f, indent=1)
    if args.update:
        table.update(args.update, bench.markdown(), "bench")
        for readme in ("README.md", "README.zh.md"):
            table.update(os.path.join(ROOT, readme), bench.short(), "bench:short")
    return 0


if __name__ == "__main__":
    sys.exit(main())
