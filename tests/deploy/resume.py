#!/usr/bin/env python3
"""The very command of the Kubernetes Job, and of the compose file: killed in the midst of it, started again, it goes on
from its checkpoint and ends with the model that an undisturbed run gives, bit for bit."""
import json
import os
import re
import signal
import subprocess
import tempfile

MICA, SOURCE = os.environ["MICA"], os.environ["MICA_SOURCE"]


def command(path, key):
    """The list of words of a YAML file's line `key: [train, …]`."""
    with open(os.path.join(SOURCE, path), encoding="utf-8") as f:
        words = re.search(rf"{key}: \[(train[^\]]*)\]", f.read()).group(1)
    return [word.strip() for word in words.split(",")]


def train(words, folder):
    return subprocess.Popen([MICA] + [word.replace("/srv/train", folder) for word in words], cwd=folder, stderr=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)


def until(process, text):
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"ended with {process.wait()} before: {text}")


def prepare(folder):
    with open(os.path.join(folder, "t.csv"), "w", encoding="utf-8") as f:
        f.write("a,b,c,y\n" + "".join(f"{i % 7},{i % 3},{i % 5},{i % 2}\n" for i in range(2000)))
    with open(os.path.join(folder, "recipe.json"), "w", encoding="utf-8") as f:
        json.dump({"model": {"input": [3], "layers": [{"Dense": {"units": 16, "activation": "relu"}}, {"Dense": {"units": 2, "activation": "softmax"}}]},
                   "data": {"train": "t.csv", "preprocessing": {"target": "y"}},
                   "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"},
                   "fit": {"epochs": 300, "batch_size": 8}, "output": "result.h5", "seed": 3}, f)
    return folder


def result(folder):
    with open(os.path.join(folder, "result.h5"), "rb") as f:
        return f.read()


def predictions(folder):
    done = subprocess.run([MICA, "predict", "result.h5", "t.csv", "--json"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def main():
    words = command("deploy/kubernetes/train/job.yaml", "args")
    assert words == command("deploy/container/compose.yaml", "command"), words
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        process = train(words, prepare(one))
        until(process, "Epoch 2/300")
        while not os.path.exists(os.path.join(one, "result.h5.checkpoint")) and process.poll() is None:
            process.stderr.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL and not os.path.exists(os.path.join(one, "result.h5"))
        again = train(words, one)
        said = again.communicate()[1]
        assert again.returncode == 0 and "Epoch 1/300" not in said and "Epoch 300/300" in said, said[:2000]
        whole = train(words, prepare(two))
        assert whole.communicate() and whole.returncode == 0
        assert predictions(one) == predictions(two)


main()
