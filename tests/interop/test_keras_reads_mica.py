"""What mica writes opens in Keras 3 and in tf_keras, and predicts the same there."""
import json
import os

from harness import SOURCE, VERIFY, close, for_each, mica, mica_json, mica_predict, run, test, weights_close

import h5py
import keras
import numpy as np
import tf_keras

READERS = (keras, tf_keras)
CASES = sorted(name for name in os.listdir(VERIFY) if os.path.isdir(os.path.join(VERIFY, name)))
TRAINED = [name for name in CASES if not name.endswith(("functional", "two_outputs"))]


def load(K, path):
    try:
        return K.models.load_model(path, compile=False)
    except Exception as error:
        raise AssertionError(f"{K.__name__} does not open what mica wrote: {type(error).__name__}: {str(error)[:600]}")


def inputs_of(case):
    folder = os.path.join(VERIFY, case, "test_data_set_0")
    count = len([name for name in os.listdir(folder) if name.startswith("input_")])
    return [np.load(os.path.join(folder, f"input_{i}.npy")) for i in range(count)]


def train_with_mica(case, output, callback=None):
    """One epoch from the case's model.h5: mica reads it, changes all weights, writes it again."""
    model, x = os.path.join(VERIFY, case, "model.h5"), inputs_of(case)[0]
    outputs = np.load(os.path.join(VERIFY, case, "test_data_set_0/output_0.npy"))
    random = np.random.default_rng(7)
    with h5py.File(model) as f:
        stored = json.loads(f.attrs["training_config"]) if "training_config" in f.attrs else None
    if stored and "sparse" in json.dumps(stored["loss"]):
        y = random.integers(0, outputs.shape[-1], len(x))
    else:
        y = random.uniform(0, 1, outputs.shape).round().astype(np.float32)
    np.savez("data.npz", x=x, y=y)
    settings = [] if stored else ["--optimizer", "adam", "--loss", "mean_squared_error"]
    if callback:
        with open("recipe.json", "w") as file:
            json.dump({"model": model, "data": "data.npz", "fit": {"callbacks": [callback]}}, file)
        mica("train", "recipe.json", "--epochs", 1, "--output", output)
        return
    mica("train", "--model", model, "--data", "data.npz", "--epochs", 1, "--output", output, *settings)


@for_each("case", TRAINED)
def retrained_model_predicts_the_same_in_keras(case):
    train_with_mica(case, "out.h5")
    x = inputs_of(case)[0]
    ours = mica_predict("out.h5", x, folder=".")
    before = np.load(os.path.join(VERIFY, case, "test_data_set_0/output_0.npy"))
    assert np.abs(ours - before).max() > 1e-6, "training changed nothing"
    for K in READERS:
        model = load(K, "out.h5")
        close(model.predict(x, verbose=0), ours, 1e-5, what=f"predictions of {K.__name__}")


@test
def weights_alone_load_in_keras():
    """ModelCheckpoint with save_weights_only, nested models among the cases."""
    for case in TRAINED:
        model, x = os.path.join(VERIFY, case, "model.h5"), inputs_of(case)[0]
        with h5py.File(model) as f:
            if "training_config" not in f.attrs:
                continue
        train_with_mica(case, "out.h5", {"class_name": "ModelCheckpoint",
                                         "config": {"filepath": "only.h5", "save_weights_only": True}})
        ours = mica_predict("out.h5", x, folder=".")
        with h5py.File("only.h5") as f:
            assert "model_config" not in f.attrs and "layer_names" in f.attrs
        for K in READERS:
            other = load(K, "out.h5")
            for w in other.weights:
                w.assign(np.zeros(w.shape))
            other.load_weights("only.h5")
            close(other.predict(x, verbose=0), ours, 1e-5, what=f"{case}: predictions of {K.__name__}")


@for_each("case", TRAINED)
def weights_keep_their_order_and_shapes(case):
    train_with_mica(case, "out.h5")
    original = (tf_keras if case.startswith("tf_") else keras).models.load_model(
        os.path.join(VERIFY, case, "model.h5"), compile=False)
    for K in READERS:
        written = load(K, "out.h5")
        assert [w.shape for w in written.get_weights()] == [w.shape for w in original.get_weights()], K.__name__
        assert [layer.name for layer in written.layers] == [layer.name for layer in original.layers], K.__name__


def mnist_model():
    """One short epoch of the main job, shared by the tests below."""
    if not hasattr(mnist_model, "bytes"):
        recipe = os.path.join(SOURCE, "examples/mnist/recipe.json")
        mnist_model.result = mica_json("train", recipe, "--set", "fit.epochs=1", "--output", "mnist_model.h5")
        with open("mnist_model.h5", "rb") as f:
            mnist_model.bytes = f.read()
    with open("mnist_model.h5", "wb") as f:
        f.write(mnist_model.bytes)
    return "mnist_model.h5"


def mnist_test():
    import gzip
    with gzip.open(os.path.join(SOURCE, "data/mnist/t10k-images-idx3-ubyte.gz")) as f:
        images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    with gzip.open(os.path.join(SOURCE, "data/mnist/t10k-labels-idx1-ubyte.gz")) as f:
        return images.astype(np.float32), np.frombuffer(f.read(), np.uint8, offset=8)


@for_each("reader", READERS)
def mnist_model_predicts_the_same(K):
    x, _ = mnist_test()
    model = load(K, mnist_model())
    close(model.predict(x[:500], verbose=0), mica_predict("mnist_model.h5", x[:500], folder="."), 1e-5)


@for_each("reader", READERS)
def mnist_model_evaluates_the_same(K):
    """Compiled, as it is stored: Keras itself reads the loss and the metrics back."""
    x, y = mnist_test()
    model = K.models.load_model(mnist_model())
    assert model.optimizer is not None, "not compiled"
    found = mica_json("evaluate", "mnist_model.h5", "--data", os.path.join(SOURCE, "data/mnist"))
    loss, accuracy = model.evaluate(x, y, batch_size=500, verbose=0)
    close(found["loss"], loss, 1e-5, 1e-4, what="loss")
    close(found["accuracy"], accuracy, 1e-6, what="accuracy")


@for_each("reader", READERS)
def mnist_model_trains_on(K):
    x, y = mnist_test()
    model = load(K, mnist_model())
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    before = model.evaluate(x[:1000], y[:1000], verbose=0)[0]
    model.fit(x[:1000], y[:1000], epochs=2, verbose=0)
    assert model.evaluate(x[:1000], y[:1000], verbose=0)[0] < before


@test
def mnist_summary_agrees_with_keras():
    found = mica_json("summary", mnist_model())
    model = load(keras, "mnist_model.h5")
    text = json.dumps(found)
    assert str(model.count_params()) in text, f"{model.count_params()} parameters are not in {text[:300]}"
    for layer in model.layers:
        assert f'"{layer.name}"' in text, f"layer {layer.name} is missing"


@test
def weights_are_what_h5py_reads():
    mnist_model()
    weights = []
    with h5py.File("mnist_model.h5") as f:
        group = f["model_weights"]
        for layer in group.attrs["layer_names"]:
            layer = layer.decode() if isinstance(layer, bytes) else layer
            for name in group[layer].attrs["weight_names"]:
                weights.append(group[layer][name.decode() if isinstance(name, bytes) else name][()])
    weights_close(load(keras, "mnist_model.h5").get_weights(), weights, 0)
    assert len(weights) == 10 and all(w.dtype == np.float32 for w in weights)


run()
