"""Adapted and given Normalization goes between mica and Keras's two dialects: the same predictions."""
import os
import subprocess

from harness import MICA, close, for_each, mica_predict, run, test

import keras
import numpy as np
import tf_keras

TOOL = os.environ.get("MODEL_TOOL") or os.path.join(os.path.dirname(MICA), "tests/format/model_tool")


def model(K):
    L = K.layers
    adapted = L.Normalization()
    x = np.random.default_rng(1).normal(3, 2, (50, 4)).astype(np.float32)
    adapted.adapt(x)
    given = L.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 2.0, 1.0, 2.0], invert=True)
    return K.Sequential([K.Input((4,)), adapted, given, L.Normalization(mean=0.5, variance=2.0), L.Dense(2)]), x


def goes_through_mica(K, m, x, name, tolerance):
    """What mica predicts from the file, and what Keras does from the one that mica wrote of it."""
    expected = m.predict(x, verbose=0)
    m.save(f"{name}.h5")
    close(mica_predict(f"{name}.h5", x, folder="."), expected, tolerance)
    subprocess.run([TOOL, "resave", f"{name}.h5", f"{name}_again.h5"], check=True)
    again = K.models.load_model(f"{name}_again.h5", compile=False)
    close(again.predict(x, verbose=0), expected, tolerance)
    for a, b in zip(again.get_weights(), m.get_weights()):
        close(a, b, 0)


@for_each("K", (keras, tf_keras))
def mica_reads_and_writes(K):
    m, x = model(K)
    goes_through_mica(K, m, x, "model", 1e-4)


@test
def spectral_vectors_are_kept():  # tf_keras cannot build its own beside Keras 3: "input_spec must be an InputSpec"
    K, L = keras, keras.layers
    inner = L.Dense(5, activation="tanh")
    m = K.Sequential([K.Input((4,)), L.SpectralNormalization(inner, power_iterations=2), L.Dense(2)])
    m.compile("sgd", "mse")
    x = np.random.default_rng(2).normal(size=(20, 4)).astype(np.float32)
    m.fit(x, x[:, :2], epochs=2, verbose=0)
    goes_through_mica(K, m, x, "spectral", 1e-5)


run()
