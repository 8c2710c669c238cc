"""The state of the optimizer survives every way between mica and Keras: after loading, the next step
is the step that the writer itself would have made. Each test also shows that a fresh optimizer would
have made another one."""
import os

from harness import for_each, mica, run, weights_close

import keras
import numpy as np
import tf_keras

OPTIMIZERS = {
    "sgd_momentum": lambda K: K.optimizers.SGD(0.05, momentum=0.9),
    "sgd_nesterov": lambda K: K.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda K: K.optimizers.Adam(0.01),
    "adam_options": lambda K: K.optimizers.Adam(0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-4),
    "adam_amsgrad": lambda K: K.optimizers.Adam(0.01, beta_2=0.7, amsgrad=True),
    "adagrad": lambda K: K.optimizers.Adagrad(0.1),
    "rmsprop": lambda K: K.optimizers.RMSprop(0.01),
    "rmsprop_centered_momentum": lambda K: K.optimizers.RMSprop(0.01, momentum=0.9, centered=True),
    "adadelta": lambda K: K.optimizers.Adadelta(1.0),
    "adamax": lambda K: K.optimizers.Adamax(0.01),
    "nadam": lambda K: K.optimizers.Nadam(0.01),
    "ftrl": lambda K: K.optimizers.Ftrl(0.1),
}
# tf_keras loads what mica writes into its older optimizers, whose Nadam has another schedule and whose
# RMSprop adds epsilon outside of the root.
IN_BOTH = [name for name in OPTIMIZERS if name != "nadam"]
TOLERANCE = {"rmsprop": 1e-4}
ROWS = 16


def data(seed):
    random = np.random.default_rng(seed)
    x = random.normal(size=(ROWS, 6, 6, 2)).astype(np.float32)
    return x, random.integers(0, 3, ROWS)


def make(K, optimizer):
    """Normalizes no images: there tf_keras (not Keras 3) keeps the variance times n / (n - 1)."""
    L = K.layers
    K.utils.set_random_seed(11)
    model = K.Sequential([
        K.Input((6, 6, 2)), L.Conv2D(4, 3, activation="tanh"), L.Flatten(), L.Dense(5, activation="elu", use_bias=False),
        L.BatchNormalization(momentum=0.8), L.Dense(3, activation="softmax")])
    model.compile(OPTIMIZERS[optimizer](K), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def keras_steps(model, seeds):
    for seed in seeds:
        model.train_on_batch(*data(seed))


def mica_steps(source, output, seeds):
    """One step per seed: an epoch of one batch that holds all rows."""
    for seed in seeds:
        x, y = data(seed)
        np.savez("data.npz", x=x, y=y)
        mica("train", "--model", source, "--data", "data.npz", "--epochs", 1, "--batch-size", ROWS,
             "--no-shuffle", "--output", output)
        source = output


def weights_of(path, K=tf_keras):
    return K.models.load_model(path, compile=False).get_weights()


def differs(a, b):
    return max(np.abs(x - y).max() for x, y in zip(a, b)) > 1e-3


def fresh_step(K, path, optimizer, seed):
    """What a step without the state would give: the tests must be able to tell."""
    model = K.models.load_model(path, compile=False)
    model.compile(OPTIMIZERS[optimizer](K), "sparse_categorical_crossentropy")
    keras_steps(model, [seed])
    return model.get_weights()


@for_each("optimizer", IN_BOTH)
def mica_writes_what_tf_keras_continues(optimizer):
    make(tf_keras, optimizer).save("initial.h5")
    mica_steps("initial.h5", "three.h5", (1, 2, 3))
    mica_steps("three.h5", "four.h5", (4,))
    model = tf_keras.models.load_model("three.h5")
    assert int(model.optimizer.iterations.numpy()) == 3, f"{int(model.optimizer.iterations.numpy())} steps, expected 3"
    keras_steps(model, (4,))
    weights_close(weights_of("four.h5"), model.get_weights(), TOLERANCE.get(optimizer, 1e-5))
    assert differs(fresh_step(tf_keras, "three.h5", optimizer, 4), model.get_weights()), "the test shows nothing"


@for_each("optimizer", IN_BOTH)
def tf_keras_writes_what_mica_continues(optimizer):
    model = make(tf_keras, optimizer)
    keras_steps(model, (1, 2, 3))
    model.save("three.h5")
    keras_steps(model, (4,))
    mica_steps("three.h5", "four.h5", (4,))
    weights_close(weights_of("four.h5"), model.get_weights(), 1e-5)


@for_each("optimizer", OPTIMIZERS)
def keras3_writes_what_mica_continues(optimizer):
    model = make(keras, optimizer)
    keras_steps(model, (1, 2, 3))
    model.save("three.h5")
    keras_steps(model, (4,))
    mica_steps("three.h5", "four.h5", (4,))
    weights_close(weights_of("four.h5", keras), model.get_weights(), 1e-5)


@for_each("optimizer", OPTIMIZERS)
def mica_steps_as_keras_does(optimizer):
    """From the first step on, three steps and their batch statistics."""
    model = make(keras, optimizer)
    model.save("initial.h5")
    keras_steps(model, (1, 2, 3))
    mica_steps("initial.h5", "three.h5", (1, 2, 3))
    weights_close(weights_of("three.h5", keras), model.get_weights(), 1e-5)


@for_each("optimizer", OPTIMIZERS)
def mica_training_at_once_is_mica_step_by_step(optimizer):
    """Three epochs in one process against three processes that hand the file on."""
    make(tf_keras, optimizer).save("initial.h5")
    x, y = data(1)
    np.savez("data.npz", x=x, y=y)
    mica("train", "--model", "initial.h5", "--data", "data.npz", "--epochs", 3, "--batch-size", ROWS, "--no-shuffle",
         "--output", "at_once.h5")
    mica_steps("initial.h5", "by_step.h5", (1, 1, 1))
    weights_close(weights_of("by_step.h5"), weights_of("at_once.h5"), 0)


def steps_agree_between_kerases():
    """Keeps the tests honest: both Kerases make the same steps from the same weights."""
    for optimizer in OPTIMIZERS:
        a, b = make(keras, optimizer), make(tf_keras, optimizer)
        b.set_weights(a.get_weights())
        for model in (a, b):
            keras_steps(model, (1, 2, 3, 4))
        weights_close(a.get_weights(), b.get_weights(), 1e-5)


if os.environ.get("CHECK_KERAS"):
    steps_agree_between_kerases()
run()
