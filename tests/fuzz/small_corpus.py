"""Makes the corpora of bmp, deflate, npz, config, part, recipe and checkpoint: a few files each that
name what their parsers know."""
import io
import json
import os
import struct
import zlib

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def put(target, name, data):
    folder = os.path.join(HERE, "corpus", target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())


def bmp(bits, width=3, height=2, size=40, palette=b"", packing=0, masks=(), pixels=None):
    row = (width * bits + 31) // 32 * 4
    pixels = bytes(i % 251 for i in range(row * abs(height))) if pixels is None else pixels
    head = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, packing, len(pixels), 2835, 2835, len(palette) // 4, 0)
    if size == 12:
        head = struct.pack("<IHHHH", size, width, height, 1, bits)
    head += struct.pack(f"<{len(masks)}I", *masks)
    head += bytes(max(0, size - len(head))) + palette
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(pixels), 0, 0, 14 + len(head)) + head + pixels


put("bmp", "rgb.bmp", bmp(24))
put("bmp", "downward.bmp", bmp(24, height=-2))
put("bmp", "alpha.bmp", bmp(32, packing=3, size=108))
put("bmp", "palette.bmp", bmp(8, palette=bytes(range(16))))
put("bmp", "bits1.bmp", bmp(1, palette=bytes(range(8))))
put("bmp", "bits4.bmp", bmp(4, palette=bytes(range(64))))
put("bmp", "core.bmp", bmp(8, size=12, palette=bytes(range(256)) * 3))
put("bmp", "plain16.bmp", bmp(16))
put("bmp", "masks16.bmp", bmp(16, packing=3, masks=(0xF800, 0x7E0, 0x1F)))
put("bmp", "masks32.bmp", bmp(32, size=108, packing=3, masks=(0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)))
put("bmp", "runs8.bmp", bmp(8, palette=bytes(range(16)), packing=1, pixels=bytes((3, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1))))
put("bmp", "runs4.bmp", bmp(4, palette=bytes(range(16)), packing=2, pixels=bytes((2, 0x12, 0, 2, 1, 0, 1, 0x30, 0, 1))))
put("bmp", "rgb.ppm", b"P6\n# made by hand\n3 2\n255\n" + bytes(range(18)))
put("bmp", "gray.pgm", b"P5 3 2 255\n" + bytes(range(6)))

for name, data, level in (("words", b"mica mica mica " * 20, 9), ("stored", bytes(range(40)), 0), ("zeros", bytes(2000), 9)):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    put("deflate", name, struct.pack("<H", len(data)) + packer.compress(data) + packer.flush())


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def members(*arrays):
    parts = [npy(a) for a in arrays]
    return b"".join(struct.pack("<H", len(p)) + p for p in parts)


put("npz", "floats", members(np.zeros((3, 2), "f4"), np.arange(3, dtype="i8"), np.ones(3, "f4")))
put("npz", "bytes", members(np.zeros((2, 2, 1), "u1"), np.zeros((2, 3), "f2")))
put("npz", "fortran", members(np.asfortranarray(np.zeros((3, 2), ">f8")), np.zeros(3, "?")))
put("npz", "rows_differ", members(np.zeros((3, 2), "f4"), np.zeros(4, "i4")))
put("npz", "scalar", members(np.float32(1), np.float32(1)))


def layer(name, inbound=None, label=None, **config):
    entry = {"class_name": name, "config": {"name": label or name.lower(), **config}}
    if inbound is not None:
        entry.update(name=label or name.lower(), inbound_nodes=inbound)
    return entry


def sequential(*layers):
    return {"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


first = layer("InputLayer", batch_shape=[None, 6, 4])
compile_ = {"optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.01}}, "loss": "mse",
            "metrics": ["accuracy", {"class_name": "AUC", "config": {}}], "loss_weights": None}
put("config", "short", json.dumps({"input": [8, 8, 1], "layers": [
    {"Conv2D": {"filters": 2, "kernel_size": 3, "activation": "relu"}}, "MaxPooling2D", "Flatten", {"Dense": {"units": 3}}]})
    + "\0" + json.dumps(compile_))
put("config", "recurrent", json.dumps(sequential(
    first, layer("Masking"), layer("Bidirectional", layer=layer("LSTM", units=2, return_sequences=True), merge_mode="concat"),
    layer("TimeDistributed", layer=layer("Dense", units=2)), layer("RNN", cell=layer("GRUCell", units=2)))))
put("config", "attention", json.dumps({"class_name": "Functional", "config": {
    "name": "f", "input_layers": [["a", 0, 0]], "output_layers": [["add", 0, 0]], "layers": [
        layer("InputLayer", [], "a", batch_shape=[None, 6, 4]),
        layer("MultiHeadAttention", [[["a", 0, 0, {"value": ["a", 0, 0]}]]], "m", num_heads=2, key_dim=2),
        layer("LayerNormalization", [[["m", 0, 0, {}]]], "n"),
        layer("Add", [[["a", 0, 0, {}], ["n", 0, 0, {}]]])]}}))
put("config", "nested", json.dumps(sequential(first, sequential(first, layer("Dense", units=2)), layer("Dropout", rate=0.5)))
    + "\0" + json.dumps({**compile_, "loss": {"class_name": "Huber", "config": {"delta": 2.0}}}))
put("config", "regularized", json.dumps(sequential(
    first, layer("Conv1D", filters=2, kernel_size=[3], strides=[1], padding="causal",
                 kernel_regularizer={"class_name": "L1L2", "config": {"l1": 0.1, "l2": 0.1}},
                 kernel_constraint={"class_name": "MaxNorm", "config": {"max_value": 2, "axis": 0}},
                 kernel_initializer={"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_in"}}),
    layer("BatchNormalization", axis=[-1]), layer("Activation", activation="gelu"), layer("Reshape", target_shape=[-1]))))

for i, (what, name, config) in enumerate((
        ("L", "Dense", {"units": 2, "activation": {"class_name": "LeakyReLU", "config": {"negative_slope": 0.1}}}),
        ("L", "Bidirectional", {"layer": {"class_name": "GRU", "config": {"units": 2, "reset_after": False}}}),
        ("L", "StackedRNNCells", {"cells": [{"class_name": "LSTMCell", "config": {"units": 2}}]}),
        ("L", "Resizing", {"height": 4, "width": 4, "interpolation": "bilinear"}),
        ("O", "adam", {"learning_rate": {"class_name": "ExponentialDecay", "config": {
            "initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9}}, "clipnorm": 1.0}),
        ("O", "SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01, "use_ema": True}),
        ("S", "Huber", {"delta": 1.5, "reduction": "sum"}),
        ("S", "categorical_focal_crossentropy", {"gamma": 2.0, "from_logits": True}),
        ("M", "AUC", {"num_thresholds": 10, "curve": "PR"}),
        ("M", "SensitivityAtSpecificity", {"specificity": 0.5}),
        ("C", "EarlyStopping", {"monitor": "loss", "patience": 3}),
        ("C", "ReduceLROnPlateau", {"factor": 0.5, "mode": "min"}))):
    put("part", f"{i:02}_{name}", f"{what}{name} {json.dumps(config)}")

put("recipe", "whole.json", json.dumps({
    "model": {"input": [2], "layers": [{"Dense": {"units": 1}}]}, "seed": 1, "output": "m.h5", "dtype_policy": "float32",
    "data": {"train": "npz:a.npz", "test": "b", "validation_split": 0.1, "preprocessing": {"scale": 2}}, "run_folder": False,
    "compile": {"optimizer": "adam", "loss": "mse"}, "name": "n",
    "fit": {"epochs": 2, "batch_size": 4, "shuffle": True, "class_weight": {"0": 2}, "steps_per_epoch": 3, "csv_log": "l",
            "checkpoint_seconds": 2.5, "callbacks": ["TerminateOnNaN"], "early_stopping": {"monitor": "loss", "patience": 2}}}))
put("recipe", "set", '{"data": "a.npz"}\0fit.early_stopping.mode=min')

put("checkpoint", "nothing", b"\1{}")
put("checkpoint", "place", b'\1{"epoch": 1, "step": 1, "cursor": 2, "rows": 2, "threads": 1}')
put("checkpoint", "negative", b'\1{"epoch": -1, "step": -1, "cursor": -2, "rows": -2}')
put("checkpoint", "far", b'\1{"epoch": 1, "step": 1000000, "cursor": 1000000000000, "rows": 9e99}')
put("checkpoint", "history", b'\1{"history": [{"seconds": 1, "values": [1, 2, 3, 4, 5]}, 7, {"values": {}}], "sums": [1, "a"]}')
put("checkpoint", "callbacks", b'\1{"callbacks": ["1 2 3", "", null, {}]}')
put("checkpoint", "foreign", b"\0MICACKPT\1\0\0\0\2\0\0\0\0\0\0\0{}\0\0\0\0")
