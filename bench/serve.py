#!/usr/bin/env python3
"""Measures mica serve beside FastAPI and MLServer with ONNX Runtime and beside libmicrohttpd alone.

    serve.py [--build build] [--python PEERS/bin/python] [--rounds 3] [--seconds 4] [--update docs/benchmarks.md]
             [--reloads 0] [--soak 0 | --backends]

Loopback only, bounded in time. `wrk` (Debian's package) makes the load. In each round every server has its turn;
medians. A server that is not measured does not run. --reloads N loads the network N times more and tells how memory
grew. --soak S measures instead how a server fares that is kept busy for S seconds, tenth by tenth; --backends what
generated code is worth: the network with oneDNN and with --backend cpu.
"""
import argparse
import contextlib
import json
import os
import platform
import random
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

import table

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PORT = 18620


def say(text):
    print(text, file=sys.stderr, flush=True)


def wait_ready(url, process, seconds=60):
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        try:
            with urllib.request.urlopen(url, timeout=1) as reply:
                if reply.status == 200:
                    return time.perf_counter() - began
        except OSError:
            pass
        if process.poll() is not None:
            sys.exit(f"{process.args[0]} ended with {process.returncode}")
        time.sleep(0.0005)
    sys.exit(f"{url} never answered")


def memory_mib(process, what="VmHWM"):
    """Of the process and its children."""
    pids, total = [process.pid], 0
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    for pid in pids + children:
        try:
            with open(f"/proc/{pid}/status") as f:
                total += int(re.search(rf"{what}:\s+(\d+)", f.read()).group(1)) / 1024
        except (OSError, AttributeError):
            pass
    return total


def processor_seconds(process):
    """That it has used, user and system: what other work on the machine hardly changes."""
    with open(f"/proc/{process.pid}/stat") as f:
        user, system = f.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


class Load:
    """wrk's requests, in a script of its own."""

    def __init__(self, folder):
        random.seed(1)
        self.folder = folder
        image = [random.randrange(256) if random.random() < 0.2 else 0 for _ in range(784)]
        tensor = {"name": "input_layer", "shape": [1, 28, 28, 1], "datatype": "FP32"}
        head = json.dumps({"inputs": [{**tensor, "parameters": {"binary_data_size": 3136}}],
                           "parameters": {"binary_data_output": True}}).encode()
        self.json = self.script("json", json.dumps({"inputs": [{**tensor, "data": image}]}).encode(), {})
        self.binary = self.script("binary", head + struct.pack("<784f", *image), {
            "Inference-Header-Content-Length": len(head), "Content-Type": "application/octet-stream"})

    def script(self, name, body, headers):
        path = os.path.join(self.folder, name)
        with open(path + ".body", "wb") as f:
            f.write(body)
        with open(path + ".lua", "w") as f:
            f.write(f'local f = io.open("{path}.body", "rb")\nwrk.method = "POST"\nwrk.body = f:read("*a")\n')
            for key, value in {"Content-Type": "application/json", **headers}.items():
                f.write(f'wrk.headers["{key}"] = "{value}"\n')
        return path + ".lua"

    def tiny(self, name):
        return self.script("tiny", json.dumps({"inputs": [
            {"name": name, "shape": [1, 3], "datatype": "FP32", "data": [0.1, 0.2, 0.3]}]}).encode(), {})

    def run(self, url, connections, seconds, script=None):
        """{"rate", "p50", "p99" in microseconds, "errors"}"""
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                              *(["-s", script] if script else []), url], capture_output=True, text=True).stdout
        scale = {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7}

        def latency(share):
            value, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s|m)\b", out).groups()
            return float(value) * scale[unit]
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
        return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), "p50": latency(50),
                "count": int(re.search(r"(\d+) requests in", out).group(1)),
                "p99": latency(99), "errors": (int(bad.group(1)) if bad else 0)
                + (sum(map(int, broken.groups())) if broken else 0)}


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder, self.load = args, folder, Load(folder)
        self.mica = os.path.join(args.build, "mica")
        self.rows, self.figures, self.busy = [], {}, os.getloadavg()[0]

    # ------------------------------------------------------------ servers

    def serve(self, *models):
        """Models, and further options."""
        p = subprocess.Popen([self.mica, "serve", *models, "--port", str(PORT), "--quiet"])
        return p, wait_ready(f"http://127.0.0.1:{PORT}/v2/health/ready", p)

    def fastapi(self):
        p = subprocess.Popen([self.args.python, "-m", "uvicorn", "--app-dir", os.path.join(ROOT, "bench"),
                              "serve_fastapi:app", "--workers", "2", "--port", str(PORT), "--log-level", "warning"],
                             env={**os.environ, "MODEL": self.onnx, "OMP_NUM_THREADS": "1"})
        wait_ready(f"http://127.0.0.1:{PORT}/ready", p)
        time.sleep(1)  # the second worker
        return p

    @contextlib.contextmanager
    def mlserver(self):
        """With its workers a group that is killed: asked to end, it can wait for ever for what its workers were asked."""
        p = subprocess.Popen([self.args.python, os.path.join(ROOT, "bench/serve_mlserver.py"), self.onnx, str(PORT)],
                             cwd=self.folder, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{PORT}/v2/models/mnist"
            wait_ready(url + "/ready", p)
            with open(os.path.splitext(self.load.json)[0] + ".body", "rb") as f:
                request = urllib.request.Request(url + "/infer", f.read(), {"Content-Type": "application/json"})
            with urllib.request.urlopen(request) as reply:
                assert json.load(reply)["outputs"][0]["shape"] == [1, 10]
            yield url + "/infer"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(p.pid, signal.SIGKILL)
            p.wait()

    def constant(self):
        p = subprocess.Popen([os.path.join(self.args.build, "bench/serve_constant"), str(PORT), "2"],
                             stdin=subprocess.PIPE)
        wait_ready(f"http://127.0.0.1:{PORT}/", p)
        return p

    @staticmethod
    def end(process):
        if process.stdin:
            process.stdin.close()
        process.terminate()
        process.wait()
        time.sleep(0.2)

    def shipped_model(self):
        self.model = os.path.join(ROOT, "data/mnist/mnist_model.h5")

    def prepare(self):
        self.model = os.path.join(self.folder, "mnist_model.h5")
        say("a network is trained for one epoch")
        subprocess.run([self.mica, "train", os.path.join(ROOT, "examples/mnist/recipe.json"), "--quiet", "--set",
                        "fit.epochs=1", "--output", self.model], check=True)
        self.tiny = os.path.join(self.folder, "tiny.json")
        self.tiny_model = os.path.join(self.folder, "tiny.h5")
        with open(os.path.join(self.folder, "tiny.csv"), "w") as f:
            f.write("a,b,c,y\n" + "".join(f"{i % 7},{i % 3},{i % 5},{i % 2}\n" for i in range(64)))
        with open(self.tiny, "w") as f:
            json.dump({"model": {"input": [3], "layers": [{"Dense": {"units": 2, "activation": "sigmoid"}},
                                                          {"Dense": {"units": 1, "activation": "sigmoid"}}]},
                       "data": {"train": "tiny.csv", "preprocessing": {"target": "y"}},
                       "compile": {"optimizer": "sgd", "loss": "binary_crossentropy"}, "fit": {"epochs": 1}}, f)
        subprocess.run([self.mica, "train", self.tiny, "--quiet", "--output", self.tiny_model], check=True)
        self.onnx = os.path.join(self.folder, "mnist.onnx")
        done = subprocess.run([self.args.python, "-c", f"import sys; sys.path.insert(0, {ROOT + '/bench'!r}); import peers; "
                               f"open({self.onnx!r}, 'wb').write(peers.onnx_model())"], capture_output=True)
        has = subprocess.run([self.args.python, "-c", "import fastapi, uvicorn"], capture_output=True)
        self.has_fastapi = done.returncode == 0 and has.returncode == 0
        if not self.has_fastapi:
            say("FastAPI, uvicorn or ONNX Runtime are missing: left out")
        has = subprocess.run([self.args.python, "-c", "import mlserver; print(mlserver.__version__)"], capture_output=True,
                             text=True)
        self.mlserver_version = has.stdout.strip() if done.returncode == 0 and has.returncode == 0 else None
        if not self.mlserver_version:
            say("MLServer or ONNX Runtime are missing: left out")

    # ------------------------------------------------------------ rounds

    def note(self, key, value):
        self.figures.setdefault(key, []).append(value)

    def in_process(self, *options):
        out = subprocess.run([self.mica, "bench", self.model, "--threads", "1", "--seconds", "1", "--json", *options],
                             capture_output=True, text=True, check=True).stdout
        return json.loads(out)["median_us"]

    def round(self):
        seconds, load, url = self.args.seconds, self.load, f"http://127.0.0.1:{PORT}"
        server, ready = self.serve(f"mnist={self.model}")
        self.note("ready", ready * 1e3)
        for kind in ("json", "binary"):
            script = getattr(load, kind)
            full = load.run(f"{url}/v2/models/mnist/infer", 64, seconds, script)
            for what in ("rate", "p50", "p99", "errors"):
                self.note(f"{kind} {what}", full[what])
        self.note("memory", memory_mib(server))
        self.note("alone", load.run(f"{url}/v2/models/mnist/infer", 1, max(seconds // 2, 1), load.binary)["p50"])
        self.end(server)
        self.note("in process", self.in_process())
        server, _ = self.serve(f"tiny={self.tiny_model}")
        self.note("tiny", load.run(f"{url}/v2/models/tiny/infer", 64, seconds, load.tiny(self.tiny_name))["rate"])
        self.end(server)
        server = self.constant()
        self.note("constant", load.run(url + "/", 64, seconds)["rate"])
        self.note("constant alone", load.run(url + "/", 1, max(seconds // 2, 1))["p50"])
        self.end(server)
        if self.has_fastapi:
            server = self.fastapi()
            peer = load.run(url + "/predict", 64, seconds, load.json)
            self.note("fastapi rate", peer["rate"])
            self.note("fastapi p50", peer["p50"])
            self.note("usual rate", load.run(url + "/usual", 64, seconds, load.json)["rate"])
            self.note("fastapi memory", memory_mib(server))
            self.end(server)
        if self.mlserver_version:
            with self.mlserver() as infer:
                peer = load.run(infer, 64, seconds, load.json)
            for what in ("rate", "p50", "p99"):
                self.note(f"mlserver {what}", peer[what])
            if peer["errors"]:
                say(f"MLServer: {peer['errors']} errors, or answers after more than 2 s, beside {peer['count']} answers")

    def tiny_input(self):
        server, _ = self.serve(f"tiny={self.tiny_model}")
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/v2/models/tiny") as reply:
            self.tiny_name = json.load(reply)["inputs"][0]["name"]
        self.end(server)

    # ------------------------------------------------------------ generated code

    BACKENDS = {"generated": [], "ahead": ["--backend", "cpu"]}

    def backends_round(self):
        url = f"http://127.0.0.1:{PORT}/v2/models/mnist/infer"
        for name, options in self.BACKENDS.items():
            server, _ = self.serve(f"mnist={self.model}", *options)
            for kind in ("json", "binary"):
                before = processor_seconds(server)
                done = self.load.run(url, 64, self.args.seconds, getattr(self.load, kind))
                self.note(f"{kind} {name}", done["rate"])
                self.note(f"processor {kind} {name}", (processor_seconds(server) - before) / done["count"] * 1e6)
            self.end(server)
            self.note(f"plan {name}", self.in_process(*options))

    def backends_table(self):
        m = {key: statistics.median(values) for key, values in self.figures.items()}
        rows = []
        for what, key, unit in (("requests/s, single images, 64 connections, json", "json", ""),
                                ("requests/s, the same, binary", "binary", ""),
                                ("processor time of the server for a request, json", "processor json", "µs"),
                                ("processor time of the server for a request, binary", "processor binary", "µs"),
                                ("the plan alone, one image, one thread", "plan", "µs")):
            pair = [self.figures[f"{key} {name}"] for name in self.BACKENDS]
            ratio = statistics.median(b / a for a, b in zip(*pair))
            rows.append([what, *(table.number(m[f"{key} {name}"], 0, unit) for name in self.BACKENDS), f"{ratio:.2f}"])
        head = ["MNIST network", "oneDNN, generated code", "`--backend cpu`, compiled ahead", "ratio"]
        return f"{table.markdown(head, rows)}\n\n{self.circumstances()}"

    # ------------------------------------------------------------ long ones

    def reloads(self, count):
        server, _ = self.serve(f"mnist={self.model}")
        url = f"http://127.0.0.1:{PORT + 1}/v2/repository/models/mnist/load"
        sizes, done = [], 0
        began = time.monotonic()
        while done < count:
            with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as reply:
                assert reply.status == 200
            done += 1
            if done % max(count // 10, 1) == 0:
                sizes.append(memory_mib(server, "VmRSS"))
                say(f"{done} reloads, {sizes[-1]:.1f} MiB, {time.monotonic() - began:.0f} s")
        self.end(server)
        first, last = (max(half) for half in (sizes[:len(sizes) // 2], sizes[len(sizes) // 2:]))
        self.rows.append([f"the most memory in the first and the second half of {count} reloads",
                          f"{first:.1f} MiB, {last:.1f} MiB", "-", "-", "flat", table.verdict(last < first * 1.05)])

    def soak(self, seconds):
        server, _ = self.serve(f"mnist={self.model}")
        tenths = []
        for i in range(10):
            tenths.append(self.load.run(f"http://127.0.0.1:{PORT}/v2/models/mnist/infer", 64, max(int(seconds / 10), 1),
                                        self.load.json)
                          | {"memory": memory_mib(server, "VmRSS"), "files": len(os.listdir(f"/proc/{server.pid}/fd"))})
            say(f"tenth {i + 1}: {tenths[-1]}")
        self.end(server)
        rows = [[str(i + 1), f"{p['rate']:,.0f}", f"{p['p50'] / 1e3:.2f} ms", f"{p['p99'] / 1e3:.1f} ms", str(p["errors"]),
                 f"{p['memory']:.1f} MiB", str(p["files"])] for i, p in enumerate(tenths)]
        head = ["tenth", "requests/s", "median", "p99", "errors", "memory", "descriptors"]
        return (f"{sum(p['count'] for p in tenths):,} requests in {seconds:.0f} s.\n\n{table.markdown(head, rows)}\n\n"
                f"{self.circumstances('JSON, single images, 64 connections')}")

    # ------------------------------------------------------------ the table

    def table(self):
        m = {key: statistics.median(values) for key, values in self.figures.items()}
        ratios = {key: statistics.median(a / b for a, b in zip(self.figures[one], self.figures[other]))
                  for key, one, other in (("tiny", "tiny", "constant"), ("json", "json rate", "fastapi rate"),
                                          ("binary", "binary rate", "fastapi rate"))
                  if other in self.figures}
        verdict, rows = table.verdict, []
        for kind in ("json", "binary"):
            times = ratios.get(kind)
            rows.append([f"MNIST network, single images, 64 connections, {kind}", f"{m[kind + ' rate']:,.0f} requests/s",
                         f"{m['fastapi rate']:,.0f} requests/s" if times else "-", f"{times:.1f} times" if times else "-",
                         "at least 12 times, aim 20", verdict(times >= 12) if times else "-"])
            rows.append([f"its median and p99, {kind}", f"{m[kind + ' p50'] / 1e3:.1f} and {m[kind + ' p99'] / 1e3:.1f} ms",
                         f"{m['fastapi p50'] / 1e3:.1f} ms" if times else "-", "-", "p99 under 10 ms",
                         verdict(m[kind + " p99"] < 1e4)])
        if "usual rate" in m:
            for kind in ("json", "binary"):
                times = statistics.median(a / b for a, b in zip(self.figures[kind + " rate"], self.figures["usual rate"]))
                rows.append([f"the same, {kind}, beside FastAPI as it is mostly written (bench/serve_fastapi.py, /usual)",
                             f"{m[kind + ' rate']:,.0f} requests/s", f"{m['usual rate']:,.0f} requests/s", f"{times:.1f} times",
                             "at least 12 times, aim 20", verdict(times >= 12)])
        if "mlserver rate" in m:
            times = statistics.median(a / b for a, b in zip(self.figures["json rate"], self.figures["mlserver rate"]))
            rows.append([f"the same, json, beside MLServer {self.mlserver_version} (bench/serve_mlserver.py)",
                         f"{m['json rate']:,.0f} requests/s", f"{m['mlserver rate']:,.0f} requests/s", f"{times:.1f} times",
                         "-", "-"])
            rows.append(["its median and p99, json, beside MLServer",
                         *(f"{m[who + ' p50'] / 1e3:.1f} and {m[who + ' p99'] / 1e3:.1f} ms" for who in ("json", "mlserver")),
                         "-", "-", "-"])
        rows.append(["a 3-2-1 network, 64 connections; beside it libmicrohttpd answering a constant",
                     f"{m['tiny']:,.0f} requests/s", f"{m['constant']:,.0f} requests/s", f"{ratios['tiny']:.2f}",
                     "at least 0.6", verdict(ratios["tiny"] >= 0.6)])
        added = m["alone"] - m["in process"]
        rows.append(["one request over one connection, and the plan alone in process",
                     f"{m['alone']:.0f} µs", f"{m['in process']:.0f} µs", f"{added:.0f} µs more", "at most 80 µs more",
                     verdict(added <= 80)])
        rows.append(["start of the process until it is ready", f"{m['ready']:.0f} ms", "-", "-", "at most 60 ms",
                     verdict(m["ready"] <= 60)])
        rows.append(["peak memory under that load", f"{m['memory']:.0f} MiB",
                     f"{m['fastapi memory']:.0f} MiB" if "fastapi memory" in m else "-", "-", "at most 60 MiB",
                     verdict(m["memory"] <= 60)])
        head = ["what", "mica", "peer", "ratio", "must reach", "reached"]
        return f"{table.markdown(head, [*rows, *self.rows], rule=' --- ')}\n\n{self.circumstances()}"

    def circumstances(self, how=None):
        how = how or f"{self.args.rounds} interleaved rounds of {self.args.seconds} s, medians"
        cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
        return (f"Measured {time.strftime('%Y-%m-%d')} on {os.cpu_count()} cores of "
                f"{cpu.group(1) if cpu else platform.machine()}; {how}; "
                f"the load (wrk, one thread) runs on the same cores"
                + (f", and so did other work (load average before: {self.busy:.0f})." if self.busy > 0.5 else "."))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--reloads", type=int, default=0)
    parser.add_argument("--soak", type=float, default=0, help="this many seconds at full load, nothing else")
    parser.add_argument("--backends", action="store_true", help="with and without generated code, nothing else")
    parser.add_argument("--update", metavar="FILE", help="replace the table between the markers in FILE")
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(args, folder)
        if args.soak or args.backends:
            bench.shipped_model()
        else:
            bench.prepare()
            bench.tiny_input()
        if args.soak:
            text = bench.soak(args.soak)
        else:
            for i in range(args.rounds):
                say(f"round {i + 1} of {args.rounds}")
                bench.backends_round() if args.backends else bench.round()
            if args.reloads:
                bench.reloads(args.reloads)
            text = bench.backends_table() if args.backends else bench.table()
    print(text)
    if args.update:
        table.update(args.update, text, "serve-soak" if args.soak else "serve-backends" if args.backends else "serve")


if __name__ == "__main__":
    main()
