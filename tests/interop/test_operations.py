"""keras.ops in functional models: what Keras 3 writes predicts the same in mica, and what mica writes of it
predicts the same in Keras again."""
from harness import close, for_each, mica, mica_predict, run, test

import keras
import numpy as np

ops = keras.ops
UNARY = ("abs", "absolute", "negative", "square", "sign", "relu", "relu6", "sigmoid", "tanh", "softplus", "softsign",
         "silu", "selu", "log_sigmoid", "hard_tanh", "hard_silu", "tanh_shrink", "exp", "exp2", "expm1", "sin",
         "cos", "tan", "arctan", "sinh", "cosh", "erf", "floor", "ceil", "reciprocal", "gelu", "elu", "leaky_relu",
         "log_softmax", "softmax")
POSITIVE = ("log", "log1p", "log2", "log10", "sqrt", "rsqrt", "arcsin", "arccos")
REDUCTIONS = ("sum", "mean", "max", "min", "prod", "var", "std", "logsumexp")
MODELS = {
    "scalars": lambda x, y: [x * 2 + 1, 1 - x, 3.0 / (x * x + 1), ops.maximum(x, 0.2), ops.minimum(x, y), -x, x ** 2],
    "tensors": lambda x, y: [x + y, x - y, x * y, x / (y * y + 1), ops.power(x * x + 0.1, y), ops.maximum(x, y)],
    "compared": lambda x, y: [ops.where(x > y, x, 0.0), ops.where(ops.logical_and(x > 0, y <= 0.5), 1.0, y),
                              ops.cast(ops.equal(x, y), "float32") + x],
    "shapes": lambda x, y: [ops.reshape(x, (-1, 2, 6)), ops.transpose(x, (0, 2, 1)), ops.expand_dims(x, 1),
                            ops.squeeze(ops.expand_dims(x, -1), axis=-1), ops.concatenate([x, y, x], axis=-1),
                            ops.stack([x, y], axis=1), ops.matmul(x, ops.transpose(y, (0, 2, 1))),
                            ops.clip(x, -0.3, 0.4)],
    "parts": lambda x, y: [x[:, 1:3], x[:, ::2, 1], x[..., -1], x[:, ::-1, None, 1:], x[:, -1], y[:, :, 1:3]],
    "activations": lambda x, y: [ops.gelu(x, approximate=False), ops.elu(x, alpha=0.5), ops.softmax(x, axis=1),
                                 ops.leaky_relu(x, negative_slope=0.3)],
    "unary": lambda x, y: [getattr(ops, name)(x) for name in UNARY[:15]],
    "unary_more": lambda x, y: [getattr(ops, name)(x) for name in UNARY[15:27]],
    "unary_last": lambda x, y: [getattr(ops, name)(x) for name in UNARY[27:]],
    "positive": lambda x, y: [getattr(ops, name)(ops.abs(x) * 0.3 + 0.01) for name in POSITIVE],
    "reduced": lambda x, y: [getattr(ops, name)(x, axis=1) for name in REDUCTIONS],
    "reduced_kept": lambda x, y: [getattr(ops, name)(x, axis=(1, 2), keepdims=True) for name in REDUCTIONS],
    "with_layers": lambda x, y: [keras.layers.Dense(3)(ops.relu(keras.layers.Dense(5)(ops.mean(x, axis=1))) * 0.5)],
}


def predicted(path, inputs, count):
    for i, array in enumerate(inputs):
        np.save(f"in_{i}.npy", array)
    output = "y.npy" if count == 1 else "y.npz"
    mica("predict", path, "--input", "in_0.npy", "--input", "in_1.npy", "--output", output)
    if count == 1:
        return [np.load(output)]
    found = np.load(output)
    return [found[name] for name in found.files]


@for_each("model", sorted(MODELS))
def operations_compute_the_same(name):
    x, y = keras.Input((4, 3), name="x"), keras.Input((4, 3), name="y")
    model = keras.Model([x, y], MODELS[name](x, y))
    model.save("model.h5")
    random = np.random.default_rng(6)
    inputs = [random.normal(size=(5, 4, 3)).astype(np.float32) for _ in range(2)]
    expected = model.predict(inputs, verbose=0)
    expected = expected if isinstance(expected, list) else [expected]
    for i, (a, b) in enumerate(zip(predicted("model.h5", inputs, len(expected)), expected, strict=True)):
        close(a, b, 2e-5, 2e-5, what=f"output {i}")
    np.savez("data.npz", x_0=inputs[0], x_1=inputs[1], **{f"y_{i}" if len(expected) > 1 else "y": np.zeros_like(value) for i, value in enumerate(expected)})
    if name not in ("with_layers", "scalars", "shapes", "parts"):
        return
    mica("train", "--model", "model.h5", "--data", "data.npz", "--epochs", 1, "--output", "out.h5", "--loss", "mse",
         "--optimizer", "sgd")
    again = keras.models.load_model("out.h5", compile=False).predict(inputs, verbose=0)
    again = again if isinstance(again, list) else [again]
    for i, (a, b) in enumerate(zip(predicted("out.h5", inputs, len(expected)), again, strict=True)):
        close(a, b, 2e-5, 2e-5, what=f"output {i} in Keras again")


@test
def what_is_not_supported_is_named():
    x = keras.Input((4, 3))
    keras.Model(x, ops.cumsum(x, axis=1)).save("model.h5")
    try:
        mica("summary", "model.h5")
    except AssertionError as told:
        assert "Keras operation Cumsum is not supported: use a layer" in str(told), told
    else:
        raise AssertionError("cumsum was taken")


@test
def masks_beside_operations_are_found_anew():
    words = keras.Input((6,), dtype="int32")
    embedded = keras.layers.Embedding(7, 4, mask_zero=True)(words)
    y = keras.layers.LSTM(3)(embedded)
    model = keras.Model(words, ops.squeeze(ops.expand_dims(y, 1), 1) * 2.0)
    model.save("model.h5")
    x = np.array([[1, 2, 3, 0, 0, 0], [6, 5, 4, 3, 2, 1]], np.int32)
    close(mica_predict("model.h5", x, folder="."), model.predict(x, verbose=0), 1e-5)


run()
