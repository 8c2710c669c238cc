#!/usr/bin/env python3
"""Records 20 steps of Keras for every loss and optimizer, and what schedules, constraints,
regularizers and initializers give: record_trainings.py [FOLDER]

Writes into FOLDER (tests/recorded by default):

    trainings/HEAD.h5      a model with its initial weights, by what its output is
    trainings.json         x; cases: name, model, Keras's compile config, y, the loss of every step,
                           the final weights by their paths
    parts.json             cases of the rest, with their numbers inside. Of random initializers the
                           limits, mean and deviation of many draws
"""
import os

import record_keras as base
import record_training
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

ROWS, STEPS, CLASSES = 10, 20, 4
K, O = keras.losses, keras.optimizers


def head(name):
    i = keras.Input((6, 3) if name == "sequence" else (3,))
    h = L.Dense(5, activation="tanh")(i)
    if name == "unit":
        h = L.UnitNormalization()(L.Dense(CLASSES)(h))
    else:
        h = L.Dense(CLASSES, activation={"softmax": "softmax", "sigmoid": "sigmoid", "positive": "softplus",
                                         "linear": None, "sequence": None}[name])(h)
    model = keras.Model(i, h, name=name)
    random = base.random_of("head " + name)
    for layer in model.layers:
        base.set_weights(layer, random)
    return model


def cases():
    random = base.random_of("trainings")
    real = random.normal(size=(ROWS, CLASSES)).astype(np.float32)
    positive = np.abs(real) + 0.1
    classes = random.integers(0, CLASSES, ROWS).astype(np.int32)
    one_hot = np.eye(CLASSES, dtype=np.float32)[classes]
    binary = (random.random((ROWS, CLASSES)) > 0.5).astype(np.float32)
    share = positive / positive.sum(1, keepdims=True)
    labels = np.array([[1, 2, 0], [3, 0, 0], [1, 1, 2], [2, 3, 1], [0, 0, 0]] * 2, np.int32)
    for loss, name, y in (
            (K.MeanSquaredError(), "linear", real), (K.MeanAbsoluteError(), "linear", real),
            (K.MeanAbsolutePercentageError(), "linear", positive), (K.MeanSquaredLogarithmicError(), "positive", positive),
            (K.Huber(delta=0.7), "linear", real), (K.LogCosh(), "linear", real), (K.CosineSimilarity(), "linear", real),
            (K.Poisson(), "positive", positive), (K.KLDivergence(), "softmax", share), (K.Hinge(), "linear", binary),
            (K.SquaredHinge(), "linear", binary * 2 - 1), (K.CategoricalHinge(), "linear", one_hot),
            (K.BinaryCrossentropy(), "sigmoid", binary), (K.BinaryFocalCrossentropy(), "sigmoid", binary),
            (K.CategoricalCrossentropy(label_smoothing=0.1), "softmax", one_hot),
            (K.CategoricalFocalCrossentropy(), "softmax", one_hot),
            (K.SparseCategoricalCrossentropy(from_logits=True), "linear", classes),
            (K.CategoricalGeneralizedCrossEntropy(), "softmax", classes), (K.Dice(), "sigmoid", binary),
            (K.Tversky(alpha=0.3, beta=0.7), "sigmoid", binary), (K.Circle(gamma=4.0), "unit", classes),
            (K.CTC(), "sequence", labels)):
        yield type(loss).__name__, name, O.SGD(0.05), loss, y
    for optimizer in (
            O.SGD(0.05, momentum=0.9, nesterov=True), O.Adam(0.01, amsgrad=True), O.AdamW(0.01, weight_decay=0.1),
            O.Adagrad(0.05), O.Adadelta(1.0), O.Adamax(0.02), O.Nadam(0.01), O.RMSprop(0.01, momentum=0.5, centered=True),
            O.Ftrl(0.1, l1_regularization_strength=0.01), O.Lion(0.005), O.Lamb(0.02), O.Adafactor(0.05),
            O.Muon(0.02, adam_lr_ratio=0.5) if "adam_lr_ratio" in O.Muon.__init__.__code__.co_varnames else O.Muon(0.02),
            record_training.ScheduleFreeAdamW(0.02),  # mended: see there
            O.SGD(O.schedules.CosineDecay(0.1, 20), clipnorm=0.5),
            O.Adam(0.02, gradient_accumulation_steps=4), O.Adam(0.02, use_ema=True, ema_momentum=0.8)):
        kind = type(optimizer).__name__
        tail = "_cosine" if not isinstance(optimizer._learning_rate, keras.Variable) else \
            "_accumulated" if optimizer.gradient_accumulation_steps else "_average" if optimizer.use_ema else ""
        yield kind + tail, "softmax", optimizer, K.CategoricalCrossentropy(), one_hot


def trainings():
    os.makedirs(os.path.join(base.FOLDER, "trainings"), exist_ok=True)
    written, out = set(), []
    x = base.random_of("x").normal(size=(ROWS, 6, 3)).astype(np.float32)
    for name, which, optimizer, loss, y in cases():
        keras.utils.clear_session()
        model = head(which)
        if which not in written:
            model.save(os.path.join(base.FOLDER, "trainings", which + ".h5"), include_optimizer=False)
            written.add(which)
        mended = isinstance(optimizer, record_training.ScheduleFreeAdamW)
        model.compile(optimizer, loss, run_eagerly=mended)
        optimizer.build(model.trainable_variables)  # in fit ScheduleFreeAdamW would begin with zeros
        config = {"optimizer": config_of(optimizer),
                  "loss": config_of(loss)}
        rows = x if which == "sequence" else x[:, 0]
        history = model.fit(rows, y, batch_size=ROWS // 2, epochs=STEPS // 2, shuffle=False, verbose=0).history
        out.append({"name": name, "model": which, "compile": config, "y": base.numbers(y),
                    "loss": [base.scalar(v) for v in history["loss"]],
                    "weights": {w.path: base.numbers(w) for w in model.weights}})
    base.write_json("trainings.json", {"made_with": base.MADE_WITH, "x": base.numbers(x), "cases": out})


FORGOTTEN = {"Huber": ["delta"], "Identity": ["gain"]}  # what Keras leaves out of configs


def config_of(thing):
    return base_config(keras.saving.serialize_keras_object(thing), thing)


def base_config(tree, thing=None):
    """Without what says where the class is."""
    config = {k: base_config(v) if isinstance(v, dict) and "class_name" in v else v for k, v in tree["config"].items()}
    for key in FORGOTTEN.get(tree["class_name"], ()) if thing is not None else ():
        config[key] = thing._fn_kwargs[key] if hasattr(thing, "_fn_kwargs") else getattr(thing, key)
    return {"class_name": tree["class_name"], "config": config}


# ---------------------------------------------------------------- parts

def parts():
    random = base.random_of("parts")
    w = random.normal(size=(4, 6)).astype(np.float32)
    C, R, S, I = keras.constraints, keras.regularizers, keras.optimizers.schedules, keras.initializers
    config = config_of
    constraints = [C.MaxNorm(), C.MaxNorm(1.5, axis=1), C.NonNeg(), C.UnitNorm(), C.UnitNorm(axis=[0, 1]), C.MinMaxNorm(),
                   C.MinMaxNorm(0.5, 1.2, rate=0.3, axis=1)]
    regularizers = [R.L1(), R.L1(0.3), R.L2(), R.L2(0.3), R.L1L2(), R.L1L2(0.1, 0.2), R.OrthogonalRegularizer(),
                    R.OrthogonalRegularizer(0.5, mode="columns")]
    schedules = [S.ExponentialDecay(0.1, 5, 0.8), S.ExponentialDecay(0.1, 5, 0.8, staircase=True),
                 S.PolynomialDecay(0.1, 8, 0.01, power=2.0), S.PolynomialDecay(0.1, 8, 0.01, cycle=True),
                 S.InverseTimeDecay(0.1, 5, 0.5), S.InverseTimeDecay(0.1, 5, 0.5, staircase=True),
                 S.PiecewiseConstantDecay([3, 7], [0.1, 0.05, 0.01]), S.CosineDecay(0.1, 10, alpha=0.1),
                 S.CosineDecay(0.0, 10, warmup_target=0.2, warmup_steps=4),
                 S.CosineDecayRestarts(0.1, 4, t_mul=1.5, m_mul=0.8, alpha=0.1)]
    steps = [0, 1, 3, 4, 5, 7, 8, 10, 15, 23]
    shape = (3, 4, 40, 80)
    draws = [I.GlorotUniform(), I.GlorotNormal(), I.HeUniform(), I.HeNormal(), I.LecunUniform(), I.LecunNormal(),
             I.VarianceScaling(), I.VarianceScaling(2.0, "fan_avg", "untruncated_normal"),
             I.VarianceScaling(0.5, "fan_out", "uniform"), I.RandomNormal(), I.RandomNormal(0.5, 2.0), I.RandomUniform(),
             I.RandomUniform(-1, 3), I.TruncatedNormal(), I.TruncatedNormal(1.0, 0.5)]
    exact = [(I.Zeros(), (2, 3)), (I.Ones(), (2, 3)), (I.Constant(0.3), (2,)), (I.Identity(), (3, 5)), (I.Identity(2.0), (3, 3))]
    orthogonal = [(I.Orthogonal(), (4, 6)), (I.Orthogonal(gain=2.0), (3, 2, 4))]
    keras.utils.set_random_seed(1)

    def statistics(x):
        x = np.asarray(x, np.float64)
        return {"least": base.scalar(x.min()), "greatest": base.scalar(x.max()), "mean": base.scalar(x.mean()),
                "deviation": base.scalar(x.std())}

    def products(x):
        """Orthonormal rows or columns: the smaller of A Aᵀ and Aᵀ A, which no draw changes."""
        a = np.asarray(x).reshape(-1, x.shape[-1])
        return base.numbers(np.round(a @ a.T if a.shape[0] <= a.shape[1] else a.T @ a, 5))

    base.write_json("parts.json", {
        "made_with": base.MADE_WITH, "weights": base.numbers(w), "steps": steps, "shape": list(shape),
        "constraints": [{**config(c), "value": base.numbers(c(w))} for c in constraints],
        "regularizers": [{**config(r), "value": base.scalar(r(tf.constant(w)))} for r in regularizers],
        "schedules": [{**config(s), "rates": [base.scalar(s(i)) for i in steps]} for s in schedules],
        "initializers": [{**config(i), "statistics": statistics(i(shape))} for i in draws]
        + [{**config(i), "value": base.numbers(i(s))} for i, s in exact]
        + [{**config(i), "dims": list(s), "products": products(i(s))} for i, s in orthogonal]})


if __name__ == "__main__":
    trainings()
    parts()
