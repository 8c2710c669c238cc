#!/usr/bin/env python3
"""Records what NumPy, SciPy and PyTorch compute for mica's ops on numbers: record_math.py [FILE]

Writes tests/recorded/math.json (read by tests/op/test_math.c): one case a line with the op, its
arguments, inputs, and the expected output. Floats are float64 unless a dtype is named; what JSON
cannot say is "nan", "inf", "-inf". Needs numpy, scipy and torch."""
import json
import math
import pathlib
import sys

import numpy as np
import scipy
import scipy.special
import torch
import torch.nn.functional as F

np.seterr(all="ignore")
RNG = np.random.default_rng(11)
CASES = []
EDGES = [-math.inf, -100.0, -7.5, -2.5, -1.5, -1.0, -0.5, -1e-3, -0.0, 0.0, 1e-3, 0.5, 1.0, 1.5, 2.5, 3.0, 7.5,
         100.0, math.inf, math.nan]


def number(x):
    if isinstance(x, (bool, np.bool_)):
        return int(x)
    if isinstance(x, (int, np.integer)):
        return int(x) if x < 2**63 else str(x)
    x = float(x)
    return x if math.isfinite(x) else str(x)


def array(x):
    x = np.asarray(x)
    return {"dtype": str(x.dtype), "shape": list(x.shape), "data": [number(v) for v in x.ravel()]}


def case(op, inputs, output, **arguments):
    CASES.append({"op": op, "arguments": arguments, "inputs": [array(x) for x in inputs],
                  "output": array(output)})


def tensor(x):
    return torch.from_numpy(np.array(x))


def uniform(*shape, low=-2.0, high=2.0):
    return RNG.uniform(low, high, shape).round(4)


def arithmetic():
    pairs = [(np.array(EDGES), np.array(EDGES[::-1])), (uniform(3, 4), uniform(4)), (uniform(2, 1, 3), uniform(4, 1)),
             (np.array(1.5), uniform(2, 3)), (uniform(0, 3), uniform(3)), (np.array(-2.0), np.array(3.0)),
             (np.array([120, -128, 7], np.int8), np.array([100, 1, -3], np.int8)),
             (np.array([250, 3, 0], np.uint8), np.array([10, 7, 1], np.uint8)),
             (np.array([2**62, -2**63, 5], np.int64), np.array([2**62, 2, -7], np.int64)),
             (np.array([2**64 - 1, 2**63, 5], np.uint64), np.array([2, 2**64 - 3, 7], np.uint64)),
             (np.array([[1], [-5]], np.int32), np.array([0.5, 2.0]))]
    functions = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "maximum": np.maximum,
                 "minimum": np.minimum, "equal": np.equal, "not_equal": np.not_equal, "less": np.less,
                 "less_equal": np.less_equal, "greater": np.greater, "greater_equal": np.greater_equal,
                 "logical_and": np.logical_and, "logical_or": np.logical_or}
    for a, b in pairs:
        for name, f in functions.items():
            case(name, [a, b], f(a, b))
        floats = np.result_type(a, b).kind == "f"
        quotient = np.divide(a, b) if floats else torch.div(*map(tensor, (a, b)), rounding_mode="trunc").numpy() \
            if a.dtype != np.uint64 else a // b
        case("divide", [a, b], quotient)
        if not floats or not (np.isinf(a).any() or np.isinf(b).any()):
            case("floor_mod", [a, b], np.remainder(a, b))
        if floats:
            case("power", [a, b], np.power(a, b))
    case("floor_mod", [[7.5, -7.5, 7.5, -7.5, 0.0], [2.0, 2.0, -2.0, -2.0, 3.0]],
         np.remainder([7.5, -7.5, 7.5, -7.5, 0.0], [2.0, 2.0, -2.0, -2.0, 3.0]))
    a, b = np.array([2, -3, 7, 0, 1, 2], np.int32), np.array([10, 5, 0, 0, 30, 31], np.int32)
    case("power", [a, b], np.power(a, b))


def unary():
    x = np.array(EDGES)
    functions = {"negative": np.negative, "abs": np.abs, "sign": np.sign, "square": np.square, "sqrt": np.sqrt,
                 "reciprocal": np.reciprocal, "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p,
                 "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "erf": scipy.special.erf, "floor": np.floor,
                 "ceil": np.ceil, "round": np.round, "is_finite": np.isfinite, "logical_not": np.logical_not,
                 "identity": np.copy, "stop_gradient": np.copy}
    for name, f in functions.items():
        case(name, [x], f(x))
        case(name, [np.array(0.75)], f(np.array(0.75)))
    for name in ("negative", "abs", "sign", "square"):
        for ints in (np.array([-128, -3, 0, 7, 127], np.int8), np.array([0, 3, 255], np.uint8),
                     np.array([0, 3, 2**64 - 5], np.uint64)):
            case(name, [ints], functions[name](ints))
    case("rsqrt", [x], torch.rsqrt(tensor(x)).numpy())


def activations():
    x = np.array(EDGES[1:-2] + [88.0, -88.0, 709.0, -745.0])
    functions = {"relu": F.relu, "relu6": F.relu6, "sigmoid": torch.sigmoid, "softplus": F.softplus,
                 "softsign": F.softsign, "silu": F.silu, "mish": F.mish, "selu": F.selu}
    for name, f in functions.items():
        case(name, [x], f(tensor(x)).numpy())
    for name in ("relu", "relu6", "sigmoid"):
        case(name, [np.array(EDGES)], functions[name](tensor(EDGES)).numpy())
    case("gelu", [x], F.gelu(tensor(x)).numpy(), approximate=False)
    case("gelu", [x], F.gelu(tensor(x), approximate="tanh").numpy(), approximate=True)
    case("leaky_relu", [x], F.leaky_relu(tensor(x), 0.2).numpy(), slope=0.2)
    case("elu", [x], F.elu(tensor(x), 1.5).numpy(), alpha=1.5)
    case("hard_sigmoid", [x], F.hardsigmoid(tensor(x)).numpy(), slope=1 / 6, offset=0.5)
    case("clip", [EDGES], np.clip(EDGES, -1.5, 2.0), min=-1.5, max=2.0)
    case("clip", [np.array([-9, 0, 9], np.int32)], np.clip(np.array([-9, 0, 9], np.int32), -2, 3), min=-2, max=3)
    for shape, axis in (((3, 4), -1), ((3, 4), 0), ((2, 3, 4), 1), ((5,), 0)):
        z = uniform(*shape, low=-5, high=5)
        case("softmax", [z], torch.softmax(tensor(z), axis).numpy(), axis=axis)
        case("log_softmax", [z], torch.log_softmax(tensor(z), axis).numpy(), axis=axis)
    z = np.array([[1000.0, 1001.0, 999.0], [-1000.0, 0.0, 1000.0], [-math.inf, 0.0, 1.0], [math.nan, 0.0, 1.0]])
    case("softmax", [z], torch.softmax(tensor(z), -1).numpy(), axis=-1)
    case("log_softmax", [z], torch.log_softmax(tensor(z), -1).numpy(), axis=-1)


def choice():
    c, a, b = np.array([[True], [False]]), uniform(3), uniform(2, 1)
    case("where", [c, a, b], np.where(c, a, b))
    c, a, b = np.array([2, 0, -1], np.int32), np.array([2**62 + 1, 2, 3]), np.array(-2**62 - 1)
    case("where", [c, a, b], np.where(c, a, b))
    x = np.array([-2.7, -0.5, 0.0, 0.5, 2.7, 100.0])
    for dtype in ("float32", "float16", "int32", "int8", "int64", "bool"):
        case("cast", [x], x.astype(dtype), dtype=dtype)
    for dtype in ("uint8", "int16", "float32", "bool", "uint64"):
        ints = np.array([0, 1, -1, 300, 2**40 + 5])
        case("cast", [ints], ints.astype(dtype), dtype=dtype)


def reductions():
    functions = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod,
                 "any": np.any, "all": np.all, "log_sum_exp": scipy.special.logsumexp}
    x, ints = uniform(2, 3, 4), RNG.integers(-9, 9, (3, 4))
    for name, f in functions.items():
        for axes, keep in (((), False), ((1,), False), ((-1,), True), ((2, 0), False), ((0, 1, 2), True)):
            case(name, [x], f(x, axis=axes or None, keepdims=keep), axes=axes, keepdims=keep)
        case(name, [np.array(1.25)], f(np.array(1.25)), axes=(), keepdims=False)
        if name not in ("mean", "log_sum_exp"):
            case(name, [ints], f(ints, axis=0), axes=(0,), keepdims=False)
            big = np.array([2**63 + 5, 3, 2**64 - 2], np.uint64)
            case(name, [big], f(big), axes=(), keepdims=False)
        if name not in ("max", "min", "log_sum_exp", "mean"):
            case(name, [np.zeros((2, 0))], f(np.zeros((2, 0)), axis=1), axes=(1,), keepdims=False)
        case(name, [[1.0, math.nan, math.inf]], f([1.0, math.nan, math.inf]), axes=(), keepdims=False)
    case("sum", [np.array([True, True, False])], np.sum([True, True, False]), axes=(), keepdims=False)
    z = np.array([[1000.0, 1001.0], [-1000.0, -1001.0], [-math.inf, 2.0], [-math.inf, -math.inf], [math.inf, 0.0]])
    case("log_sum_exp", [z], scipy.special.logsumexp(z, axis=1), axes=(1,), keepdims=False)
    ties = np.array([[3.0, 7.0, 7.0, 1.0], [math.nan, 9.0, 0.0, math.nan], [2.0, 2.0, 2.0, 2.0]])
    big = np.array([5, 2**64 - 2, 2**63], np.uint64)
    for name, f in (("argmax", np.argmax), ("argmin", np.argmin)):
        for y, axis, keep in ((x, 1, False), (x, -1, True), (ties, 1, False), (ints, 0, False), (big, 0, False)):
            case(name, [y], f(y, axis=axis, keepdims=keep), axis=axis, keepdims=keep)


def matrices():
    shapes = [((3, 4), (4, 2)), ((2, 3, 4), (4, 2)), ((3, 4), (5, 4, 2)), ((2, 1, 3, 4), (5, 4, 2)), ((4,), (4, 2)),
              ((3, 4), (4,)), ((4,), (4,)), ((2, 3, 4), (4,)), ((4,), (2, 4, 3)), ((0, 4), (4, 2)), ((3, 0), (0, 2))]
    for a, b in shapes:
        a, b = uniform(*a), uniform(*b)
        case("matmul", [a, b], np.matmul(a, b))
    a, b = RNG.integers(-2**40, 2**40, (2, 3)), RNG.integers(-2**40, 2**40, (3, 2))
    case("matmul", [a, b], np.matmul(a, b))


def losses():
    z = uniform(4, 3, low=-5, high=5)
    z[0] = [1000.0, -1000.0, 0.0]
    t = np.abs(uniform(4, 3))
    t /= t.sum(axis=1, keepdims=True)
    case("softmax_cross_entropy", [z, t], F.cross_entropy(tensor(z), tensor(t), reduction="none").numpy())
    for dtype in (np.int64, np.uint8, np.float64):
        labels = np.array([1, 0, 2, 2])
        case("sparse_softmax_cross_entropy", [z, labels.astype(dtype)],
             F.cross_entropy(tensor(z), tensor(labels), reduction="none").numpy())
    case("sigmoid_cross_entropy", [z, t],
         F.binary_cross_entropy_with_logits(tensor(z), tensor(t), reduction="none").numpy())


def main():
    for part in (arithmetic, unary, activations, choice, reductions, matrices, losses):
        part()
    root = pathlib.Path(__file__).resolve().parent.parent
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "tests/recorded/math.json"
    made_with = {"numpy": np.__version__, "scipy": scipy.__version__, "torch": torch.__version__}
    lines = ",\n".join(json.dumps(c) for c in CASES)
    path.write_text('{"made_with": %s,\n"cases": [\n%s\n]}\n' % (json.dumps(made_with), lines))


if __name__ == "__main__":
    main()
