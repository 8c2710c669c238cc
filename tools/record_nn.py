#!/usr/bin/env python3
"""Records what NumPy, TensorFlow with Keras, and PyTorch compute for mica's ops on arrays and of
neural networks: record_nn.py [FILE]

Writes tests/recorded/nn.json (read by tests/op/test_{array,conv,pool,norm}.c): one case a line with
the group, the op, its arguments, inputs, expected outputs, and, where "weights" (R) stand, the
gradients of sum(output 0 * R) by the floating-point inputs. All floats are float64 but for what
tf.image makes. Needs numpy, tensorflow, keras and torch."""
import json
import os
import pathlib
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")

import keras
import numpy as np
import tensorflow as tf
import torch
import torch.nn.functional as F

RNG = np.random.default_rng(12)
CASES = []


def uniform(*shape):
    return RNG.uniform(-2, 2, shape).round(3)


def distinct(*shape):
    return RNG.permutation(int(np.prod(shape))).reshape(shape) / 8.0


def array(x):
    x = np.asarray(x)
    data = x.ravel().tolist()
    if x.dtype.kind == "f":
        data = [float(f"{v:.10g}") for v in data]
    return {"dtype": str(x.dtype), "shape": list(x.shape), "data": data}


def case(group, op, inputs, outputs, weights=None, gradients=(), **arguments):
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    entry = {"group": group, "op": op, "arguments": arguments,
             "inputs": [array(x) for x in inputs], "outputs": [array(y) for y in outputs]}
    if weights is not None:
        entry["weights"] = array(weights)
        entry["gradients"] = [array(g) for g in gradients]
    CASES.append(entry)


def by_torch(group, op, inputs, function, **arguments):
    """Output and gradients of a function of torch tensors."""
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    outputs = function(*tensors)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    weights = uniform(*outputs[0].shape)
    gradients = torch.autograd.grad((outputs[0] * torch.tensor(weights)).sum(), tensors)
    case(group, op, inputs, [y.detach().numpy() for y in outputs], weights,
         [g.numpy() for g in gradients], **arguments)


def by_tensorflow(group, op, inputs, function, **arguments):
    tensors = [tf.constant(x) for x in inputs]
    with tf.GradientTape() as tape:
        for t in tensors:
            tape.watch(t)
        y = function(*tensors)
        weights = uniform(*y.shape)
        total = tf.reduce_sum(y * weights)
    case(group, op, inputs, y.numpy(), weights, [g.numpy() for g in tape.gradient(total, tensors)],
         **arguments)


def arrays():
    a, b, c = uniform(2, 3, 4), uniform(3, 1), np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    case("array", "transpose", [a], np.transpose(a, (2, 0, 1)), axes=[2, 0, 1])
    case("array", "transpose", [c], np.transpose(c), axes=[])
    case("array", "expand_dims", [a], np.expand_dims(a, -2), axis=-2)
    case("array", "squeeze", [b], np.squeeze(b, -1), axes=[-1])
    case("array", "broadcast_to", [b], np.broadcast_to(b, (2, 3, 4)), shape=[2, -1, 4])
    for begin, end, step in [((0, 1), (2, 3), (1, 1)), ((-1, -2), (-100, 100), (-1, 1)),
                             ((1, 5), (1, 0), (1, -2)), ((-9, 0), (9, -1), (2, 2))]:
        index = tuple(slice(*s) for s in zip(begin, end, step))
        case("array", "slice", [a], a[index], begin=begin, end=end, step=step)
    parts = [a, uniform(2, 1, 4), uniform(2, 0, 4)]
    case("array", "concatenate", parts, np.concatenate(parts, -2), axis=-2)
    case("array", "stack", [a, -a], np.stack([a, -a], 1), axis=1)
    case("array", "split", [a], np.split(a, [1, 3], 2), axis=2, sizes=[1, -1, 1])
    case("array", "split", [c], np.split(c, 2, -1), axis=-1, sizes=[-1, -1])
    case("array", "tile", [b], np.tile(b, (2, 3)), repeats=[2, 3])
    for mode, number in (("constant", 0), ("reflect", 1), ("symmetric", 2), ("edge", 3)):
        extra = {"constant_values": 7} if mode == "constant" else {}
        case("array", "pad", [a], np.pad(a, ((1, 0), (2, 1), (0, 3)), mode, **extra),
             low=[1, 2, 0], high=[0, 1, 3], mode=number, value=7)
    for axis, indices in ((0, np.array([1, 0, 1, -2])), (1, np.array([[2, -1], [0, 0]])), (-1, np.array(3))):
        case("array", "gather", [a, indices.astype(np.int32)], np.take(a, indices, axis), axis=axis)
    t = torch.tensor(a, requires_grad=True)
    weights = uniform(2, 4, 4)
    y = t[:, [2, 0, 2, 2]]
    gradient, = torch.autograd.grad((y * torch.tensor(weights)).sum(), [t])
    case("array", "gather", [a, np.array([2, 0, 2, 2])], y.detach().numpy(), weights, [gradient.numpy()],
         axis=1)
    labels = np.array([0, 3, -1, 4, 2])
    case("array", "one_hot", [labels], tf.one_hot(labels, 4).numpy(), depth=4)


def convolutions():
    for x, w, strides, dilations, padding in [
            ((2, 5, 6, 3), (3, 3, 3, 4), 1, 1, "valid"), ((1, 7, 6, 2), (3, 2, 2, 3), 2, 1, "same"),
            ((1, 8, 7, 2), (2, 3, 2, 2), 3, 1, "same"), ((1, 7, 7, 2), (3, 3, 2, 2), 1, 2, "same"),
            ((1, 7, 8, 1), (3, 2, 1, 2), 1, 2, "valid"), ((1, 6, 6, 2), (1, 1, 2, 3), 2, 1, "valid")]:
        by_tensorflow("conv", "conv", [uniform(*x), uniform(*w), uniform(w[3])],
                      lambda x, w, b: keras.ops.conv(x, w, strides, padding, "channels_last", dilations) + b,
                      strides=[strides] * 2, dilations=[dilations] * 2, padding=padding)

    for x, w, strides, dilations, padding in [
            ((2, 8, 3), (3, 3, 4), 2, 1, "same"), ((1, 9, 2), (4, 2, 3), 1, 2, "valid"),
            ((1, 4, 5, 4, 2), (2, 3, 2, 2, 3), 2, 1, "same"), ((1, 5, 4, 6, 1), (3, 2, 2, 1, 2), 1, 1, "valid")]:
        by_tensorflow("conv", "conv", [uniform(*x), uniform(*w), uniform(w[-1])],
                      lambda x, w, b: keras.ops.conv(x, w, strides, padding, "channels_last", dilations) + b,
                      strides=[strides], dilations=[dilations], padding=padding)
    by_torch("conv", "conv", [uniform(2, 4, 3, 4, 4), uniform(2, 3, 2, 2, 6), uniform(6)],
             lambda x, w, b: F.conv3d(F.pad(x, (2, 0, 0, 1, 1, 0)), w.permute(4, 3, 0, 1, 2), b, stride=(2, 1, 2),
                                      groups=2),
             strides=[2, 1, 2], groups=2, padding="explicit", pads=[1, 0, 2, 0, 1, 0], layout=1)

    def grouped(x, w, b, pads, first, **more):
        x = x if first else x.permute(0, 3, 1, 2)
        x = F.pad(x, (pads[1], pads[3], pads[0], pads[2]))
        y = F.conv2d(x, w.permute(3, 2, 0, 1), b, **more)
        return y if first else y.permute(0, 2, 3, 1)

    for x, w, strides, dilations, groups, pads, first in [
            ((2, 5, 6, 4), (3, 2, 2, 6), (2, 1), (1, 2), 2, (1, 0, 2, 3), False),
            ((2, 4, 5, 5), (2, 3, 1, 8), (1, 2), (2, 1), 4, (0, 1, 1, 0), True),
            ((1, 3, 6, 5), (3, 3, 3, 2), (3, 2), (1, 1), 1, (1, 1, 1, 1), True)]:
        by_torch("conv", "conv", [uniform(*x), uniform(*w), uniform(w[3])],
                 lambda x, w, b: grouped(x, w, b, pads, first, stride=strides, dilation=dilations, groups=groups),
                 strides=strides, dilations=dilations, groups=groups, padding="explicit", pads=pads, layout=int(first))
    for size, kernel, strides, padding, output_padding in [
            ((3, 4), (3, 3), 2, "same", None), ((3, 4), (3, 2), 2, "valid", None), ((3, 2), (2, 2), 3, "valid", None),
            ((3, 2), (2, 3), 1, "same", None), ((3, 4), (3, 3), 2, "same", (1, 1)), ((3, 4), (3, 3), 2, "same", (0, 0)),
            ((2, 3), (4, 4), 2, "same", None), ((2, 3), (3, 3), 2, "valid", (1, 1))]:
        more = {"output_padding": output_padding} if output_padding else {}
        by_tensorflow("conv", "conv_transpose", [uniform(2, *size, 3), uniform(*kernel, 2, 3), uniform(2)],
                      lambda x, w, b: keras.ops.conv_transpose(x, w, strides, padding, output_padding, "channels_last") + b,
                      strides=[strides] * 2, padding=padding, **more)
    for x, w, strides, padding, output_padding in [
            ((2, 5, 3), (3, 2, 3), 2, "same", None), ((2, 5, 3), (4, 2, 3), 2, "valid", 1),
            ((1, 2, 3, 2, 2), (3, 2, 2, 2, 2), 2, "same", None), ((1, 2, 2, 3, 1), (2, 3, 3, 2, 1), 2, "valid", None)]:
        more = {"output_padding": [output_padding]} if output_padding else {}
        by_tensorflow("conv", "conv_transpose", [uniform(*x), uniform(*w), uniform(2)],
                      lambda x, w, b: keras.ops.conv_transpose(x, w, strides, padding, output_padding, "channels_last") + b,
                      strides=[strides], padding=padding, **more)
    by_torch("conv", "conv_transpose", [uniform(2, 4, 3, 4), uniform(3, 2, 3, 4), uniform(6)],
             lambda x, w, b: F.conv_transpose2d(
                 x, w.permute(3, 2, 0, 1), b, stride=(2, 1), padding=(1, 0), output_padding=(1, 0), groups=2,
                 dilation=(1, 2)),
             strides=[2, 1], dilations=[1, 2], groups=2, padding="explicit", pads=[1, 0, 1, 0],
             output_padding=[1, 0], layout=1)


def pools():
    for x, pool, strides, padding in [((2, 6, 5, 2), (2, 2), (2, 2), "valid"), ((1, 5, 7, 2), (3, 2), (2, 2), "same"),
                                      ((1, 4, 5, 1), (3, 3), (1, 1), "same"), ((1, 7, 7, 1), (2, 2), (3, 3), "same")]:
        by_tensorflow("pool", "max_pool", [distinct(*x)],
                      lambda x: keras.ops.max_pool(x, pool, strides, padding, "channels_last"),
                      pool=pool, strides=strides, padding=padding)
        by_tensorflow("pool", "avg_pool", [uniform(*x)],
                      lambda x: keras.ops.average_pool(x, pool, strides, padding, "channels_last"),
                      pool=pool, strides=strides, padding=padding)
    for x, pool, strides, padding in [((2, 7, 2), 3, 2, "same"), ((1, 8, 2), 2, 2, "valid")]:
        given = {"pool": np.atleast_1d(pool).tolist(), "strides": np.atleast_1d(strides).tolist(), "padding": padding}
        by_tensorflow("pool", "max_pool", [distinct(*x)],
                      lambda x: keras.ops.max_pool(x, pool, strides, padding, "channels_last"), **given)
        by_tensorflow("pool", "avg_pool", [uniform(*x)],
                      lambda x: keras.ops.average_pool(x, pool, strides, padding, "channels_last"), **given)
    by_torch("pool", "max_pool", [distinct(2, 2, 4, 4, 5)],
             lambda x: F.max_pool3d(x, (2, 3, 2), (1, 2, 2), (1, 1, 0)),
             pool=[2, 3, 2], strides=[1, 2, 2], padding="explicit", pads=[1, 1, 0, 1, 1, 0], layout=1)
    by_torch("pool", "avg_pool", [uniform(2, 2, 4, 4, 5)],
             lambda x: F.avg_pool3d(x, (2, 3, 2), (1, 2, 2), (1, 1, 0), count_include_pad=True),
             pool=[2, 3, 2], strides=[1, 2, 2], padding="explicit", pads=[1, 1, 0, 1, 1, 0], layout=1, count_padding=1)
    common = {"pool": [3, 2], "strides": [2, 1], "padding": "explicit", "pads": [1, 1, 1, 1], "layout": 1}
    by_torch("pool", "max_pool", [distinct(2, 2, 5, 4)], lambda x: F.max_pool2d(x, (3, 2), (2, 1), (1, 1)), **common)
    for count in (False, True):
        by_torch("pool", "avg_pool", [uniform(2, 2, 5, 4)],
                 lambda x: F.avg_pool2d(x, (3, 2), (2, 1), (1, 1), count_include_pad=count),
                 count_padding=int(count), **common)
    pads = {"pool": [2, 3], "strides": [1, 2], "padding": "explicit", "pads": [1, 0, 0, 2], "layout": 1}
    by_torch("pool", "max_pool", [distinct(1, 2, 4, 4)],
             lambda x: F.max_pool2d(F.pad(x, (0, 2, 1, 0), value=-np.inf), (2, 3), (1, 2)), **pads)


def norms():
    def training(x, gamma, beta, axis, epsilon):
        moved = x.movedim(axis, -1)
        axes = tuple(range(moved.ndim - 1))
        mean, variance = moved.mean(axes), moved.var(axes, unbiased=False)
        y = F.batch_norm(x.movedim(axis, 1), None, None, gamma, beta, True, 0.1, epsilon)
        return y.movedim(1, axis), mean, variance

    for shape, axis, epsilon in [((4, 3), -1, 1e-3), ((3, 2, 2, 4), -1, 1e-3), ((3, 4, 2, 3), 1, 1e-5)]:
        channels = shape[axis]
        by_torch("norm", "batch_norm_training", [uniform(*shape), uniform(channels), uniform(channels)],
                 lambda x, g, b: training(x, g, b, axis, epsilon), axis=axis, epsilon=epsilon)
        by_torch("norm", "batch_norm_inference",
                 [uniform(*shape), uniform(channels), uniform(channels), uniform(channels), uniform(channels) ** 2 + 0.1],
                 lambda x, g, b, m, v: ((x.movedim(axis, -1) - m) / torch.sqrt(v + epsilon) * g + b).movedim(-1, axis),
                 axis=axis, epsilon=epsilon)


METHODS = ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")


def resizing():
    for size, target in (((3, 4), (6, 8)), ((5, 3), (3, 7)), ((2, 2), (5, 3)), ((4, 4), (1, 2))):
        for method, name in ((0, "nearest-exact"), (1, "bilinear")):
            more = {} if method == 0 else {"align_corners": False}
            by_torch("resize", "resize", [uniform(2, 2, *size)],
                     lambda x: F.interpolate(x, target, mode=name, **more), size=target, method=method, layout=1)
    # sizes whose fractions are, and are not, among the 1024 steps of TensorFlow's table for bicubic; and
    # those where float32 decides what is nearest
    for size, target in (((5, 3), (3, 7)), ((3, 2), (6, 8)), ((12, 9), (5, 4)), ((4, 16), (141, 9))):
        for method, name in enumerate(METHODS):
            for antialias in (False, True):
                only = {(6, 8): "bicubic", (141, 9): "nearest"}.get(target, name)
                if name != only or target in ((6, 8), (141, 9)) and antialias:
                    continue
                x = uniform(1, *size, 2)
                y = tf.image.resize(x, target, name, antialias=antialias)
                case("resize", "resize", [x], np.float64(y.numpy()), size=target, method=method, layout=0,
                     antialias=int(antialias))


def main():
    default = pathlib.Path(__file__).parent.parent / "tests/recorded/nn.json"
    for group in (arrays, convolutions, pools, norms, resizing):
        group()
    made_with = {"numpy": np.__version__, "tensorflow": tf.__version__, "keras": keras.__version__,
                 "torch": torch.__version__}
    lines = ",\n".join(json.dumps(c) for c in CASES)
    pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else default).write_text(
        '{"made_with": ' + json.dumps(made_with) + ',\n"cases": [\n' + lines + "\n]}\n", encoding="utf-8")
    print(len(CASES), "cases")


if __name__ == "__main__":
    main()
