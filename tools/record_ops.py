#!/usr/bin/env python3
"""Records what NumPy, TensorFlow with Keras, and PyTorch compute for mica's ops beyond those of
record_math.py and record_nn.py: record_ops.py [FILE]

Writes tests/recorded/ops.json (read by tests/op/ through recorded.h), in the form of nn.json: one
case a line with the group, the op, its arguments, inputs, expected outputs, and, where "weights" (R)
stand, the gradients of sum(output 0 * R) by the first inputs. All floats are float64. What JSON
cannot say is "nan", "inf", "-inf". Needs numpy, scipy, tensorflow, keras and torch."""
import json
import pathlib
import sys

import record_nn as nn  # first: it quiets TensorFlow

import keras
import numpy as np
import scipy
import scipy.optimize
import scipy.special
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


def activations():
    x = np.array([-3.5, -2.0, -1.2, -0.7, -0.2, 0.0, 0.3, 0.9, 1.4, 2.6, 3.2, 12.0])
    ops = keras.ops
    for name in ("hard_silu", "hard_tanh", "tanh_shrink", "log_sigmoid", "sparse_plus", "sparse_sigmoid"):
        by_tensorflow("activation", name, [x], getattr(ops, name))
    by_torch("activation", "celu", [x], lambda x: F.celu(x, 1.5), by=1.5)
    by_tensorflow("activation", "squareplus", [x], lambda x: ops.squareplus(x, 4), by=4.0)
    by_tensorflow("activation", "hard_shrink", [x], lambda x: ops.hard_shrink(x, 0.5), by=0.5)
    by_torch("activation", "soft_shrink", [x], lambda x: F.softshrink(x, 0.5), by=0.5)
    by_torch("activation", "threshold", [x], lambda x: F.threshold(x, 0.25, -7.0), threshold=0.25, value=-7.0)
    by_torch("activation", "prelu", [uniform(2, 3, 4), uniform(3)], lambda x, a: F.prelu(x, a), channels=True)
    for axis in (-1, 0):
        by_torch("activation", "glu", [uniform(4, 6)], lambda x: F.glu(x, axis), axis=axis)
    for z, axis in ((uniform(3, 5), -1), (np.array([[1.0, 1.0, 1.0], [100.0, -100.0, 0.0], [0.3, 0.2, 0.1]]), -1),
                    (uniform(4, 2), 0)):
        case("activation", "sparsemax", [z], np.apply_along_axis(simplex_point, axis, z), axis=axis)


def simplex_point(z):
    """sparsemax by a root finder (Keras 3.15's own does not sum to 1 where several are positive)."""
    t = scipy.optimize.brentq(lambda t: np.maximum(z - t, 0).sum() - 1, z.min() - 1, z.max(), xtol=1e-14)
    return np.maximum(z - t, 0)


def functions():
    wide, inside, above = (np.array(v) for v in (
        [-2.6, -1.1, -0.4, 0.3, 0.8, 2.2, 5.5], [-0.95, -0.6, -0.1, 0.0, 0.2, 0.7, 0.99], [1.1, 1.5, 2.0, 7.5, 30.0]))
    positive = np.array([1e-3, 0.2, 0.5, 1.0, 1.5, 3.3, 9.0, 12.5, 170.0])
    for name in ("tan", "atan", "sinh", "cosh", "asinh", "erfc"):
        by_torch("function", name, [wide], getattr(torch, name))
    for name in ("asin", "acos", "atanh", "erfinv"):
        by_torch("function", name, [inside], getattr(torch, name))
    by_torch("function", "erfinv", [np.array([0.999999, -0.9999999999, 1e-12, 0.5])], torch.erfinv)
    by_torch("function", "acosh", [above], torch.acosh)
    for name in ("log2", "log10", "exp2", "lgamma", "digamma"):
        by_torch("function", name, [positive], getattr(torch, name))
    by_torch("function", "digamma", [np.array([-0.5, -3.3, -10.7])], torch.digamma)
    for n in (1, 2, 5):
        x = np.array([0.05, 0.7, 2.0, 9.5, 40.0])
        case("function", "polygamma", [x], scipy.special.polygamma(n, x), n=n)
    x = np.array([-27.0, -0.1, 0.001, 8.0])
    case("function", "cbrt", [x], np.cbrt(x))
    case("function", "trunc", [wide], np.trunc(wide))
    case("function", "deg2rad", [wide], np.deg2rad(wide))
    case("function", "rad2deg", [wide], np.rad2deg(wide))
    a, b = uniform(3, 4), uniform(4)
    for name, f in (("atan2", torch.atan2), ("hypot", torch.hypot), ("log_add_exp", torch.logaddexp),
                    ("remainder", torch.fmod)):
        by_torch("function", name, [a, b], f)
    special = np.array([-np.inf, -7.5, -0.0, 0.0, 2.5, np.inf, np.nan])
    x, y = (v.ravel() for v in np.meshgrid(special, special))
    for name, f in (("atan2", np.arctan2), ("hypot", np.hypot), ("log_add_exp", np.logaddexp), ("remainder", np.fmod)):
        case("function", name, [x, y], f(x, y))
    x, y = (v.ravel() for v in np.meshgrid([-7.5, -3.0, 0.0, 0.9, 6.0, 1e17], [-2.5, -0.3, 0.1, 0.3, 3.0]))
    case("function", "floor_divide", [x, y], np.floor_divide(x, y))
    case("function", "is_nan", [special], np.isnan(special))
    case("function", "is_inf", [special], np.isinf(special))
    case("function", "nan_to_num", [special], np.nan_to_num(special, nan=0.5, posinf=9, neginf=-8), nan=0.5, positive=9,
         negative=-8)
    x, y = (v.ravel() for v in np.meshgrid([1.0, 1.00001, np.inf, -np.inf, np.nan, 0.0], [1.0, np.inf, np.nan, 1e-9]))
    case("function", "is_close", [x, y], np.isclose(x, y, 1e-4, 1e-8), rtol=1e-4, atol=1e-8)
    for dtype in (np.int32, np.uint8, np.int64):
        a, b = np.array([[6, 250, 3, 0]]).astype(dtype), np.array([[3], [1], [5]]).astype(dtype)
        for name, f in (("bitwise_and", np.bitwise_and), ("bitwise_or", np.bitwise_or), ("bitwise_xor", np.bitwise_xor),
                        ("left_shift", np.left_shift), ("right_shift", np.right_shift),
                        ("floor_divide", np.floor_divide), ("remainder", np.fmod)):
            case("function", name, [a, b], f(a, b))
        case("function", "bitwise_not", [a], np.bitwise_not(a))
    a, b = np.array([-7, 7, -8, 5], np.int32), np.array([2, -2, 2, -5], np.int32)
    for name, f in (("floor_divide", np.floor_divide), ("remainder", np.fmod), ("right_shift", None)):
        case("function", name, [a, np.abs(b)] if f is None else [a, b],
             np.right_shift(a, np.abs(b)) if f is None else f(a, b))
    a, b = np.array([0.0, 2.0, 0.0, np.nan]), np.array([0.0, 0.0, 1.0, 1.0])
    case("function", "logical_xor", [a, b], np.logical_xor(a, b))


# Float32 numbers at the ends and kinks of elementwise ops.
EDGES = np.array([-np.inf, -3e38, -100, -7.5, -3, -1.5, -1, -0.5, -1e-3, -0.0, 0.0, 1e-3, 0.5, 1, 1.5, 3, 6, 7.5, 100,
                  3e38, np.inf, np.nan], np.float32)


def edges():
    """What TensorFlow and NumPy give for infinities, NaN and kinks, computed in float64 from float32 numbers."""
    ops, x = keras.ops, EDGES
    small = EDGES[(np.abs(EDGES) < 1e30) | ~np.isfinite(EDGES)]

    def edge(name, inputs, f, **arguments):
        y = np.asarray(f(*(np.asarray(x, np.float64) for x in inputs)))
        case("edges", name, inputs, y.astype(np.float32) if y.dtype.kind == "f" else y, **arguments)

    for name in ("relu", "relu6", "sigmoid", "softplus", "softsign", "silu", "selu", "tanh", "hard_silu", "hard_tanh",
                 "log_sigmoid", "tanh_shrink", "sparse_plus", "sparse_sigmoid", "negative", "abs", "sign", "square",
                 "sqrt", "reciprocal", "exp", "expm1", "log", "log1p", "floor", "ceil", "round", "trunc", "sinh",
                 "cosh", "log2", "log10", "exp2", "sin", "cos", "tan", "hard_sigmoid"):
        edge(name, [small if name in ("sin", "cos", "tan") else x], getattr(ops, name))
    for name, f in (("erf", scipy.special.erf), ("asin", np.arcsin), ("acos", np.arccos), ("atan", np.arctan), ("asinh", np.arcsinh),
                    ("acosh", np.arccosh), ("atanh", np.arctanh), ("cbrt", np.cbrt), ("erfc", scipy.special.erfc),
                    ("is_finite", np.isfinite), ("is_nan", np.isnan), ("is_inf", np.isinf)):
        edge(name, [x], f)
    edge("clip", [x], lambda x: np.clip(x, -1.5, 2.0), min=-1.5, max=2.0)
    edge("leaky_relu", [x], lambda x: ops.leaky_relu(x, 0.25), by=0.25)
    edge("elu", [x], lambda x: ops.elu(x, 1.5), by=1.5)
    a, b = (v.ravel() for v in np.meshgrid(x[[0, 1, 4, 9, 10, 13, 19, 20, 21]], x[[0, 1, 4, 9, 10, 13, 19, 20, 21]]))
    for name in ("maximum", "minimum", "add", "subtract", "multiply", "divide", "equal", "less", "greater_equal"):
        edge(name, [a, b], getattr(np, name))
    rows = np.array([[1, np.nan, 2], [np.inf, 0, 1], [-np.inf, -np.inf, 3], [np.nan, np.inf, 0]], np.float32)
    for name in ("max", "min", "sum", "mean"):
        edge(name, [rows], lambda x: getattr(np, name)(x, -1), axes=[-1])


def scans():
    x = uniform(2, 4, 3)
    for axis, exclusive, reverse in ((1, False, False), (-1, True, False), (0, False, True), (1, True, True)):
        by_tensorflow("scan", "cumsum", [x], lambda x: tf.cumsum(x, axis, exclusive, reverse), axis=axis,
                      exclusive=exclusive, reverse=reverse)
        by_tensorflow("scan", "cumprod", [x], lambda x: tf.math.cumprod(x, axis, exclusive, reverse), axis=axis,
                      exclusive=exclusive, reverse=reverse)
    by_torch("scan", "cummax", [distinct(3, 4)], lambda x: tuple(torch.cummax(x, 1)), axis=1)
    ties = np.array([[1.0, 3.0, 3.0, np.nan, 5.0], [2.0, 2.0, 1.0, 0.0, 2.0]])
    case("scan", "cummax", [ties], [t.numpy() for t in torch.cummax(torch.tensor(ties), 1)], axis=1)
    whole = np.array([[5, -3, 5, 0, 2**40], [7, 7, 1, -9, 1]])
    for y in (uniform(3, 5), ties, whole, uniform(2, 40)):
        for axis, descending in ((1, False), (1, True), (0, False)):
            values, where = torch.sort(torch.tensor(y), dim=axis, descending=descending, stable=True)
            case("scan", "sort", [y], [values.numpy(), where.numpy()], axis=axis, descending=descending)
        case("scan", "top_k", [y], [t.numpy() for t in tf.math.top_k(y, 2)] if y is not ties
             else [t.numpy()[:, :2] for t in torch.sort(torch.tensor(y), stable=True, descending=True)], k=2, axis=-1)
    by_torch("scan", "sort_values", [distinct(4, 3)], lambda x: torch.sort(x, 0, descending=True)[0], axis=0,
             descending=True)
    for shape, axes, keepdims in (((3, 4), [1], False), ((2, 3, 4), [0, 2], True), ((5,), [], False)):
        axis = tuple(axes) or None
        more = {"axes": axes, "keepdims": keepdims}
        by_tensorflow("scan", "variance", [uniform(*shape)], lambda x: tf.math.reduce_variance(x, axis, keepdims), **more)
        by_tensorflow("scan", "std", [uniform(*shape)], lambda x: tf.math.reduce_std(x, axis, keepdims), **more)
    for order in (1.0, 2.0, np.inf, -np.inf, 3.5):
        by_torch("scan", "norm", [uniform(3, 5)], lambda x: torch.linalg.vector_norm(x, order, 1),
                 order=str(order), axes=[1], keepdims=False)
    sparse = np.array([[0, 2, 0], [1, 0, -3]])
    case("scan", "norm", [sparse * 1.0], np.linalg.norm(sparse, 0, 1), order=0.0, axes=[1], keepdims=False)
    case("scan", "count_nonzero", [sparse], np.count_nonzero(sparse, 1), axes=[1], keepdims=False)
    for q in (0.0, 0.25, 0.5, 0.9, 1.0):
        by_torch("scan", "quantile", [distinct(3, 6)], lambda x: torch.quantile(x, q, 1), q=q, axis=1, keepdims=False)
    odd = np.array([[3.0, 1.0, 2.0], [np.nan, 1.0, 5.0]])
    case("scan", "median", [odd], np.median(odd, 1, keepdims=True), axis=1, keepdims=True)
    edges, x = np.array([-2.0, 0.0, 0.0, 1.5, 7.0]), np.array([[-3.0, 0.0, 1.4], [7.0, np.nan, 8.0]])
    for right in (False, True):
        case("scan", "searchsorted", [edges, x], np.searchsorted(edges, x, "right" if right else "left"), right=right)
    ids = np.array([3, 1, 1, 0, 3, 3])
    case("scan", "bincount", [ids], np.bincount(ids, minlength=6), size=6)
    weights = uniform(6)
    case("scan", "bincount", [ids, weights], np.bincount(ids, weights, 5), size=5)
    x = np.append(uniform(40), [-1.0, 1.0, 0.5, 1.001])
    case("scan", "histogram", [x], np.histogram(x, 8, (-1, 1))[0], bins=8, low=-1.0, high=1.0)


def placing():
    x, indices = uniform(3, 4), np.array([[0, 2, 2, 1], [1, 1, 0, 0]])
    by_first("gather_elements", [x], lambda x: torch.gather(x, 0, torch.tensor(indices)), [indices], axis=0)
    by_first("gather_elements", [x], lambda x: torch.take_along_dim(x, torch.tensor([[3], [0], [2]]), 1),
             [np.array([[-1], [0], [2]])], axis=1)
    updates = uniform(2, 4)
    for add in (0, 1):
        place = indices if add else np.array([[0, 1, 2, 1], [1, 0, 0, 2]])
        with_updates("scatter_elements", x, place, updates,
                     lambda x, u: (torch.scatter_add if add else torch.scatter)(x, 0, torch.tensor(place), u), axis=0,
                     action=add)
    rows = np.array([[0, 1], [2, 3], [0, 1]])
    t = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(t)
        y = tf.gather_nd(t, rows)
        weights = uniform(3)
        total = tf.reduce_sum(y * weights)
    case("placing", "gather_nd", [x, rows], y.numpy(), weights, [tf.convert_to_tensor(tape.gradient(total, t)).numpy()])
    first = np.array([[2], [0]])
    case("placing", "gather_nd", [x, first], tf.gather_nd(x, first).numpy())
    updates = uniform(2, 4)
    case("placing", "scatter_nd", [x, first, updates], tf.tensor_scatter_nd_update(x, first, updates).numpy(), action=0)
    case("placing", "scatter_nd", [x, rows, updates[0, :3]], tf.tensor_scatter_nd_add(x, rows, updates[0, :3]).numpy(),
         action=1)
    data, ids = uniform(5, 2), np.array([2, 0, 2, -1, 0])
    for op, f in (("segment_sum", tf.math.unsorted_segment_sum), ("segment_max", tf.math.unsorted_segment_max)):
        t = tf.constant(data)
        with tf.GradientTape() as tape:
            tape.watch(t)
            y = f(t, ids, 3)
            weights = uniform(3, 2)
            weights[1] = 0  # segment 1 is empty: the least value
            total = tf.reduce_sum(tf.where(weights != 0, y * weights, 0.0))
        result = y.numpy() if op == "segment_sum" else np.where(y.numpy() < -1e300, -np.inf, y.numpy())
        if op == "segment_sum":
            case("placing", op, [data, ids], result, weights, [tape.gradient(total, t).numpy()], count=3)
        else:
            case("placing", op, [data, ids], result, count=3)


def by_first(op, x, f, extra, **arguments):
    t = torch.tensor(x[0], requires_grad=True)
    y = f(t)
    weights = uniform(*y.shape)
    gradient, = torch.autograd.grad((y * torch.tensor(weights)).sum(), [t])
    case("placing", op, x + list(extra), y.detach().numpy(), weights, [gradient.numpy()], **arguments)


def with_updates(op, x, indices, updates, f, **arguments):
    case("placing", op, [x, indices, updates], f(torch.tensor(x), torch.tensor(updates)).numpy(), **arguments)


def moving():
    x = uniform(2, 3, 4)
    case("moving", "flip", [x], np.flip(x, (0, 2)), axes=[0, -1])
    case("moving", "flip", [x], np.flip(x), axes=[])
    for shift, axis in ((1, 1), (-2, -1), (7, 2)):
        case("moving", "roll", [x], np.roll(x, shift, axis), shift=shift, axis=axis)
    case("moving", "repeat", [x], np.repeat(x, 3, 1), repeats=3, axis=1)
    case("moving", "moveaxis", [x], np.moveaxis(x, 0, -1), source=0, target=-1)
    case("moving", "moveaxis", [x], np.moveaxis(x, 2, 1), source=2, target=1)
    case("moving", "swapaxes", [x], np.swapaxes(x, 0, 2), source=0, target=2)
    case("moving", "unstack", [x], list(np.moveaxis(x, 1, 0)), axis=1, count=3)
    for k in (-1, 0, 2):
        for name in ("tril", "triu", "diagonal", "trace"):
            f = getattr(np, name)
            case("moving", name, [x], f(x, k, -2, -1) if name in ("diagonal", "trace") else f(x, k), k=k)
        case("moving", "diag", [x[0, 0]], np.diag(x[0, 0], k), k=k)
        case("moving", "diag", [x[0]], np.diag(x[0], k), k=k)
        case("moving", "eye", [], np.eye(3, 4, k), rows=3, columns=4, k=k)
    for start, stop, step in ((0.0, 5.0, 1.0), (3.0, -1.0, -0.75), (1.0, 1.0, 2.0)):
        case("moving", "arange", [], np.arange(start, stop, step), start=start, stop=stop, step=step)
    for n in (0, 1, 5):
        case("moving", "linspace", [], np.linspace(-1.0, 3.0, n), start=-1.0, stop=3.0, n=n)
    a, b, c = uniform(2), uniform(3), uniform(4)
    for ij in (False, True):
        case("moving", "meshgrid", [a, b, c], np.meshgrid(a, b, c, indexing="ij" if ij else "xy"), ij=ij)


def products():
    for equation, shapes in (("ij,jk->ik", ((3, 4), (4, 2))), ("bij,bjk", ((2, 3, 4), (2, 4, 2))), ("ii", ((3, 3),)),
                             ("bii->bi", ((2, 3, 3),)), ("ij->", ((3, 4),)), ("ij->ji", ((3, 4),)),
                             ("i,j->ij", ((3,), (4,))), ("...ij,...jk->...ik", ((2, 1, 3, 4), (5, 4, 2))),
                             ("bthd,bshd->bhts", ((2, 3, 2, 4), (2, 5, 2, 4))), ("ab,bc,cd->ad", ((2, 3), (3, 4), (4, 2))),
                             ("abc,cd,abe->ed", ((2, 3, 4), (4, 2), (2, 3, 5))), ("i,i,i", ((4,), (4,), (4,))),
                             ("...i,i->...", ((2, 3, 4), (4,))), ("ijk,ilm->jl", ((2, 3, 4), (2, 5, 2)))):
        by_torch("product", "einsum", [uniform(*s) for s in shapes], lambda *x: torch.einsum(equation, *x),
                 equation=equation)
    a, b = uniform(2, 3, 4), uniform(4, 3, 5)
    by_torch("product", "tensordot", [a, b], lambda a, b: torch.tensordot(a, b, ([1, 2], [1, 0])), a=[1, 2], b=[1, 0])
    by_torch("product", "tensordot", [uniform(2), uniform(3)], lambda a, b: torch.tensordot(a, b, ([], [])), a=[], b=[])
    for x, y in (((2, 3, 4), (5, 4, 2)), ((3,), (3,)), ((2, 3), (3,)), ((), (2, 3))):
        x, y = uniform(*x), uniform(*y)
        case("product", "dot", [x, y], np.dot(x, y))
    x, y = uniform(2, 3, 4), uniform(5, 4)
    case("product", "inner", [x, y], np.inner(x, y))
    case("product", "outer", [x, y], np.outer(x, y))
    case("product", "vdot", [x, -x], np.vdot(x, -x))
    by_torch("product", "kron", [uniform(2, 3), uniform(3, 2)], torch.kron)
    v = uniform(3)
    case("product", "kron", [v, y], np.kron(v, y))
    by_torch("product", "cross", [uniform(4, 3), uniform(4, 3)], lambda a, b: torch.linalg.cross(a, b))


def positive_columns(u, *others):
    """The sign of each column such that its component greatest in size is positive; rows of the others with it."""
    where = u.abs().argmax(-2, keepdim=True)
    sign = torch.sign(torch.gather(u, -2, where)).detach()
    return (u * sign, *(o * sign.transpose(-1, -2) for o in others))


def factors():
    def definite(*shape):
        x = torch.tensor(uniform(*shape))
        return (x @ x.transpose(-1, -2) + torch.eye(shape[-1])).numpy()

    for shape in ((3, 3), (2, 4, 4)):
        by_torch("factor", "cholesky", [definite(*shape)],
                 lambda a: torch.linalg.cholesky((a + a.transpose(-1, -2)) / 2))
        by_torch("factor", "solve", [uniform(*shape), uniform(*shape[:-1], 2)], torch.linalg.solve)
        by_torch("factor", "inverse", [uniform(*shape)], torch.linalg.inv)
        by_torch("factor", "det", [uniform(*shape)], torch.linalg.det)
        by_torch("factor", "eigh_vectors", [uniform(*shape)],
                 lambda a: positive_columns(torch.linalg.eigh((a + a.transpose(-1, -2)) / 2)[1])[0])
        by_torch("factor", "eigh", [uniform(*shape)],
                 lambda a: (torch.linalg.eigh((a + a.transpose(-1, -2)) / 2)[0],))
    for shape in ((4, 3), (2, 3, 3)):
        by_torch("factor", "qr", [uniform(*shape)], lambda a: tuple(torch.linalg.qr(a)))

    def svd(a):
        u, s, vt = torch.linalg.svd(a, full_matrices=False)
        u, vt = positive_columns(u, vt)
        return u, s, vt

    for shape in ((4, 3), (3, 3), (2, 2, 4)):
        by_torch("factor", "svd", [uniform(*shape)], svd)
    rank_one = np.outer([1.0, 2.0, 2.0], [3.0, 4.0])
    case("factor", "svd_values", [rank_one], np.linalg.svd(rank_one, compute_uv=False))


def categories():
    ids = np.array([[[2, 0], [2, 3], [4, 2]], [[1, 1], [-1, 3], [1, 0]]])
    for axis in (1, 2):
        hot = keras.ops.one_hot(ids, 4, dtype="int64").numpy()
        case("category", "multi_hot", [ids], hot.max(axis), depth=4, axis=axis, counts=False)
        case("category", "multi_hot", [ids], hot.sum(axis), depth=4, axis=axis, counts=True)
    case("category", "multi_hot", [ids[0, :, 1]], tf.math.bincount(ids[0, :, 1], minlength=5), depth=5, axis=0, counts=True)
    keys, values, x = np.array([-7, 2, 3, 1 << 40]), np.array([5, 1, 0, 9]), np.array([[2, 4, -7], [1 << 40, 3, -8]])
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), -1)
    case("category", "lookup", [x, keys, values, np.array(-1)], table.lookup(tf.constant(x)).numpy())
    case("category", "lookup", [x, keys[:0], values[:0], np.array(-1)], np.full_like(x, -1))
    numbers = np.array([[0, -1, 12], [10**15, -(10**9), 1234567]])
    for buckets in (1, 7, 1 << 50):
        text = tf.strings.as_string(numbers)
        case("category", "hash_bucket", [numbers], tf.strings.to_hash_bucket_fast(text, buckets).numpy(), buckets=buckets)
        case("category", "hash_bucket", [numbers], tf.strings.to_hash_bucket_strong(text, buckets, [133, -5]).numpy(),
             buckets=buckets, key=[133, -5])
        columns = [numbers.reshape(6, 1), numbers[::-1].reshape(6, 1), np.arange(6)[:, None]]
        for count in (2, 3):
            crossed = tf.sparse.to_dense(tf.sparse.cross_hashed([tf.constant(c) for c in columns[:count]], buckets)).numpy()
            case("category", "hash_cross", columns[:count], crossed, buckets=buckets)


def colours():
    """Keras's transforms of whole images, beyond what its layers do with them."""
    random = np.random.default_rng(11)
    image = random.uniform(-1, 1, (2, 4, 5, 3))
    transforms = np.array([[0.9, 0.3, -0.5, -0.2, 1.1, 0.4, 0.02, -0.05], [30, 7, -40, -11, 25, 60, 0, 0]], np.float32)
    edge = np.array([[1, 0, 0, 0, 1, 0, -0.5, 0]], np.float32)  # k = 0 at x = 2: at infinity
    for mode, fill_mode in enumerate(("constant", "nearest", "reflect", "wrap")):
        for method, interpolation in enumerate(("nearest", "bilinear")):
            for t in (transforms, edge):
                y = keras.ops.image.affine_transform(image, t, interpolation, fill_mode, 0.5)
                case("colours", "affine_transform", [image, t.astype(np.float64)], np.asarray(y), mode=mode, method=method)
    rgb = random.uniform(0, 1, (2, 3, 4, 3))
    rgb[0, 0] = [[0, 0, 0], [1, 1, 1], [1, 0, 0], [0.5, 0.5, 0.25]]
    hsv = random.uniform(0, 1, (3, 4, 3))
    first = np.moveaxis(rgb, -1, 1).copy()
    for layout, (x, y, format_) in enumerate(((rgb, hsv, "channels_last"), (first, np.moveaxis(hsv, -1, 0).copy(),
                                                                             "channels_first"))):
        options = {"data_format": format_}
        case("colours", "rgb_to_hsv", [x], np.asarray(keras.ops.image.rgb_to_hsv(x, **options)), layout=layout)
        case("colours", "hsv_to_rgb", [y], np.asarray(keras.ops.image.hsv_to_rgb(y, **options)), layout=layout)
        grey = np.asarray(keras.ops.image.rgb_to_grayscale(x, **options))
        case("colours", "rgb_to_grayscale", [x], grey, layout=layout)


np.seterr(all="ignore")
PARTS = [normalisation, attention, activations, functions, edges, scans, placing, moving, products, factors, categories, colours]


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
