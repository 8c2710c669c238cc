#!/usr/bin/env python3
"""Records what NumPy, TensorFlow with Keras, and PyTorch compute for mica's ops beyond those of
record_math.py and record_nn.py: record_ops.py [FILE]

Writes tests/recorded/ops.json (read by tests/op/ through recorded.h), in the form of nn.json: one
case a line with the group, the op, its arguments, inputs, expected outputs, and, where "weights" (R)
stand, the gradients of sum(output 0 * R) by the first inputs. All floats are float64. What JSON
cannot say is "nan", "inf", "-inf". Needs numpy, tensorflow, keras and torch."""
import json
import pathlib
import sys

import record_nn as nn  # first: it quiets TensorFlow

import keras
import numpy as np
import scipy
import tensorflow as tf
import torch
import torch.nn.functional as F

uniform, distinct, case, by_torch, by_tensorflow = nn.uniform, nn.distinct, nn.case, nn.by_torch, nn.by_tensorflow


def normalisation():
    for x, axes in (((3, 5), [-1]), ((2, 3, 4), [-2, -1]), ((2, 3, 4), [1])):
        gamma, beta = uniform(*(x[i] for i in axes)), uniform(*(x[i] for i in axes))
        wide = [n if i - len(x) in axes or i in axes else 1 for i, n in enumerate(x)]

        def layer_norm(x, gamma, beta):
            mean, variance = tf.nn.moments(x, axes, keepdims=True)
            return (x - mean) * tf.math.rsqrt(variance + 1e-3) * tf.reshape(gamma, wide) + tf.reshape(beta, wide)

        by_tensorflow("normalisation", "layer_norm", [uniform(*x), gamma, beta], layer_norm, axes=axes, epsilon=1e-3)
    by_torch("normalisation", "layer_norm", [uniform(4, 6), uniform(6), uniform(6)],
             lambda x, g, b: F.layer_norm(x, (6,), g, b, 1e-3), axes=[-1], epsilon=1e-3)
    by_tensorflow("normalisation", "rms_norm", [uniform(3, 5), uniform(5)],
                  lambda x, g: keras.ops.rms_normalization(x, g, -1, 1e-6), axes=[-1], epsilon=1e-6)
    for x, groups in (((2, 6, 3, 2), 3), ((2, 4), 2), ((1, 4, 5), 4)):
        by_torch("normalisation", "group_norm", [uniform(*x), uniform(x[1]), uniform(x[1])],
                 lambda x, g, b: F.group_norm(x, groups, g, b, 1e-3), groups=groups, axis=1, epsilon=1e-3)
    by_tensorflow("normalisation", "normalize", [uniform(3, 4)], lambda x: keras.ops.normalize(x, 1), axes=[1],
                  epsilon=1e-12)
    by_torch("normalisation", "normalize", [uniform(3, 4) * 0.01], lambda x: F.normalize(x, dim=0, eps=1.0), axes=[0],
             epsilon=1.0)


def attention():
    q, k, v = uniform(2, 2, 3, 4), uniform(2, 2, 3, 4), uniform(2, 2, 3, 5)
    mask = np.array([[True, True, False], [False, True, True]]).reshape(2, 1, 1, 3)
    empty = np.array([[True, False, True], [False, False, False], [True, True, True]])
    plain = {"causal": False, "scale": 0}
    by_torch("attention", "attention", [q, k, v], F.scaled_dot_product_attention, **plain)
    by_torch("attention", "attention", [q, k, v], lambda *x: F.scaled_dot_product_attention(*x, scale=0.3),
             causal=False, scale=0.3)
    by_torch("attention", "attention", [q, k, v], lambda *x: F.scaled_dot_product_attention(*x, is_causal=True),
             causal=True, scale=0)
    for m in (mask, empty):
        tensors = [tf.constant(x) for x in (q, k, v)]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            turned = [tf.transpose(t, (0, 2, 1, 3)) for t in tensors]
            y = keras.ops.dot_product_attention(*turned, mask=np.broadcast_to(m, (2, 2, 3, 3)))
            y = tf.transpose(y, (0, 2, 1, 3))
            weights = uniform(*y.shape)
            total = tf.reduce_sum(y * weights)
        case("attention", "attention", [q, k, v, m], y.numpy(), weights,
             [g.numpy() for g in tape.gradient(total, tensors)], **plain)
    scores = torch.softmax(torch.tensor(q) @ torch.tensor(k).transpose(-1, -2) / 2, -1)
    case("attention", "attention_weights", [q, k], scores.numpy(), **plain)


PARTS = [normalisation, attention]


def number(x):
    return x if np.isfinite(x) else str(x)


def main():
    for part in PARTS:
        part()
    for entry in nn.CASES:
        for a in entry["inputs"] + entry["outputs"] + entry.get("gradients", []):
            a["data"] = [number(v) for v in a["data"]]
    root = pathlib.Path(__file__).resolve().parent.parent
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "tests/recorded/ops.json"
    made_with = {"numpy": np.__version__, "scipy": scipy.__version__, "tensorflow": tf.__version__,
                 "keras": keras.__version__, "torch": torch.__version__}
    lines = ",\n".join(json.dumps(c) for c in nn.CASES)
    path.write_text('{"made_with": %s,\n"cases": [\n%s\n]}\n' % (json.dumps(made_with), lines))


if __name__ == "__main__":
    main()
