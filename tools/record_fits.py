#!/usr/bin/env python3
"""Records trainings of Keras with masks, several inputs and outputs, frozen and shared parts:
record_fits.py [FOLDER]

Writes into FOLDER (tests/recorded by default) fits/NAME/: model.h5, compiled, with the initial
weights; input_I.npy, target_I.npy and perhaps sample_weight.npy; case.json with the options of fit,
the history, what evaluate says of the trained model, and the final weights by their paths. The rows
keep their order; a training has 20 steps or a few more.
"""
import os
import shutil
import sys

import record_keras as base
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

FIT = {"epochs": 5, "batch_size": 5, "validation_split": 0.2}  # 20 rows to learn from: 4 steps


def tokens(random, rows, length=6, words=9):
    """Sentences of unequal length, padded by 0."""
    x = random.integers(1, words, (rows, length)).astype(np.float32)
    for row, end in zip(x, random.integers(1, length + 1, rows)):
        row[end:] = 0
    return x


def ragged_classes(random):
    x = tokens(random, 25)
    y = random.integers(0, 3, (25, 6)).astype(np.int32)
    i = keras.Input((6,))
    h = L.Dense(5, activation="tanh")(L.Embedding(9, 4, mask_zero=True)(i))
    model = keras.Model(i, L.Dense(3, activation="softmax")(h))
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"],
                  weighted_metrics=["accuracy"])
    return model, [x], [y], random.uniform(0, 2, (25,)).astype(np.float32)[:, None] * np.ones((1, 6), np.float32)


def ragged_regression(random):
    x = random.normal(size=(25, 5, 3)).astype(np.float32)
    x[random.random((25, 5)) > 0.6] = 0
    i = keras.Input((5, 3))
    h = L.BatchNormalization(momentum=0.8)(L.Masking()(i))
    model = keras.Model(i, L.Dense(1)(L.Dense(4, activation="elu")(h)))
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mse"])
    return model, [x], [x.sum(-1, keepdims=True)], None


def two_of_each(random):
    a, b = random.normal(size=(25, 4)).astype(np.float32), random.normal(size=(25, 3)).astype(np.float32)
    i, j = keras.Input((4,), name="left"), keras.Input((3,), name="right")
    h = L.Concatenate()([L.Dense(4, activation="relu")(i), L.Dense(4, activation="tanh")(j)])
    model = keras.Model([i, j], [L.Dense(3, activation="softmax", name="kind")(h), L.Dense(2, name="size")(h)])
    model.compile(keras.optimizers.Adam(0.02), {"kind": "sparse_categorical_crossentropy", "size": "mse"},
                  loss_weights={"kind": 0.5, "size": 2.0}, metrics={"kind": ["accuracy"], "size": ["mse"]})
    return model, [a, b], [random.integers(0, 3, 25).astype(np.int32), b[:, :2] - a[:, :2]], None


def frozen_parts(random):
    x = random.normal(size=(25, 4)).astype(np.float32)
    inner = keras.Sequential([keras.Input((5,)), L.Dense(5, activation="tanh"), L.BatchNormalization()], name="inner")
    inner.trainable = False
    i = keras.Input((4,))
    h = L.Dense(5, trainable=False, kernel_regularizer="l2")(i)
    h = L.BatchNormalization(trainable=False)(h)
    model = keras.Model(i, L.Dense(2, kernel_regularizer="l2")(inner(h)))
    model.compile(keras.optimizers.Adam(0.02), "mse")
    return model, [x], [x[:, :2] * 2], None


def shared_and_nested(random):
    x, y = (random.normal(size=(25, 3)).astype(np.float32) for _ in range(2))
    deepest = keras.Sequential([keras.Input((4,)), L.Dense(4, activation="tanh")], name="deepest")
    k = keras.Input((3,))
    middle = keras.Model(k, deepest(L.Dense(4, name="first")(k)), name="middle")
    i, j = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([i, j], L.Dense(1)(L.Subtract()([middle(i), middle(j)])))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model, [x, y], [(x - y).sum(-1, keepdims=True)], None


def merges_and_norms(random):
    x = random.normal(size=(25, 4, 6)).astype(np.float32)
    i = keras.Input((4, 6))
    a = L.LayerNormalization()(L.Dense(6)(i))
    b = L.GroupNormalization(groups=3)(L.Dense(6)(i))
    c = L.RMSNormalization()(i)
    h = L.Maximum()([L.Multiply()([a, b]), L.Minimum()([b, c]), L.Average()([a, c])])
    h = L.Flatten()(L.UnitNormalization()(h))
    d = L.Dot(axes=1)([L.Dense(3)(h), L.Dense(3, kernel_regularizer=keras.regularizers.OrthogonalRegularizer())(h)])
    model = keras.Model(i, L.Dense(1)(L.ActivityRegularization(l2=0.01)(L.Concatenate()([d, h]))))
    model.compile(keras.optimizers.Adam(0.01), "mse")
    return model, [x], [x.mean((1, 2))[:, None]], None


def attention(random):
    x = tokens(random, 25)
    i = keras.Input((6,))
    e = L.Embedding(9, 6, mask_zero=True)(i)
    h = L.MultiHeadAttention(2, 3)(e, e, use_causal_mask=True)
    h = L.LayerNormalization()(L.Add()([e, h]))
    h = L.GroupQueryAttention(2, 4, 2)(h, h)
    h = L.AdditiveAttention()([h, e])
    model = keras.Model(i, L.Dense(3, activation="softmax")(L.Flatten()(h)))
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, [x], [random.integers(0, 3, 25).astype(np.int32)], None


def constrained(random):
    x = random.normal(size=(25, 5)).astype(np.float32)
    C = keras.constraints
    i = keras.Input((5,))
    h = L.Dense(6, kernel_constraint=C.MaxNorm(0.8, axis=0), bias_constraint=C.NonNeg())(i)
    h = L.Dense(4, kernel_constraint=C.UnitNorm(axis=1))(h)
    model = keras.Model(i, L.Dense(1, kernel_constraint=C.MinMaxNorm(0.3, 0.6, rate=0.7, axis=[0, 1]))(h))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model, [x], [x.sum(-1, keepdims=True)], None


def with_dense_gradients(model):
    """Keras on TensorFlow gives an embedding's gradient as rows (IndexedSlices), with which Adam moves only the
    rows of the batch; mica's gradients are dense, as Keras's on its other backends."""
    apply = model.optimizer.apply
    model.optimizer.apply = lambda gradients, variables=None: apply(
        [tf.convert_to_tensor(g) for g in gradients], variables)


def record(make):
    name = make.__name__
    random = base.random_of(name)
    keras.utils.clear_session()
    model, inputs, targets, weight = make(random)
    folder = os.path.join(base.FOLDER, "fits", name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for layer in model.layers:
        base.set_weights(layer, random)
    model.save(os.path.join(folder, "model.h5"), include_optimizer=True)
    for what, arrays in (("input", inputs), ("target", targets)):
        for i, array in enumerate(arrays):
            np.save(os.path.join(folder, f"{what}_{i}.npy"), array)
    if weight is not None:
        np.save(os.path.join(folder, "sample_weight.npy"), weight)
    with_dense_gradients(model)
    inputs = [tf.constant(a) if a.dtype.kind == "U" else a for a in inputs]
    x, y = (a if len(a) > 1 else a[0] for a in (inputs, targets))
    history = model.fit(x, y, sample_weight=weight, shuffle=False, verbose=0, **FIT).history
    evaluated = model.evaluate(x, y, batch_size=5, verbose=0, return_dict=True)
    base.write_json(f"fits/{name}/case.json", {
        "made_with": base.MADE_WITH, "fit": FIT, "inputs": len(inputs), "targets": len(targets),
        "weighted": weight is not None,
        "history": {k: [base.scalar(v) for v in values] for k, values in history.items()},
        "evaluate": {k: base.scalar(v) for k, v in evaluated.items()},
        "weights": {w.path: base.numbers(w) for w in model.weights}})


def main():
    import record_layer_fits as more
    shutil.rmtree(os.path.join(base.FOLDER, "fits"), ignore_errors=True)
    for make in (ragged_classes, ragged_regression, two_of_each, frozen_parts, shared_and_nested, merges_and_norms,
                 attention, constrained, *more.ALL):
        record(make)


if __name__ == "__main__":
    main()
