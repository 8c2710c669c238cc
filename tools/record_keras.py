#!/usr/bin/env python3
"""Records what Keras computes, as the expected values of mica's tests: record_keras.py [FOLDER]

Writes into FOLDER (tests/recorded by default):

    layers/NAME/case.json   class_name, config, training, and what is recorded beside it as .npy:
        input_I, weight_I (before the call), output_0, grad_output_0 (fixed random numbers R),
        grad_input_I and grad_weight_I: the gradients of sum(output * R);
        updated_weight_I: the weights that the call itself changes (BatchNormalization)
    activations.json, losses.json, optimizers.json, metrics.json: cases with their numbers inside
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


# ---------------------------------------------------------------- activations, losses

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


def record_losses():
    random = random_of("losses")
    K = keras.losses
    cases = []

    def case(name, loss, y, p, weight=None):
        tensor = tf.constant(np.asarray(p, np.float32))
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            value = loss(y, tensor, sample_weight=weight)
        config = keras.saving.serialize_keras_object(loss)
        cases.append({"name": name, "class_name": config["class_name"], "config": config["config"],
                      "y_true": numbers(y), "y_pred": numbers(p),
                      "sample_weight": None if weight is None else numbers(weight),
                      "value": numbers(value), "gradient": numbers(tape.gradient(value, tensor))})

    def softmax(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        return (e / e.sum(-1, keepdims=True)).astype(np.float32)

    real = random.normal(size=(2, 5, 3)).astype(np.float32)
    logits = (random.normal(size=(5, 4)) * 2).astype(np.float32)
    classes = np.array([0, 3, 1, 1, 2], np.int32)
    one_hot = np.eye(4, dtype=np.float32)[classes]
    soft = softmax(random.normal(size=(5, 4)))
    wide = (random.normal(size=(5, 3)) * 3).astype(np.float32)
    zero_one = (random.random((5, 3)) > 0.5).astype(np.float32)
    sigmoid = (1 / (1 + np.exp(-wide))).astype(np.float32)
    weight = np.array([0.5, 2, 0, 1, 1.5], np.float32)
    class_weight = np.array([1, 0.25, 2, 4], np.float32)

    case("mse", K.MeanSquaredError(), real[0], real[1])
    case("mse_sample_weight", K.MeanSquaredError(), real[0], real[1], weight)
    case("mse_sum", K.MeanSquaredError(reduction="sum"), real[0], real[1])
    case("mse_none", K.MeanSquaredError(reduction="none"), real[0], real[1], weight)
    case("mse_rank_3", K.MeanSquaredError(), real[:, :, None], real[::-1, :, None])
    for logit in (False, True):
        tail, p = ("_logits", wide) if logit else ("", sigmoid)
        case("bce" + tail, K.BinaryCrossentropy(from_logits=logit), zero_one, p)
        case("bce_label_smoothing" + tail, K.BinaryCrossentropy(from_logits=logit, label_smoothing=0.2), zero_one, p)
        case("bce_sample_weight" + tail, K.BinaryCrossentropy(from_logits=logit), zero_one, p, weight)
        tail, p = ("_logits", logits) if logit else ("", softmax(logits))
        case("cce" + tail, K.CategoricalCrossentropy(from_logits=logit), one_hot, p)
        case("cce_soft_labels" + tail, K.CategoricalCrossentropy(from_logits=logit), soft, p)
        case("cce_label_smoothing" + tail, K.CategoricalCrossentropy(from_logits=logit, label_smoothing=0.1),
             one_hot, p)
        case("cce_sample_weight" + tail, K.CategoricalCrossentropy(from_logits=logit), one_hot, p, weight)
        case("scce" + tail, K.SparseCategoricalCrossentropy(from_logits=logit), classes, p)
        case("scce_column" + tail, K.SparseCategoricalCrossentropy(from_logits=logit), classes[:, None], p)
        case("scce_sample_weight" + tail, K.SparseCategoricalCrossentropy(from_logits=logit), classes, p, weight)
        case("scce_class_weight" + tail, K.SparseCategoricalCrossentropy(from_logits=logit), classes, p,
             class_weight[classes])
    sure = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32)
    case("bce_certain", K.BinaryCrossentropy(), zero_one, np.round(sigmoid))
    case("bce_large_logits", K.BinaryCrossentropy(from_logits=True), zero_one, wide * 40)
    case("cce_certain", K.CategoricalCrossentropy(), one_hot, sure)
    case("cce_unnormalised", K.CategoricalCrossentropy(), one_hot, softmax(logits) * np.float32(1.7))
    case("scce_certain", K.SparseCategoricalCrossentropy(), classes, sure)
    case("scce_unnormalised", K.SparseCategoricalCrossentropy(), classes, softmax(logits) * np.float32(1.7))
    case("scce_large_logits", K.SparseCategoricalCrossentropy(from_logits=True), classes, logits * 50)
    case("scce_images", K.SparseCategoricalCrossentropy(), classes[:4].reshape(1, 2, 2),
         softmax(logits[:4]).reshape(1, 2, 2, 4))
    write_json("losses.json", {"made_with": MADE_WITH, "cases": cases})


# ---------------------------------------------------------------- optimizers

def record_optimizers():
    O, S = keras.optimizers, keras.optimizers.schedules
    random, steps = random_of("optimizers"), 20
    start = [random.normal(size=s).astype(np.float32) for s in ((3, 2), (2,))]
    gradients = [[(random.normal(size=w.shape) * random.choice([0.01, 1, 3])).astype(np.float32) for w in start]
                 for _ in range(steps)]
    cases = []
    for name, optimizer in (
            ("sgd", O.SGD(0.05)),
            ("sgd_momentum", O.SGD(0.05, momentum=0.9)),
            ("sgd_nesterov", O.SGD(0.05, momentum=0.9, nesterov=True)),
            ("sgd_weight_decay", O.SGD(0.05, momentum=0.5, weight_decay=0.1)),
            ("sgd_clipvalue", O.SGD(0.05, clipvalue=0.5)),
            ("sgd_clipnorm", O.SGD(0.05, clipnorm=0.7)),
            ("sgd_global_clipnorm", O.SGD(0.05, global_clipnorm=0.7)),
            ("adam", O.Adam(0.01)),
            ("adam_betas", O.Adam(0.02, beta_1=0.8, beta_2=0.95, epsilon=1e-4)),
            ("adam_beta_1_zero", O.Adam(0.01, beta_1=0.0)),
            ("adam_amsgrad", O.Adam(0.05, beta_2=0.5, amsgrad=True)),
            ("adam_weight_decay", O.Adam(0.01, weight_decay=0.05)),
            ("adagrad", O.Adagrad(0.1)),
            ("adagrad_options", O.Adagrad(0.1, initial_accumulator_value=0.5, epsilon=1e-3)),
            ("sgd_ema", O.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.8)),
            ("adam_ema_overwrite", O.Adam(0.05, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=3)),
            ("adam_accumulation", O.Adam(0.05, gradient_accumulation_steps=4, clipvalue=1.0)),
            ("sgd_accumulation_decay_ema", O.SGD(0.05, momentum=0.5, gradient_accumulation_steps=3,
                                                 weight_decay=0.1, use_ema=True, ema_momentum=0.5)),
            ("sgd_loss_scale", O.SGD(0.05, loss_scale_factor=8.0)),
            ("sgd_exponential_decay", O.SGD(S.ExponentialDecay(0.1, 5, 0.7))),
            ("sgd_exponential_decay_staircase", O.SGD(S.ExponentialDecay(0.1, 5, 0.7, staircase=True))),
            ("sgd_polynomial_decay", O.SGD(S.PolynomialDecay(0.1, 12, 0.01, power=2.0))),
            ("sgd_polynomial_decay_cycle", O.SGD(S.PolynomialDecay(0.1, 7, 0.01, cycle=True))),
            ("sgd_inverse_time_decay", O.SGD(S.InverseTimeDecay(0.1, 3, 0.5))),
            ("adam_piecewise_constant_decay", O.Adam(S.PiecewiseConstantDecay([4, 9], [0.1, 0.05, 0.01]))),
            ("sgd_cosine_decay", O.SGD(S.CosineDecay(0.1, 15, alpha=0.1))),
            ("sgd_cosine_decay_warmup", O.SGD(S.CosineDecay(0.01, 12, warmup_target=0.1, warmup_steps=5))),
            ("sgd_cosine_decay_restarts", O.SGD(S.CosineDecayRestarts(0.1, 4, t_mul=1.5, m_mul=0.8, alpha=0.1))),
            ("sgd_cosine_decay_restarts_equal", O.SGD(S.CosineDecayRestarts(0.1, 4, t_mul=1.0)))):
        variables = [keras.Variable(w) for w in start]
        optimizer.build(variables)
        history = []
        for step in gradients:
            optimizer.apply([tf.constant(g) for g in step], variables)
            history.append([numbers(v) for v in variables])
        config = keras.saving.serialize_keras_object(optimizer)
        cases.append({"name": name, "class_name": config["class_name"], "config": config["config"],
                      "weights": history,
                      "slots": [{"name": v.path.split("/", 1)[-1], **numbers(v)} for v in optimizer.variables
                                if v.name not in ("iteration", "learning_rate")]})
    write_json("optimizers.json", {"made_with": MADE_WITH, "start": [numbers(w) for w in start],
                                   "gradients": [[numbers(g) for g in step] for step in gradients],
                                   "cases": cases})


# ---------------------------------------------------------------- metrics

def record_metrics():
    M, random = keras.metrics, random_of("metrics")
    batches = []
    for size in (6, 4, 5):
        scores = random.random((size, 4)).astype(np.float32)
        batches.append({"classes": random.integers(0, 4, size).astype(np.int32),
                        "probabilities": scores / scores.sum(1, keepdims=True),
                        "binary": (random.random(size) > 0.4).astype(np.int32),
                        "scores": random.random(size).astype(np.float32),
                        "weights": (random.random(size) * 2).astype(np.float32)})
    cases = []

    def case(name, metric, y, p, weighted=False):
        results = []
        for b in batches:
            truth = {"classes": b["classes"], "one_hot": np.eye(4, dtype=np.float32)[b["classes"]],
                     "binary": b["binary"][:, None]}[y]
            guess = {"probabilities": b["probabilities"], "scores": b["scores"][:, None]}[p]
            metric.update_state(truth, guess, sample_weight=b["weights"] if weighted else None)
            results.append(numbers(metric.result()))
        config = keras.saving.serialize_keras_object(metric)
        cases.append({"name": name, "class_name": config["class_name"], "config": config["config"],
                      "y_true": y, "y_pred": p, "weighted": weighted, "results": results})

    for weighted in (False, True):
        tail = "_weighted" if weighted else ""
        case("sparse_categorical_accuracy" + tail, M.SparseCategoricalAccuracy(), "classes", "probabilities", weighted)
        case("categorical_accuracy" + tail, M.CategoricalAccuracy(), "one_hot", "probabilities", weighted)
        case("binary_accuracy" + tail, M.BinaryAccuracy(), "binary", "scores", weighted)
        case("precision" + tail, M.Precision(), "binary", "scores", weighted)
        case("recall" + tail, M.Recall(), "binary", "scores", weighted)
        case("mean_squared_error" + tail, M.MeanSquaredError(), "binary", "scores", weighted)
    case("binary_accuracy_threshold", M.BinaryAccuracy(threshold=0.3), "binary", "scores")
    case("precision_threshold", M.Precision(thresholds=0.7), "binary", "scores")
    case("precision_thresholds", M.Precision(thresholds=[0.2, 0.5, 0.8]), "binary", "scores")
    case("precision_class_id", M.Precision(class_id=2, thresholds=0.3), "one_hot", "probabilities")
    case("precision_top_k", M.Precision(top_k=2), "one_hot", "probabilities")
    case("recall_class_id", M.Recall(class_id=1, thresholds=0.2), "one_hot", "probabilities")
    case("recall_top_k", M.Recall(top_k=1), "one_hot", "probabilities")
    for average in (None, "micro", "macro", "weighted"):
        case(f"f1_score_{average}", M.F1Score(average=average), "one_hot", "probabilities")
    case("f1_score_threshold", M.F1Score(threshold=0.5), "binary", "scores")
    everything = {k: np.concatenate([b[k] for b in batches]) for k in batches[0]}
    guess = everything["probabilities"].argmax(1)
    write_json("metrics.json", {
        "made_with": MADE_WITH,
        "batches": [{k: numbers(v) for k, v in b.items()} for b in batches],
        "confusion_matrix": {
            "counts": numbers(tf.math.confusion_matrix(everything["classes"], guess, 4).numpy()),
            "weighted": numbers(tf.math.confusion_matrix(everything["classes"], guess, 4,
                                                         everything["weights"], tf.float32).numpy())},
        "cases": cases})


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
    record_losses()
    record_optimizers()
    record_metrics()
    record_fits()


if __name__ == "__main__":
    main()
