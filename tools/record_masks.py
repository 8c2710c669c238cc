#!/usr/bin/env python3
"""Records which of Keras's layers pass a mask on: record_masks.py [FOLDER]

Writes FOLDER/masks.json (tests/recorded by default): {"passes": {"Dense": true, …}}, of every layer
in src/layer/layers.def that Keras has, but for cells, which take no mask. A layer is called on inputs (2, 4, …) of the first rank that
it takes, 3 before others, with a mask (2, 4) on each; "passes" says whether its output has a mask.
"""
import inspect
import json
import os
import re
import sys
import warnings

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")

import keras
import numpy as np
import tensorflow as tf
from keras.src import backend

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool)
ARGUMENTS = [{}, {"axes": -1}, {"units": 3}, {"input_dim": 4, "output_dim": 2}, {"n": 2}, {"target_shape": (-1,)},
             {"dims": None}, {"filters": 2, "kernel_size": 1}, {"kernel_size": 1}, {"activation": "relu"},
             {"num_tokens": 4}, {"num_bins": 4}, {"vocabulary": [1, 2]}, {"vocabulary": ["a", "b"]}, {"bin_boundaries": [0.0]},
             {"scale": 2.0}, {"pool_size": 2}, {"rate": 0.1}, {"stddev": 0.1}, {"height": 2, "width": 2}, {"output_size": 2}, {"factor": 0.2}, {"height_factor": 0.2},
             {"height_factor": 0.2, "width_factor": 0.2},
             {"cell": keras.layers.SimpleRNNCell(3)}, {"layer": keras.layers.SimpleRNN(3)},
             {"layer": keras.layers.Dense(3)}, {"num_heads": 1, "key_dim": 2}, {"head_dim": 2, "num_query_heads": 1, "num_key_value_heads": 1}]


def tries():
    for count in (1, 2):
        for rank in (3, 2, 4, 5):
            for arguments in ARGUMENTS:
                yield count, rank, dict(arguments)


def passes(kind):
    """Whether a mask goes through a layer of that class; its own errors say what it does not take."""
    for count, rank, arguments in tries():
        if "dims" in arguments:
            arguments["dims"] = tuple(range(1, rank))
        if kind.__name__.startswith("GroupNorm"):
            arguments["groups"] = 1
        splits = kind is keras.layers.TextVectorization  # one text a row
        texts = splits or kind is keras.layers.StringLookup
        crosses = kind is keras.layers.HashedCrossing  # one number a row
        shape = (2, 1) if splits else (2, 4, 4, 4, 2)[:rank]
        if kind.__name__ in ("RandomSaturation", "RandomHue", "RandomGrayscale"):  # of colours
            shape = (*shape[:-1], 3)
        inputs = [tf.ones((2, 1), tf.int32) if crosses else tf.ones(shape) if not texts
                  else tf.fill(shape, "a") for _ in range(count)]
        for x in inputs:
            backend.set_keras_mask(x, tf.constant(MASK[:, :1] if crosses or splits else MASK))
        try:
            layer = kind(**arguments)
            named = "Query" in kind.__name__ or "MultiHead" in kind.__name__
            y = layer(*inputs) if named else layer(inputs[0] if count == 1 else inputs)
        except Exception:
            continue
        return backend.get_keras_mask(y) is not None
    raise SystemExit(f"{kind.__name__}: no call works")


def main():
    warnings.simplefilter("ignore")  # "the mask will be destroyed"
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "tests/recorded")
    kinds = {name.lower(): (name, kind) for name, kind in inspect.getmembers(keras.layers, inspect.isclass)}
    with open(os.path.join(ROOT, "src/layer/layers.def")) as f:
        names = re.findall(r"LAYER\((\w+)\)", f.read())
    found = [kinds[name.replace("_", "")] for name in names if name.replace("_", "") in kinds]
    found = {name: passes(kind) for name, kind in found if "Cell" not in name and name != "InputLayer"}
    with open(os.path.join(folder, "masks.json"), "w") as f:
        json.dump({"made_with": f"keras {keras.__version__}, tensorflow {tf.__version__}", "passes": found}, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
