#!/usr/bin/env python3
"""Makes the cases of `mica verify`: record_verify_cases.py [FOLDER] (tests/verify by default)

FOLDER/DIALECT_NAME/model.h5 is written by Keras 3 (keras3_…) and by Keras 2 (tf_keras_…), and
FOLDER/DIALECT_NAME/test_data_set_0/{input,output}_I.npy hold what went in and what that Keras
predicted. Weights and data come from NumPy with fixed seeds.
"""
import os
import shutil
import sys
import zlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")

import keras
import numpy as np
import tf_keras

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../tests/verify")


def random_of(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


# Each function below makes one model with either Keras; K is the module.

def mlp(K):
    L = K.layers
    model = K.Sequential([K.Input((7,)), L.Dense(12, activation="relu"), L.Dropout(0.3),
                          L.Dense(8, activation="tanh", use_bias=False), L.Activation("softsign"),
                          L.Dense(3, activation="softmax")])
    model.compile(K.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def digits(K):
    L = K.layers
    model = K.Sequential([
        K.Input((28, 28, 1)), L.Rescaling(1 / 255), L.Conv2D(8, 3, activation="relu"), L.MaxPooling2D(2),
        L.Conv2D(8, 3, activation="relu"), L.MaxPooling2D(2), L.Conv2D(8, 3, activation="relu"), L.Flatten(),
        L.Dense(16, activation="relu"), L.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def convolutions(K):
    L = K.layers
    return K.Sequential([
        K.Input((15, 13, 4)), L.Conv2D(8, 3, padding="same", groups=2, activation="elu"),
        L.Conv2D(6, (3, 2), strides=(2, 1), padding="same"), L.ReLU(max_value=6.0),
        L.Conv2D(4, 3, dilation_rate=2, use_bias=False), L.AveragePooling2D(2, padding="same"),
        L.Conv2D(3, 1, activation="sigmoid")])


def pooling(K):
    L = K.layers
    return K.Sequential([
        K.Input((17, 11, 2)), L.MaxPooling2D(3, strides=2, padding="same"), L.AveragePooling2D((2, 3), strides=1),
        L.MaxPooling2D((1, 2)), L.Flatten(), L.Reshape((-1, 2)), L.Dense(5)])


def generator(K):
    L = K.layers
    return K.Sequential([
        K.Input((10,)), L.Dense(3 * 3 * 8, use_bias=False), L.BatchNormalization(), L.LeakyReLU(),
        L.Reshape((3, 3, 8)), L.Conv2DTranspose(6, 5, padding="same", use_bias=False), L.BatchNormalization(),
        L.ReLU(), L.Conv2DTranspose(4, 3, strides=2, padding="same"),
        L.Conv2DTranspose(1, 4, strides=(2, 3), activation="tanh")])


def upsampling(K):
    L = K.layers
    return K.Sequential([K.Input((4, 5, 3)), L.UpSampling2D(2), L.Conv2D(4, 3, padding="same"),
                         L.UpSampling2D((2, 2), interpolation="bilinear"), L.Rescaling(2.0, offset=-1.0)])


def normalized(K):
    L = K.layers
    model = K.Sequential([
        K.Input((6, 5, 4)), L.BatchNormalization(momentum=0.7, epsilon=0.01, scale=False), L.PReLU(shared_axes=[1, 2]),
        L.BatchNormalization(center=False), L.ELU(alpha=0.5), L.Softmax(axis=2)])
    model.compile(K.optimizers.SGD(0.1, momentum=0.9, nesterov=True), "mse")
    return model


def regularized(K):
    L, R = K.layers, K.regularizers
    model = K.Sequential([
        K.Input((5,)),
        L.Dense(6, activation="selu", kernel_regularizer=R.L1L2(0.01, 0.02), kernel_initializer="he_normal"),
        L.Dense(4, activation="gelu", bias_regularizer=R.L2(0.1), kernel_initializer=K.initializers.RandomNormal(0, 0.1)),
        L.Dense(1, activation="sigmoid")])
    model.compile(K.optimizers.Adagrad(0.05), K.losses.BinaryCrossentropy(label_smoothing=0.1),
                  metrics=[K.metrics.BinaryAccuracy(threshold=0.4), K.metrics.Precision(), K.metrics.Recall()])
    return model


def functional(K):
    L = K.layers
    a, b = K.Input((8, 8, 3), name="picture"), K.Input((5,), name="facts")
    x = L.Conv2D(4, 3, padding="same", activation="relu")(a)
    x = L.Add()([x, L.Conv2D(4, 1)(a)])
    x = L.Flatten()(L.MaxPooling2D()(x))
    x = L.Concatenate()([x, L.Dense(6, activation="relu")(b)])
    return K.Model([a, b], L.Dense(4, activation="softmax")(x))


def residual(K):
    """A functional model with one input, branches that meet again, and layers named by the user."""
    L = K.layers
    x = K.Input((9, 9, 2), name="picture")
    a = L.Conv2D(4, 3, padding="same", activation="relu", name="stem")(x)
    b = L.BatchNormalization(name="norm")(L.Conv2D(4, 3, padding="same", use_bias=False)(a))
    c = L.Concatenate(name="both")([L.ReLU()(L.Add(name="sum")([a, b])), L.AveragePooling2D(3, 1, padding="same")(x)])
    y = L.Dense(3, activation="softmax", name="class")(L.Flatten()(L.MaxPooling2D(3)(c)))
    model = K.Model(x, y, name="residual_net")
    model.compile(K.optimizers.Adam(0.003, epsilon=1e-5), K.losses.SparseCategoricalCrossentropy(),
                  metrics=[K.metrics.SparseCategoricalAccuracy()])
    return model


def two_outputs(K):
    """A layer used twice, and two outputs."""
    L = K.layers
    x, shared = K.Input((6,)), L.Dense(6, activation="tanh", name="shared")
    y = shared(shared(x))
    return K.Model(x, [L.Dense(2, name="left")(y), L.Dense(3, activation="softmax", name="right")(L.Add()([x, y]))])


def frozen(K):
    """A model whose first layers are not trainable, with slots for the last one only."""
    L = K.layers
    model = K.Sequential([K.Input((4,)), L.Dense(6, activation="relu", trainable=False), L.Dense(2)])
    model.compile(K.optimizers.Adam(amsgrad=True), "mse")
    return model


MODELS = (mlp, digits, convolutions, pooling, generator, upsampling, normalized, regularized, functional, residual,
          two_outputs, frozen)


def fill(model, random):
    """Weights that no initializer makes: all moving statistics and biases matter."""
    values = []
    for weight in model.weights:
        value = random.uniform(-0.5, 0.5, tuple(weight.shape))
        if "variance" in weight.name or "gamma" in weight.name:
            value = np.abs(value) + 0.5
        values.append(value.astype(np.float32))
    model.set_weights(values)


def train_a_little(model, inputs, random):
    """Two steps: the file then holds an optimizer with slots."""
    rows = len(inputs[0])
    if "sparse" in str(getattr(model.loss, "name", model.loss)):
        y = random.integers(0, model.output_shape[-1], rows)
    else:
        y = random.uniform(0, 1, (rows, *model.output_shape[1:])).round()
    for _ in range(2):
        model.train_on_batch(inputs[0], y)


def record(dialect, K, make):
    name = f"{dialect}_{make.__name__}"
    folder = os.path.join(FOLDER, name)
    os.makedirs(os.path.join(folder, "test_data_set_0"))
    random = random_of(name)
    K.backend.clear_session()
    model = make(K)
    fill(model, random)
    inputs = []
    for tensor in model.inputs:
        scale = 255 if make is digits else 1.5
        low = 0 if make is digits else -scale
        inputs.append(random.uniform(low, scale, (3, *tensor.shape[1:])).astype(np.float32))
    if getattr(model, "optimizer", None) is not None:
        train_a_little(model, inputs, random)
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    for kind, arrays in (("input", inputs), ("output", outputs if isinstance(outputs, list) else [outputs])):
        for i, array in enumerate(arrays):
            np.save(os.path.join(folder, f"test_data_set_0/{kind}_{i}.npy"), array)
    model.save(os.path.join(folder, "model.h5"))


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    keras.utils.set_random_seed(1)
    for make in MODELS:
        record("keras3", keras, make)
        record("tf_keras", tf_keras, make)
    with open(os.path.join(FOLDER, "README.md"), "w") as f:
        f.write("# Cases of `mica verify`\n\nMade by `tools/record_verify_cases.py` with "
                f"Keras {keras.__version__} (keras3_…) and tf_keras {tf_keras.__version__} (tf_keras_…). "
                "Do not edit by hand.\n")


if __name__ == "__main__":
    main()
