"""Model files both ways, for many architectures: what mica reads and writes again opens in Keras 3 and
in tf_keras and predicts the same there; the optimizer's state goes on in tf_keras as in mica. Uses
tests/format/model_tool.c (MODEL_TOOL names the built program; else it is found beside mica)."""
import os
import subprocess
import warnings

from harness import MICA, VERIFY, close, for_each, run, test, weights_close

import h5py
import keras
import numpy as np
import tf_keras

warnings.filterwarnings("ignore")
TOOL = os.environ.get("MODEL_TOOL") or os.path.join(os.path.dirname(MICA), "tests/format/model_tool")
BOTH = (keras, tf_keras)


def tool(*arguments):
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, f"model_tool {' '.join(map(str, arguments))}: {done.stderr.strip()[-800:]}"
    return done.stderr


def predict(path, inputs, outputs):
    """outputs: the shapes of a sample of each output."""
    for i, x in enumerate(inputs):
        np.asarray(x, np.float32).tofile(f"in.{i}")
    tool("predict", path, "out", *[f"in.{i}" for i in range(len(inputs))])
    return [np.fromfile(f"out.{i}", np.float32).reshape(len(inputs[0]), *shape) for i, shape in enumerate(outputs)]


def listed(x):
    return list(x) if isinstance(x, (list, tuple)) else [x]


def compare(K, path, mica_path, inputs):
    """Keras's predictions of one file against mica's of another."""
    model = K.models.load_model(path, compile=False)
    expected = listed(model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0))
    found = predict(mica_path, inputs, [y.shape[1:] for y in expected])
    for i, (a, b) in enumerate(zip(found, expected)):
        close(a, b, 1e-5, what=f"{K.__name__} output {i}")


class Case(tuple):
    def __str__(self):
        return " ".join(getattr(item, "__name__", None) or str(item) for item in self if str(item)[0] != "<" or
                        getattr(item, "__name__", "") != "<lambda>")


def mlp(K):
    return K.Sequential([K.Input((7,)), K.layers.Dense(9, "relu"), K.layers.Dropout(0.5), K.layers.Dense(4, "softmax")])


def without_input_layer(K):
    L = K.layers
    first = {"input_shape": (5,)} if K is tf_keras else {}
    return K.Sequential([L.Dense(6, "tanh", use_bias=False, name="first_layer", **first), L.Dense(2)], name="chain")


def images(K):
    L = K.layers
    return K.Sequential([
        K.Input((9, 10, 2)), L.Rescaling(1 / 9, 0.25), L.Conv2D(4, (3, 2), strides=(2, 1), padding="same"),
        L.BatchNormalization(momentum=0.7, epsilon=0.01), L.LeakyReLU(), L.Conv2D(6, 3, dilation_rate=2, groups=2),
        L.PReLU(shared_axes=[1, 2]), L.UpSampling2D(2), L.Conv2DTranspose(3, 3, strides=2, activation="elu"),
        L.AveragePooling2D(2), L.MaxPooling2D(2, strides=1, padding="same"), L.GlobalAveragePooling2D(),
        L.Dense(3, "sigmoid")])


def channels(K):
    L = K.layers
    return K.Sequential([K.Input((6, 6, 3)), L.Conv2D(5, 1, use_bias=False), L.GlobalMaxPooling2D(), L.ELU(0.7),
                         L.Reshape((5, 1)), L.Permute((2, 1)), L.Flatten(), L.Softmax()])


def branches(K):
    L = K.layers
    a, b = K.Input((8, 8, 3), name="picture"), K.Input((5,), name="facts")
    left = L.MaxPooling2D()(L.Conv2D(4, 3, activation="relu")(a))
    right = L.Conv2D(4, 3, strides=2)(a)
    joined = L.Concatenate()([L.Flatten()(L.Add()([left, right])), L.Dense(6, "relu")(b), b])
    return K.Model([a, b], L.Dense(4, "softmax", name="class")(joined), name="both")


def shared(K):
    L = K.layers
    x = K.Input((6,))
    dense = L.Dense(6, "tanh", name="again")
    deep = dense(dense(x))
    side = L.Dense(3, name="side")(x)
    return K.Model(x, [L.Dense(2, name="late")(deep), side, L.Dense(1, name="mid")(dense(L.Dense(6)(side)))])


def uneven(K):
    """Paths of several lengths: Keras orders these layers by depth."""
    L = K.layers
    x = K.Input((4,), name="z")
    long = L.Dense(4, name="l3")(L.Dense(4, name="l2")(L.Dense(4, name="l1")(x)))
    short = L.Dense(4, name="s1")(x)
    return K.Model(x, L.Dense(2, name="end")(L.Add(name="sum")([short, long, x])))


def regularized(K):
    L, R = K.layers, K.regularizers
    return K.Sequential([
        K.Input((5,)), L.Dense(4, kernel_regularizer=R.L2(0.01), bias_regularizer=R.L1(0.02),
                               kernel_initializer=K.initializers.HeNormal(), bias_initializer=K.initializers.Ones(),
                               kernel_constraint=K.constraints.MaxNorm(2.0)), L.BatchNormalization(center=False),
        L.Activation("gelu"), L.Dense(2, activity_regularizer=R.L1L2(0.1, 0.1))])


def frozen(K):
    L = K.layers
    return K.Sequential([K.Input((5,)), L.Dense(4, "relu", trainable=False), L.BatchNormalization(trainable=False),
                         L.Dense(2)])


def wide(K):
    """Float64, and names of the user's own."""
    L = K.layers
    return K.Sequential([K.Input((5,), dtype="float64"), L.Dense(4, "relu", dtype="float64", name="Mein_Layer-1"),
                         L.Dense(2, dtype="float64", name="ausgang.x")], name="genau")


def fixed_mode(K):
    L = K.layers
    x = K.Input((5,))
    return K.Model(x, L.Dense(2)(L.BatchNormalization()(L.Dense(4)(x), training=False)))


def nested(K):
    """Models as layers, a functional one in a functional one; inner batch normalization and frozen layer."""
    L = K.layers
    i = K.Input((6,), name="inner_in")
    inner = K.Model(i, L.BatchNormalization(name="inner_bn")(L.Dense(4, name="inner_dense")(i)), name="inner")
    chain = K.Sequential([K.Input((4,)), L.Dense(3, name="held", trainable=False), L.Dense(3, name="free")],
                         name="chain_inside")
    x, z = K.Input((6,), name="x"), K.Input((6,), name="z")
    return K.Model([x, z], L.Dense(2, name="last")(chain(L.Add(name="sum")([inner(x), inner(z)]))), name="outer")


def nested_chains(K):
    """Sequential models as layers of a functional one, one of them applied twice and an output."""
    L = K.layers
    one = K.Sequential([K.Input((4,)), L.Dense(4, name="one_dense"), L.BatchNormalization(name="one_bn")], name="one")
    two = K.Sequential([K.Input((4,)), L.Dense(4, "tanh", name="two_dense")], name="two")
    x = K.Input((4,))
    h = L.Add()([two(x), one(two(x))])
    return K.Model(x, [two(h), L.Dense(2)(h)], name="outer")


def nested_chain(K):
    L = K.layers
    inner = K.Sequential([K.Input((5,)), L.Dense(4, "relu"), L.BatchNormalization(), L.Dense(3)], name="inner")
    return K.Sequential([K.Input((5,)), L.Dense(5), inner, L.Dense(2)])


def many_layers(K):
    """Names of more than 64512 bytes: the attribute is split."""
    L = K.layers
    return K.Sequential([K.Input((2,))] + [L.Dense(2, name=f"layer_{i}_" + "x" * 400) for i in range(170)])


ARCHITECTURES = (mlp, without_input_layer, images, channels, branches, shared, uneven, regularized, frozen, wide,
                 fixed_mode, nested, nested_chains, nested_chain, many_layers)


def made(K, make):
    K.utils.set_random_seed(3)
    model = make(K)
    if not model.built:
        model.build((None, 5))
    random = np.random.default_rng(1)
    for w in model.weights:  # moving statistics and biases too
        w.assign(random.uniform(0.05, 0.6, w.shape) * (1 if "variance" in w.name or random.random() < 0.5 else -1))
    inputs = [random.normal(size=(6, *i.shape[1:])).astype(np.float32) for i in model.inputs]
    return model, inputs


@for_each("case", [Case((K, make)) for make in ARCHITECTURES for K in BOTH])
def written_again_by_mica_opens_in_both(case):
    K, make = case
    model, inputs = made(K, make)
    model.save("keras.h5")
    compare(K, "keras.h5", "keras.h5", inputs)
    tool("resave", "keras.h5", "mica.h5")
    compare(K, "keras.h5", "mica.h5", inputs)
    for reader in BOTH if make is not nested else (keras,):  # tf_keras counts an inner model's calls otherwise
        compare(reader, "mica.h5", "keras.h5", inputs)
        other = reader.models.load_model("mica.h5", compile=False)
        weights_close(other.get_weights(), model.get_weights(), 0)
        assert [l.name for l in other.layers] == [l.name for l in model.layers], "layers have another order"
        assert other.name == model.name
        assert [l.trainable for l in other.layers if l.weights] == [l.trainable for l in model.layers if l.weights]


@test
def functional_model_of_mica_opens_in_both():
    tool("functional", "mica.h5")
    random = np.random.default_rng(2)
    inputs = [random.normal(size=(6, n)).astype(np.float32) for n in (6, 4)]
    for K in BOTH:
        compare(K, "mica.h5", "mica.h5", inputs)
        model = K.models.load_model("mica.h5")
        if K is keras:  # its optimizer is built for no variables at all, also from its own .h5 files
            model.compile("adam", ["mse", "categorical_crossentropy"])
        y = [np.zeros((6, 3), np.float32), np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 1, 0]]]
        model.fit(inputs, y, verbose=0)
        assert not model.get_layer("late").trainable


OPTIMIZERS = {
    "sgd": lambda K: K.optimizers.SGD(0.05),
    "momentum": lambda K: K.optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda K: K.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=0.5),
    "adam": lambda K: K.optimizers.Adam(0.01, epsilon=1e-5),
    "amsgrad": lambda K: K.optimizers.Adam(0.01, beta_2=0.7, amsgrad=True),
    "adagrad": lambda K: K.optimizers.Adagrad(0.1),
    "schedule": lambda K: K.optimizers.Adam(K.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "average": lambda K: K.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=2),
    "decay": lambda K: K.optimizers.SGD(0.05, momentum=0.5, weight_decay=0.1),
}
LEGACY = {
    "old_adam": lambda K: K.optimizers.legacy.Adam(0.01),
    "old_amsgrad": lambda K: K.optimizers.legacy.Adam(0.01, beta_2=0.7, amsgrad=True),
    "old_momentum": lambda K: K.optimizers.legacy.SGD(0.05, momentum=0.9),
}
ONLY_KERAS3 = ("decay",)  # options that tf_keras's older optimizers do not have


def compiled(K, optimizer):
    """Layers whose order differs from the order of their making, one of them frozen."""
    L = K.layers
    K.utils.set_random_seed(4)
    x = K.Input((5,))
    late = L.Dense(3, name="end", activation="softmax")
    side, main = L.Dense(4, name="side"), L.Dense(4, "tanh", name="main")
    hold = L.Dense(4, name="hold", trainable=False)
    model = K.Model(x, late(L.Add()([side(hold(x)), main(L.Dense(5, name="first")(x)), hold(x)])))
    model.compile(optimizer(K), K.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"],
                  weighted_metrics=[K.metrics.SparseCategoricalAccuracy(name="weighed")])
    return model


def batch():
    random = np.random.default_rng(5)
    return random.normal(size=(12, 5)).astype(np.float32), random.integers(0, 3, 12)


def steps(model, count):
    x, y = batch()
    for _ in range(count):
        model.train_on_batch(x, y)


def mica_steps(source, output, count):
    x, y = batch()
    x.tofile("x"), y.astype(np.float32).tofile("y")
    return tool("train", source, output, count, "x", "y")


def weights_of(path, K=keras):
    return K.models.load_model(path, compile=False).get_weights()


def cases(*tables):
    return [Case((K, name, table[name])) for table in tables for name in table for K in BOTH
            if not (table is LEGACY and K is keras)]


@for_each("case", cases(OPTIMIZERS, LEGACY))
def mica_goes_on_where_keras_stopped(case):
    K, name, optimizer = case
    model = compiled(K, optimizer)
    steps(model, 3)
    model.save("three.h5")
    steps(model, 2)
    if name == "average":  # fit ends by taking the averages, train_on_batch does not
        model.optimizer.finalize_variable_values(model.trainable_variables)
    told = mica_steps("three.h5", "five.h5", 2)
    assert "anew" not in told and "cannot" not in told, told
    weights_close(weights_of("five.h5"), model.get_weights(), 1e-5)


@for_each("optimizer", [name for name in OPTIMIZERS if name != "average"])
def tf_keras_goes_on_where_mica_stopped(name):
    compiled(keras, OPTIMIZERS[name]).save("none.h5")
    mica_steps("none.h5", "three.h5", 3)
    mica_steps("three.h5", "five.h5", 2)
    model = compiled(keras, OPTIMIZERS[name])
    steps(model, 5)
    weights_close(weights_of("five.h5"), model.get_weights(), 1e-5)
    opened = keras.models.load_model("three.h5")  # Keras 3 takes the settings, not the state
    assert opened.optimizer.get_config().items() >= {
        k: v for k, v in model.optimizer.get_config().items() if k not in ("name", "learning_rate", "registered_name")
    }.items()
    opened.compile(OPTIMIZERS[name](keras), "sparse_categorical_crossentropy")
    steps(opened, 1)
    if name in ONLY_KERAS3:
        return
    model = tf_keras.models.load_model("three.h5")
    assert int(model.optimizer.iterations.numpy()) == 3
    assert {m.name for m in model.metrics} >= {"loss"}
    steps(model, 2)
    weights_close(weights_of("five.h5"), model.get_weights(), 1e-5)


@for_each("reader", BOTH)
def losses_and_metrics_are_read_back(K):
    compiled(tf_keras, OPTIMIZERS["adam"]).save("keras.h5")
    tool("resave", "keras.h5", "mica.h5")
    model = K.models.load_model("mica.h5")
    x, y = batch()
    found = model.evaluate(x, y, sample_weight=np.arange(12) / 6, verbose=0, return_dict=True)
    expected = compiled(K, OPTIMIZERS["adam"])
    expected.set_weights(model.get_weights())
    for name, value in expected.evaluate(x, y, sample_weight=np.arange(12) / 6, verbose=0, return_dict=True).items():
        close(found[name], value, 1e-6, what=name)


run()
