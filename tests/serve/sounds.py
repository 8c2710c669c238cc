#!/usr/bin/env python3
"""A network for sounds is asked by files, by `mica predict --server` and by HTTP: each sound is what the training made of it."""
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import wave

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serving import MICA, Server, run  # noqa: E402


def put_sound(name, rate, frames, tone, channels=1):
    lot = random.Random(name)
    with wave.open(name, "wb") as f:
        f.setnchannels(channels), f.setsampwidth(2), f.setframerate(rate)
        f.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(2 * math.pi * tone * t / rate) + lot.uniform(-900, 900)))
                               for t in range(frames) for _ in range(channels)))


def read(name):
    with open(name, "rb") as f:
        return f.read()


def make_sounds(rates):
    for pitch, tone in (("low", 150), ("high", 700)):
        os.makedirs(os.path.join("sounds", pitch))
        for i in range(8):
            rate = rates[i % len(rates)]
            put_sound(f"sounds/{pitch}/{i}.wav", rate, rate // 4 + 37 * i, tone + 11 * i)
    write_json("r.json", {
        "model": {"input": [1000, 1], "layers": [{"Conv1D": {"filters": 4, "kernel_size": 16, "strides": 4, "activation": "relu"}},
                                                 "GlobalMaxPooling1D", {"Dense": {"units": 2, "activation": "softmax"}}]},
        "data": {"train": "sounds", "preprocessing": {"sampling_rate": 4000, "output_sequence_length": 1000}},
        "compile": {"optimizer": {"adam": {"learning_rate": 0.02}}, "loss": "sparse_categorical_crossentropy"},
        "fit": {"epochs": 12, "batch_size": 4}, "seed": 2, "output": "tones.h5"})


def write_json(name, tree):
    with open(name, "w", encoding="utf-8") as f:
        json.dump(tree, f)


def train():
    done = subprocess.run([MICA, "train", "r.json", "--quiet"], capture_output=True, text=True, check=False)
    return done.returncode == 0 or done.stderr


def lines(*arguments):
    return [json.loads(line) for line in run("predict", *arguments, "--json").splitlines()]


def files():
    return [f"sounds/{pitch}/{i}.wav" for pitch in ("high", "low") for i in range(8)]


def check_files():
    """The loss by hand is that of `mica evaluate`, which reads sounds as the training did."""
    each = lines("tones.h5", *files())
    assert [line["class"] for line in each] == ["high"] * 8 + ["low"] * 8, each
    loss = -sum(math.log(line["outputs"][0][i // 8]) for i, line in enumerate(each)) / 16
    known = json.loads(run("evaluate", "tones.h5", "--data", "sounds", "--json"))
    assert abs(known["loss"] - loss) < 1e-6 * (1 + loss), (known, loss)
    assert lines("tones.h5", "sounds") == each
    with open(files()[3], "rb") as f:
        done = subprocess.run([MICA, "predict", "tones.h5", "-", "--json"], stdin=f, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["outputs"] == each[3]["outputs"]
    return each


def check_server(server, each):
    for file, line in zip(files(), each):
        reply = server.post("/v2/models/tones/sound?outputs=true&top=2", read(file), Content_Type="audio/wav")
        best = reply["predictions"]
        assert [b["class"] for b in best] == [line["class"], "low" if line["class"] == "high" else "high"], (file, reply)
        assert struct.pack("<2f", *reply["outputs"][0]["data"]) == struct.pack("<2f", *line["outputs"][0]), (file, reply, line)
    assert len(server.post("/v2/models/tones/versions/1/sound", read(files()[0]))["predictions"]) == 2
    there = subprocess.run([MICA, "predict", "--server", server.url, "--json", *files()], capture_output=True, text=True, check=False)
    if "libcurl" not in there.stderr:
        assert [json.loads(line) for line in there.stdout.splitlines()] == each, there.stderr


def check_errors(server):
    def says(body, text, code=400, at="/v2/models/tones/sound", **headers):
        reply = server.post(at, body, code=code, **headers)
        assert text in reply["error"], reply

    sound = read(files()[0])
    says(b"", "the body is empty")
    says(b"no sound at all", "the sound: no WAV and no FLAC")
    says(sound[:30], "the sound: ")
    says(sound[:500], "the sound: the WAV is cut short: 456 bytes of samples, expected ")
    says(sound[:40] + struct.pack("<I", 0), "the sound: a WAV without samples")
    unknown = sound[:40] + struct.pack("<I", 0xffffffff) + sound[44:]  # as a pipe is written
    assert server.post("/v2/models/tones/sound", unknown) == server.post("/v2/models/tones/sound", sound)
    says(sound, "Content-Type image/png: expected audio/wav", 415, Content_Type="image/png")
    says(sound, "takes no picture", at="/v2/models/tones/picture")
    put_sound("two.wav", 4000, 1000, 300, channels=2)
    says(read("two.wav"), "the sound: 2 channels, expected 1")
    put_sound("slow.wav", 4, 1000, 1)
    says(read("slow.wav"), "the sound: 4 frames a second")
    assert "two.wav: 2 channels, expected 1" in run("predict", "tones.h5", "two.wav", status=1)
    assert "nothing.wav" in run("predict", "tones.h5", "nothing.wav", status=1)


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        make_sounds([4000, 8000])
        trained = train()
        if trained is not True and ("libsndfile" in trained or "libsamplerate" in trained):
            sys.exit(77)
        assert trained is True, trained
        each = check_files()
        with Server("tones.h5") as server:
            check_server(server, each)
            check_errors(server)


if __name__ == "__main__":
    main()
