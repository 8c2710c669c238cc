#!/usr/bin/env python3
"""What docs/serving*.md and README*.md tell people to type works: every curl line and `mica health` there is run against
servers of this test's own (their port stands for 8080, 8081), and what is shown below it has the shape of what comes;
`mica key` lines run, `mica serve` lines are checked."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import wave

sys.path.insert(0, os.path.join(os.environ["MICA_SOURCE"], "tests/serve"))
from serving import MICA, Server, run  # noqa: E402

SOURCE = os.environ["MICA_SOURCE"]
PICTURES = os.path.join(SOURCE, "examples/image_folder/pictures")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
ELLIPSIS = object()
OWN = re.compile(r"--(audit-key|host|tls-certificate|tls-key|client-ca|grpc-port)\s+\S+") # what only the reader has


def pages():
    return sorted(glob.glob(f"{SOURCE}/docs/serving*.md") + glob.glob(f"{SOURCE}/README*.md"))


def commands(text):
    """Lines of a shell, those that go on joined, without comments behind them."""
    quote, line = None, ""
    for part in text.splitlines():
        line += part
        quote = "'" if line.count("'") % 2 else None
        if quote:
            line += "\n"
            continue
        if line.endswith("\\"):
            line = line[:-1]
            continue
        if line.strip():
            yield re.sub(r"\s+#\s.*$", "", line.strip())
        line = ""


def blocks(path):
    """(line, commands, shown): shell blocks, and the JSON block right behind."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    found = list(BLOCK.finditer(text))
    for i, block in enumerate(found):
        if block[1] != "sh":
            continue
        after = found[i + 1] if i + 1 < len(found) and not text[block.end():found[i + 1].start()].strip() else None
        shown = after[2] if after and after[1] in ("", "json") and after[2].lstrip()[:1] in "{[" else None
        yield text.count("\n", 0, block.start()) + 2, list(commands(block[2])), shown


# ---- what is shown ----

def parse(shown):
    return json.loads(shown.replace("…", '"…"'))


def shape(value):
    if value == "…":
        return ELLIPSIS
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shape(v) for v in value]
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def fits(shown, found):
    if shown is ELLIPSIS:
        return True
    if isinstance(shown, list) and isinstance(found, list):
        if ELLIPSIS in shown:
            at = shown.index(ELLIPSIS)
            return len(found) > at and fits(shown[:at], found[:at])
        return len(shown) == len(found) and all(map(fits, shown, found))
    if isinstance(shown, dict) and isinstance(found, dict):
        return shown.keys() == found.keys() and all(fits(v, found[k]) for k, v in shown.items())
    return shown == found


# ---- what is typed ----

class World:
    """The files that pages name, and a server for each set of models that they ask."""

    def __init__(self):
        os.makedirs("data")
        os.symlink(os.path.join(SOURCE, "data/mnist"), "data/mnist")
        shutil.copy("data/mnist/mnist_model.h5", "mnist_model.h5")
        for name in ("churn.h5", "churn-1.h5", "churn-2.h5", "model.h5"):
            shutil.copy("mnist_model.h5", name)
        self.train_shapes()
        self.train_late()
        self.sounds = self.train_tones()
        with open("world.json", "w", encoding="utf-8") as f:
            json.dump({"models": ["mnist=mnist_model.h5", "mnist_model.h5", "shapes.h5", "late.h5"] + ["tones.h5"] * self.sounds +
                       [{"name": "churn", "version": v, "path": f"churn-{v}.h5", "default": v == "1"} for v in "12"]}, f)
        self.server = Server("--config", "world.json")

    def train_shapes(self):
        os.makedirs("few")
        for name in ("badge", "cup"):
            shutil.copytree(os.path.join(PICTURES, name), f"few/{name}")
        shutil.copy(sorted(glob.glob("few/cup/*"))[0], "cup.jpg")
        try:
            self.train("shapes", [16, 16, 3], ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}],
                       {"train": "few", "preprocessing": {"image_size": [16, 16]}})
        except AssertionError as error:
            if "built without libjpeg" not in str(error):
                raise
            print("this build reads no JPEG, and the pages send them")
            sys.exit(77)

    def train_late(self):
        rows = [f"{i},{['red', 'green'][i % 2]},2024-03-{1 + i % 28:02} {i % 24:02}:00:00,{i % 31}" for i in range(60)]
        with open("late.csv", "w", encoding="utf-8") as f:
            f.write("\n".join(["size,color,when,minutes", *rows]) + "\n")
        self.train("late", [3], [{"Dense": {"units": 2, "activation": "softmax"}}],
                   {"train": "late.csv", "preprocessing": {"target": "minutes", "target_above": 15, "impute": "median"}})

    def train_tones(self):
        """False: this build reads no sounds."""
        for name in ("low", "high"):
            os.makedirs(f"tones/{name}")
            for i in range(2):
                with wave.open(f"tones/{name}/{i}.wav", "wb") as f:
                    f.setnchannels(1), f.setsampwidth(2), f.setframerate(8000)
                    f.writeframes(bytes([i, len(name)] * 400))
        shutil.copy("tones/low/0.wav", "door.wav")
        if "libsndfile" in subprocess.run([MICA, "data", "describe", "tones"], capture_output=True, text=True, check=False).stderr:
            return False
        self.train("tones", [400, 1], ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}], {"train": "tones"})
        return True

    @staticmethod
    def train(name, shape_, layers, data):
        with open(name + ".json", "w", encoding="utf-8") as f:
            json.dump({"model": {"input": shape_, "layers": layers}, "data": data, "output": name + ".h5", "seed": 1,
                       "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}}, f)
        run("train", name + ".json", "--quiet")

    def shell(self, command):
        command = command.replace("http://127.0.0.1:8080", self.server.url).replace("http://127.0.0.1:8081", self.server.control)
        command = re.sub(r"\bcurl\b", "curl -sS --fail-with-body", command)
        command = re.sub(r"(^|[\s|&;(])mica ", rf"\1{MICA} ", command)
        return subprocess.run(["bash", "-c", "set -o pipefail; " + command], capture_output=True, text=True, check=False)


def is_typed(command):
    return re.search(r"\bcurl\b.*127\.0\.0\.1:808[01]", command, re.S) or command.startswith(("mica health", "mica key ", "mica predict --server http://127.0.0.1:8080 "))


def check_served(command, where):
    """`mica serve …` as it stands, but for addresses and certificates that only its reader has."""
    words = OWN.sub("", command).split()
    done = subprocess.run([MICA, *words[1:], "--port", "0", "--control-port", "0", "--check"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, (where, command, done.stderr)


def check_shown(shown, got, where):
    wanted, found = shape(parse(shown)), shape(json.loads(got))
    assert fits(wanted, found), f"{where}: shown is {shown}\ncame is {got}"


def check_page(world, path):
    count = 0
    for line, typed, shown in blocks(path):
        where = f"{os.path.basename(path)}:{line}"
        for command in typed:
            if command.startswith("mica serve ") and re.search(r"\s(mnist_model|churn|model)\.h5|=mnist_model\.h5", command):
                files = [w.split("=")[-1] for w in OWN.sub("", command).split() if w.endswith((".h5", ".json", ".key"))]
                if all(map(os.path.exists, files)):
                    check_served(command, where)
            if not is_typed(command) or "…" in command: # what is left out, the reader has
                continue
            if "/sound?" in command and not world.sounds:
                continue
            done = world.shell(command)
            assert done.returncode == 0, f"{where}: {command}\n{done.stdout}{done.stderr}"
            count += 1
            if shown and "curl" in command:
                check_shown(shown, done.stdout, where)
    return count


def check_twin(path):
    """A page in Chinese has the sections, tables and code of the English one, comments aside, and its names of things."""
    def outline(name):
        with open(name, encoding="utf-8") as f:
            text = f.read()
        code = [re.sub(r"\s+#\s.*|/\*.*?\*/", "", block[2]) for block in BLOCK.finditer(text)]
        return code, len(re.findall(r"^## ", text, re.M)), len(re.findall(r"^\|", text, re.M)), sorted(set(re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))))

    for chinese, english in zip(outline(path), outline(path.replace(".zh.md", ".md"))):
        assert chinese == english, (path, chinese, english)


def check_config():
    """The serve.json of docs/serving.md."""
    with open(f"{SOURCE}/docs/serving.md", encoding="utf-8") as f:
        shown = [block[2] for block in BLOCK.finditer(f.read()) if block[1] == "json" and '"models"' in block[2]]
    assert len(shown) == 1, shown
    with open("serve.json", "w", encoding="utf-8") as f:
        f.write(shown[0])
    run("serve", "--config", "serve.json", "--port", "0", "--control-port", "0", "--grpc-port", "0", "--check")


def check_make(world):
    """make serve-demo prints the line that stands in docs/serving.md."""
    with open(f"{SOURCE}/Makefile", encoding="utf-8") as f:
        said = re.search(r'@echo "  (curl [^"]*)"', f.read())[1]
    with open(f"{SOURCE}/docs/serving.md", encoding="utf-8") as f:
        assert said in f.read(), said
    assert world.shell(said).returncode == 0, said


def main():
    if not shutil.which("curl") or not shutil.which("bash"):
        print("curl is missing (apt install curl)")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        world = World()
        with world.server:
            counts = {os.path.basename(p): check_page(world, p) for p in pages()}
            check_make(world)
            check_config()
        for path in glob.glob(f"{SOURCE}/docs/*.zh.md"):
            check_twin(path)
        print(counts)
        assert counts["serving.md"] >= 5 and counts["serving_client.md"] >= 3 and counts["README.md"] >= 1, counts


if __name__ == "__main__":
    main()
