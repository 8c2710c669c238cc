#!/usr/bin/env python3
"""Records what Keras loads of texts, sounds and windows: record_sources.py [FOLDER]

Writes FOLDER/sources.json (tests/recorded by default): {"texts": {"files": {path: text}, "cases":
[{"options", "x", "y", "classes"}]}, "windows": [{"rows", "options", "targets", "x", "y"}], "sounds":
{"cases": [{"file", "frames", "shape", "x"}]}}, and the sounds, WAV of TensorFlow's decode_wav and the
same as FLAC, into FOLDER/data/sounds. Keras's options in files are named as mica's: part validation
is subset, no targets is target_offset null.
"""
import os
import shutil
import struct
import sys
import tempfile

import record_keras as base

import numpy as np
import tensorflow as tf
import keras

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../tests/recorded")


def texts():
    words = "red green blue gr\u00fcn \u4e2d\u6587 a, b. don't".split()
    random = np.random.default_rng(3)
    files = {}
    for name in ("neg", "pos", "Zero"):
        for i in range(7):
            text = " ".join(words[k] for k in random.integers(0, len(words), random.integers(0, 9)))
            files[f"{name}/{'deep/' if i == 5 else ''}{i}.txt"] = text + ("\n" if i % 2 else "")
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as out:
                out.write(text)
        for options in ({}, {"label_mode": "categorical"}, {"label_mode": "binary", "class_names": ["pos", "neg"]},
                        {"label_mode": "none"}, {"max_length": 5}, {"class_names": ["pos", "Zero", "neg"]},
                        {"validation_split": 0.3, "subset": "training", "seed": 7},
                        {"validation_split": 0.3, "subset": "validation", "seed": 7},
                        {"validation_split": 0.3, "subset": "validation", "shuffle": False}):
            asked = dict(options)
            if asked.get("label_mode") == "none":
                asked["label_mode"] = None
            source = folder
            if "class_names" in asked and len(asked["class_names"]) == 2:  # Keras wants all class folders named
                source = os.path.join(folder, "..", os.path.basename(folder) + "_two")
                for name in asked["class_names"]:
                    if not os.path.exists(os.path.join(source, name)):
                        os.makedirs(source, exist_ok=True)
                        os.symlink(os.path.join(folder, name), os.path.join(source, name))
            # the order of the list: Keras shuffles batches again, which is the training's business here
            seed, shuffle = asked.pop("seed", None), asked.pop("shuffle", True) and "validation_split" in asked
            from keras.src.utils import dataset_utils
            mode = asked.get("label_mode", "int")
            paths, labels, names = dataset_utils.index_directory(
                source, "inferred", formats=(".txt",), class_names=asked.get("class_names"), shuffle=shuffle, seed=seed,
                verbose=False)
            if "validation_split" in asked:
                paths, labels = dataset_utils.get_training_or_validation_split(
                    paths, labels, asked["validation_split"], asked["subset"])
            from keras.src.utils.text_dataset_utils import paths_and_labels_to_dataset
            data = paths_and_labels_to_dataset(paths, labels, mode, len(names), asked.get("max_length"))
            x, y = [], []
            for item in data:
                text, label = item if mode else (item, None)
                x.append(text.numpy().decode("utf-8", "ignore"))
                if mode:
                    y.append(np.asarray(label).ravel().tolist())
            cases.append({"options": options, "x": x, "y": y, "classes": list(names)})
        shutil.rmtree(folder + "_two")
    return {"files": files, "cases": cases}


def windows():
    rows = np.arange(40, dtype=np.float32)
    data = np.stack([rows, rows * 10], 1)
    cases = []
    for options in ({"sequence_length": 10}, {"sequence_length": 4, "sequence_stride": 3},
                    {"sequence_length": 10, "sampling_rate": 2, "sequence_stride": 3},
                    {"sequence_length": 5, "start_index": 7, "end_index": 30},
                    {"sequence_length": 5, "target_offset": 5}, {"sequence_length": 3, "target_offset": 9},
                    {"sequence_length": 6, "sampling_rate": 3, "start_index": 2, "target_offset": 2},
                    {"sequence_length": 40}, {"sequence_length": 1}):
        asked = dict(options)
        offset = asked.pop("target_offset", 0)
        x, y = [], []
        for a, b in keras.utils.timeseries_dataset_from_array(data if not offset else data, rows[offset:] * 2, batch_size=7,
                                                              **asked):
            x += a.numpy().tolist()
            y += b.numpy().tolist()
        cases.append({"options": options, "x": x, "y": y})
    return cases


def wav(samples, rate):
    channels = samples.shape[1]
    body = samples.astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16, 1, channels, rate,
                       rate * channels * 2, channels * 2, 16, b"data", len(body))
    return head + body


def crc(data, width, polynomial):
    value = 0
    for byte in data:
        value ^= byte << (width - 8)
        for _ in range(8):
            value = (value << 1 ^ polynomial if value >> (width - 1) & 1 else value << 1) & ((1 << width) - 1)
    return value


def flac(samples, rate):
    """One frame of verbatim subframes. Source: RFC 9639."""
    n, channels = samples.shape
    info = struct.pack(">HH", n, n) + bytes(6) + ((rate << 44) | ((channels - 1) << 41) | (15 << 36) | n).to_bytes(8, "big") + bytes(16)
    head = b"\xff\xf8" + bytes([0x70, (channels - 1) << 4 | 0b1000, 0]) + struct.pack(">H", n - 1)
    head += bytes([crc(head, 8, 0x07)])
    frame = head + b"".join(b"\x02" + samples[:, c].astype(">i2").tobytes() for c in range(channels))
    return b"fLaC" + b"\x80" + len(info).to_bytes(3, "big") + info + frame + struct.pack(">H", crc(frame, 16, 0x8005))


def sounds():
    random = np.random.default_rng(5)
    os.makedirs(os.path.join(FOLDER, "data/sounds"), exist_ok=True)
    cases = []
    for name, shape in (("mono", (50, 1)), ("stereo", (30, 2))):
        samples = random.integers(-32768, 32768, shape)
        samples[:2] = [[-32768], [32767]]
        for kind, data in (("wav", wav(samples, 8000)), ("flac", flac(samples, 8000))):
            with open(os.path.join(FOLDER, f"data/sounds/{name}.{kind}"), "wb") as out:
                out.write(data)
        for frames in (-1, 20, 64):
            x, rate = tf.audio.decode_wav(wav(samples, 8000), desired_samples=frames)
            assert rate == 8000
            cases.append({"file": name, "frames": frames, "shape": list(x.shape), "x": x.numpy().ravel().tolist()})
    return {"cases": cases}


if __name__ == "__main__":
    base.write_json("sources.json", {"made_with": base.MADE_WITH, "texts": texts(), "windows": windows(), "sounds": sounds()})
