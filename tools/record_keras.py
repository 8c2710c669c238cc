#!/usr/bin/env python3
"""Records what Keras computes, as the expected values of mica's tests: record_keras.py [FOLDER]

Writes into FOLDER (tests/recorded by default):

    layers/NAME/case.json   class_name, config, training, and what is recorded beside it as .npy:
        input_I, weight_I (before the call), output_0, grad_output_0 (fixed random numbers R),
        grad_input_I and grad_weight_I: the gradients of sum(output * R);
        updated_weight_I: the weights that the call itself changes (BatchNormalization)
    activations.json        cases with their numbers inside
    fit/NAME.json           a model, its data, its initial weights; losses, metrics, final weights

All numbers are float32. Random numbers come from NumPy with fixed seeds, so a second run with the
same versions writes the same files; the versions stand in each file under "made_with".
"""
import json
import os
import re
import shutil
import sys
import zlib

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")

import keras
import numpy as np
import tensorflow as tf

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../tests/recorded")
MADE_WITH = {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__}
L = keras.layers


def random_of(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def numbers(array):
    """An array inside JSON: 9 digits hold a float32 exactly."""
    array = np.asarray(array)
    if array.dtype.kind == "f":
        data = [float(f"{v:.9g}") for v in array.astype(np.float32).ravel()]
    else:
        data = array.ravel().tolist()
    return {"shape": list(array.shape), "data": data}


def scalar(value):
    return float(f"{float(value):.9g}")


def write_json(path, content):
    path = os.path.join(FOLDER, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        text = json.dumps(content, indent=1)  # but lists of plain values in one line each
        f.write(re.sub(r"\[[^][{}]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text) + "\n")


# ---------------------------------------------------------------- layers

def layer_cases():
    """(name, layer, shapes of the inputs with batch, training)"""
    def case(name, layer, *shapes, training=False):
        cases.append((name, layer, shapes, training))

    cases = []
    image = (2, 7, 6, 3)
    case("dense", L.Dense(5), (4, 3))
    case("dense_relu_no_bias", L.Dense(6, activation="relu", use_bias=False), (4, 3))
    case("dense_rank_3", L.Dense(4, activation="tanh"), (2, 3, 5))
    case("conv2d_valid", L.Conv2D(4, 3), image)
    case("conv2d_same", L.Conv2D(4, 3, padding="same", activation="relu"), image)
    case("conv2d_same_even_kernel", L.Conv2D(2, (2, 4), padding="same"), image)
    case("conv2d_1x1_no_bias", L.Conv2D(5, 1, use_bias=False), image)
    case("conv2d_strides", L.Conv2D(4, (3, 2), strides=(2, 2)), image)
    case("conv2d_strides_same", L.Conv2D(4, 3, strides=(2, 2), padding="same"), image)
    case("conv2d_strides_unequal", L.Conv2D(3, 2, strides=(3, 2), padding="same"), image)
    case("conv2d_dilation", L.Conv2D(4, 3, dilation_rate=(2, 2)), image)
    case("conv2d_dilation_same", L.Conv2D(4, (3, 2), dilation_rate=(1, 2), padding="same"), image)
    case("conv2d_groups", L.Conv2D(6, 3, groups=2), (2, 6, 5, 4))
    case("conv2d_groups_depthwise", L.Conv2D(8, 3, groups=4, padding="same", strides=(2, 2)), (2, 6, 5, 4))
    case("conv2d_one_channel", L.Conv2D(16, 3, activation="relu"), (2, 8, 8, 1))
    case("conv2d_16_channels", L.Conv2D(16, 3, padding="same"), (1, 5, 5, 16))
    case("conv2d_sigmoid", L.Conv2D(3, 2, activation="sigmoid"), image)
    case("conv2d_transpose_valid", L.Conv2DTranspose(4, 3), (2, 4, 5, 3))
    case("conv2d_transpose_strides", L.Conv2DTranspose(4, 3, strides=(2, 2)), (2, 4, 5, 3))
    case("conv2d_transpose_strides_same", L.Conv2DTranspose(2, 4, strides=(2, 2), padding="same"), (2, 4, 5, 3))
    case("conv2d_transpose_stride_above_kernel", L.Conv2DTranspose(2, 2, strides=(3, 3)), (2, 3, 3, 3))
    case("conv2d_transpose_output_padding", L.Conv2DTranspose(2, 3, strides=(2, 2), output_padding=(1, 1)),
         (2, 4, 4, 3))
    case("conv2d_transpose_relu_no_bias", L.Conv2DTranspose(3, 5, strides=(2, 1), padding="same", use_bias=False,
                                                            activation="relu"), (2, 4, 5, 2))
    for pool in ("max", "average"):
        kind = {"max": L.MaxPooling2D, "average": L.AveragePooling2D}[pool]
        case(f"{pool}_pooling2d", kind(2), (2, 6, 8, 3))
        case(f"{pool}_pooling2d_odd", kind(2), (2, 7, 5, 3))
        case(f"{pool}_pooling2d_same", kind(2, padding="same"), (2, 7, 5, 3))
        case(f"{pool}_pooling2d_overlapping", kind(3, strides=2), (2, 8, 7, 2))
        case(f"{pool}_pooling2d_overlapping_same", kind((3, 2), strides=(1, 2), padding="same"), (2, 6, 7, 2))
        case(f"{pool}_pooling2d_channels_first", kind(2, data_format="channels_first"), (2, 3, 6, 4))
    case("flatten", L.Flatten(), (2, 3, 4, 2))
    case("flatten_channels_first", L.Flatten(data_format="channels_first"), (2, 3, 4, 2))
    case("reshape", L.Reshape((4, 3)), (2, 3, 4))
    case("reshape_inferred", L.Reshape((-1, 2, 3)), (2, 4, 6))
    for name in ("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softmax",
                 "log_softmax", "softplus", "softsign", "silu", "gelu", "mish", "exponential", "hard_sigmoid", "celu",
                 "glu", "hard_shrink", "hard_silu", "hard_tanh", "log_sigmoid", "soft_shrink", "sparse_plus",
                 "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink", "threshold"):
        case(f"activation_{name}", L.Activation(name), (3, 4, 5))
    case("relu", L.ReLU(), (3, 7))
    case("relu_all_options", L.ReLU(max_value=0.8, negative_slope=0.1, threshold=0.2), (3, 9))
    case("relu_max_value", L.ReLU(max_value=0.5), (3, 9))
    case("leaky_relu", L.LeakyReLU(), (3, 7))
    case("leaky_relu_slope_zero", L.LeakyReLU(negative_slope=0.0), (3, 7))
    case("elu", L.ELU(alpha=0.7), (3, 7))
    case("softmax", L.Softmax(), (3, 4, 5))
    case("softmax_axis_1", L.Softmax(axis=1), (3, 4, 5))
    case("prelu", L.PReLU(alpha_initializer="ones"), (3, 4, 2))
    case("prelu_shared_axes", L.PReLU(shared_axes=[1, 2]), (2, 3, 4, 2))
    case("dropout_inference", L.Dropout(0.4), (4, 6))
    case("dropout_rate_zero_training", L.Dropout(0.0), (4, 6), training=True)
    for training in (False, True):
        tail = "training" if training else "inference"
        case(f"batch_normalization_{tail}", L.BatchNormalization(), (5, 4), training=training)
        case(f"batch_normalization_images_{tail}", L.BatchNormalization(momentum=0.8, epsilon=0.01), (3, 4, 5, 2),
             training=training)
        case(f"batch_normalization_axis_1_{tail}", L.BatchNormalization(axis=1), (3, 2, 4, 5), training=training)
        case(f"batch_normalization_plain_{tail}", L.BatchNormalization(center=False, scale=False), (6, 3),
             training=training)
    case("rescaling", L.Rescaling(1 / 255), (2, 4, 3))
    case("rescaling_offset", L.Rescaling(2.0, offset=-1.0), (2, 4, 3))
    case("upsampling2d_nearest", L.UpSampling2D((2, 3)), (2, 3, 4, 2))
    case("upsampling2d_bilinear", L.UpSampling2D((2, 2), interpolation="bilinear"), (2, 3, 4, 2))
    case("upsampling2d_bilinear_3", L.UpSampling2D((3, 2), interpolation="bilinear"), (1, 4, 3, 2))
    case("add", L.Add(), (2, 3), (2, 3), (2, 3))
    case("concatenate", L.Concatenate(), (2, 3), (2, 1), (2, 2))
    case("concatenate_axis_1", L.Concatenate(axis=1), (2, 3, 2), (2, 1, 2))
    return cases


def set_weights(layer, random):
    values = []
    for weight in layer.weights:
        value = random.uniform(-1, 1, weight.shape) * 0.7
        if weight.name in ("gamma", "moving_variance"):
            value = np.abs(value) + 0.5
        values.append(value.astype(np.float32))
    layer.set_weights(values)
    return values


def record_layer(name, layer, shapes, training):
    random = random_of(name)
    inputs = [random.uniform(-1.5, 1.5, s).astype(np.float32) for s in shapes]
    layer = type(layer).from_config({**layer.get_config(), "name": name})
    layer.build(list(shapes) if len(shapes) > 1 else shapes[0])
    before = set_weights(layer, random)
    tensors = [tf.constant(x) for x in inputs]
    arguments = {"training": training} if "training" in layer.call.__code__.co_varnames else {}
    with tf.GradientTape() as tape:
        for t in tensors:
            tape.watch(t)
        output = layer(tensors if len(tensors) > 1 else tensors[0], **arguments)
        probe = random.uniform(-1, 1, output.shape).astype(np.float32)
        total = tf.reduce_sum(output * probe)
    trained = [i for i, w in enumerate(layer.weights) if w.trainable]
    gradients = tape.gradient(total, tensors + [layer.weights[i].value for i in trained],
                              unconnected_gradients="zero")
    arrays = {f"input_{i}": x for i, x in enumerate(inputs)}
    arrays.update({f"weight_{i}": w for i, w in enumerate(before)})
    arrays.update(output_0=output, grad_output_0=probe)
    arrays.update({f"grad_input_{i}": g for i, g in enumerate(gradients[:len(inputs)])})
    arrays.update({f"grad_weight_{i}": g for i, g in zip(trained, gradients[len(inputs):])})
    if training:
        arrays.update({f"updated_weight_{i}": w.numpy() for i, w in enumerate(layer.weights) if not w.trainable})
    saved = keras.saving.serialize_keras_object(layer)
    write_json(f"layers/{name}/case.json", {
        "made_with": MADE_WITH, "class_name": saved["class_name"], "config": saved["config"],
        "training": training, "inputs": len(inputs),
        "weights": [{"name": w.name, "trainable": w.trainable} for w in layer.weights],
        "arrays": sorted(arrays)})
    for key, array in arrays.items():
        np.save(os.path.join(FOLDER, f"layers/{name}/{key}.npy"), np.asarray(array, np.float32))


# ---------------------------------------------------------------- activations

def record_activations():
    x = np.concatenate([np.linspace(-7, 7, 29), [-50, -3, -2.5, -1e-3, 1e-3, 2.5, 3, 50]]).astype(np.float32)
    cases = []
    for name in ("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softmax",
                 "log_softmax", "softplus", "softsign", "silu", "gelu", "mish", "exponential", "hard_sigmoid", "celu",
                 "glu", "hard_shrink", "hard_silu", "hard_tanh", "log_sigmoid", "soft_shrink", "sparse_plus",
                 "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink", "threshold"):
        values = np.clip(x, -50, 20) if name == "exponential" else x
        values = np.append(values, [-1, 0.5, 2]).astype(np.float32).reshape(4, 10)
        if name == "celu":  # Keras's gradient at 0 is 2: of max(x, 0) and of min(x, 0)
            values[values == 0] = 0.25
        if name == "sparsemax":  # Keras's does not sum to 1 where several are positive
            values *= 4
        function = keras.activations.get(name)
        more = (0, 0) if name == "threshold" else ()  # Keras has no defaults for it
        tensor = tf.constant(values)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            y = function(tensor, *more)
        dy = random_of(name).uniform(-1, 1, y.shape)
        gradient = tape.gradient(y, tensor, output_gradients=tf.constant(dy.astype(np.float32)))
        cases.append({"name": name, "x": numbers(values), "y": numbers(y), "dy": numbers(dy), "dx": numbers(gradient)})
    write_json("activations.json", {"made_with": MADE_WITH, "cases": cases})


# ---------------------------------------------------------------- fit

def record_fit(name, layers, x, y, compile_with, fit_with):
    """layers: without names; the data in its order (no shuffling), so that the losses are decided."""
    random = random_of(name)
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input(x.shape[1:]), *layers], name=name)
    for layer in model.layers:
        set_weights(layer, random)
    start = model.get_weights()
    model.compile(**compile_with)
    early = fit_with.pop("early_stopping", None)
    callbacks = [keras.callbacks.EarlyStopping(**early)] if early else []
    history = model.fit(x, y, shuffle=False, verbose=0, callbacks=callbacks, **fit_with).history
    evaluated = model.evaluate(x, y, batch_size=5, verbose=0, return_dict=True)
    options = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in fit_with.items()}
    if early:
        options["early_stopping"] = early
    write_json(f"fit/{name}.json", {
        "made_with": MADE_WITH, "model": json.loads(model.to_json()), "compile": model.get_compile_config(),
        "fit": options, "x": numbers(x), "y": numbers(y), "initial_weights": [numbers(w) for w in start],
        "history": {k: [scalar(v) for v in values] for k, values in history.items()},
        "final_weights": [numbers(w) for w in model.get_weights()],
        "evaluate": {k: scalar(v) for k, v in evaluated.items()},
        "predict": numbers(model.predict(x, verbose=0))})


def record_fits():
    random = random_of("fit")
    count = 22  # batches of 8 leave 6, and 17 after the split leave 1
    flat = random.normal(size=(count, 4)).astype(np.float32)
    image = random.uniform(0, 255, (count, 6, 6, 1)).astype(np.float32)
    real = (flat @ random.normal(size=(4, 2)) + 0.1).astype(np.float32)
    classes = random.integers(0, 3, count).astype(np.int32)
    binary = (flat[:, :1] + flat[:, 1:2] > 0).astype(np.float32)
    weight = random.uniform(0, 2, count).astype(np.float32)
    regular = keras.regularizers
    record_fit("regression_sgd", [L.Dense(5, activation="tanh"), L.Dense(2)], flat, real,
               {"optimizer": keras.optimizers.SGD(0.05, momentum=0.9), "loss": "mse"},
               {"epochs": 4, "batch_size": 8})
    record_fit("classes_adam_class_weight", [L.Dense(8, activation="relu"), L.Dense(3, activation="softmax")],
               flat, classes,
               {"optimizer": keras.optimizers.Adam(0.02), "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"]},
               {"epochs": 4, "batch_size": 8, "validation_split": 0.2, "class_weight": {0: 1.0, 1: 3.0, 2: 0.5}})
    record_fit("sample_weight_weighted_metrics", [L.Dense(8, activation="elu"), L.Dense(3, activation="softmax")],
               flat, classes,
               {"optimizer": keras.optimizers.Adagrad(0.1), "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
               {"epochs": 3, "batch_size": 8, "validation_split": 0.2, "sample_weight": weight})
    record_fit("image_batch_normalization",
               [L.Rescaling(1 / 255), L.Conv2D(4, 3, padding="same"), L.BatchNormalization(momentum=0.7),
                L.ReLU(), L.MaxPooling2D(), L.Flatten(), L.Dense(3, activation="softmax")],
               image, classes,
               {"optimizer": keras.optimizers.Adam(0.01), "loss": "sparse_categorical_crossentropy",
                "metrics": ["accuracy"]},
               {"epochs": 3, "batch_size": 8, "validation_split": 0.2})
    record_fit("regularized_binary",
               [L.Dense(6, activation="relu", kernel_regularizer=regular.L2(0.01), bias_regularizer=regular.L1(0.02)),
                L.Dense(1, kernel_regularizer=regular.L1L2(0.01, 0.02))], flat, binary,
               {"optimizer": keras.optimizers.SGD(0.1, nesterov=True, momentum=0.8),
                "loss": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
                "metrics": [keras.metrics.BinaryAccuracy(threshold=0.0)]},
               {"epochs": 3, "batch_size": 8})
    record_fit("softmax_and_from_logits", [L.Dense(3, activation="softmax")], flat, classes,
               {"optimizer": keras.optimizers.SGD(0.1),
                "loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "metrics": ["accuracy"]},
               {"epochs": 3, "batch_size": 8})
    record_fit("one_hot_amsgrad_early_stopping",
               [L.Dense(16, activation="relu"), L.Dense(3, activation="softmax")],
               flat, np.eye(3, dtype=np.float32)[classes],
               {"optimizer": keras.optimizers.Adam(0.1, amsgrad=True), "loss": "categorical_crossentropy",
                "metrics": ["accuracy"]},
               {"epochs": 20, "batch_size": 8, "validation_split": 0.3,
                "early_stopping": {"monitor": "val_loss", "patience": 2, "restore_best_weights": True}})


def main():
    for part in ("layers", "fit"):
        shutil.rmtree(os.path.join(FOLDER, part), ignore_errors=True)
    keras.utils.set_random_seed(1)
    for case in layer_cases():
        record_layer(*case)
    record_activations()
    record_fits()


if __name__ == "__main__":
    main()
