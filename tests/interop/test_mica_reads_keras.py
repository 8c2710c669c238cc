"""What Keras 3 and tf_keras write is read by mica: the same predictions, losses and metrics."""
import json
import os

from harness import VERIFY, close, for_each, mica, mica_json, mica_predict, run, test

import h5py
import keras
import numpy as np
import tf_keras

WRITERS = (keras, tf_keras)
CASES = sorted(name for name in os.listdir(VERIFY) if os.path.isdir(os.path.join(VERIFY, name)))


@for_each("case", CASES)
def recorded_case_passes_verify(case):
    out = mica("verify", os.path.join(VERIFY, case), "--rtol", 1e-4, "--atol", 1e-5)
    last = out.strip().splitlines()[-1]
    assert last.startswith("1 passed, 0 failed"), last


@test
def verify_fails_on_a_wrong_output():
    folder = os.path.join(VERIFY, "keras3_mlp")
    os.makedirs("case/test_data_set_0")
    os.symlink(os.path.join(folder, "model.h5"), "case/model.h5")
    np.save("case/test_data_set_0/input_0.npy", np.load(os.path.join(folder, "test_data_set_0/input_0.npy")))
    wrong = np.load(os.path.join(folder, "test_data_set_0/output_0.npy"))
    wrong[1, 1] += 0.01
    np.save("case/test_data_set_0/output_0.npy", wrong)
    assert "0 passed, 1 failed" in mica("verify", "case", status=1)


def data(seed=3, rows=37):
    """Images with something to learn: the class is where the light is."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 4, rows)
    x = random.uniform(0, 90, (rows, 10, 12, 3)).astype(np.float32)
    for row, label in zip(x, y):
        row[label // 2 * 5:label // 2 * 5 + 5, label % 2 * 6:label % 2 * 6 + 6] += 160
    return x, y


def classifier(K, **compiled):
    L = K.layers
    model = K.Sequential([
        K.Input((10, 12, 3)), L.Rescaling(1 / 255), L.Conv2D(8, 3, padding="same"), L.BatchNormalization(momentum=0.9),
        L.ReLU(), L.MaxPooling2D(2), L.Conv2D(8, 3, strides=2, activation="elu"), L.Flatten(), L.Dropout(0.2),
        L.Dense(4, activation="softmax")])
    model.compile(**({"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
                     | compiled))
    return model


def trained(K, labels=lambda y: y, **compiled):
    x, y = data()
    K.utils.set_random_seed(5)
    model = classifier(K, **compiled)
    model.fit(x, labels(y), epochs=3, batch_size=8, verbose=0)
    model.save("model.h5")
    np.savez("data.npz", x=x, y=labels(y))
    return model, x, labels(y)


@for_each("writer", WRITERS)
def trained_model_predicts_the_same(K):
    model, x, _ = trained(K)
    close(mica_predict("model.h5", x, folder="."), model.predict(x, verbose=0), 1e-5)


@for_each("writer", WRITERS)
def trained_model_evaluates_the_same(K):
    """Batches of 8 of 37 rows: the last one has 5."""
    model, x, y = trained(K)
    found = mica_json("evaluate", "model.h5", "--data", "data.npz", "--batch-size", 8)
    expected = model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)
    close(found["loss"], expected["loss"], 1e-5, what="loss")
    close(found["accuracy"], expected["accuracy"], 1e-6, what="accuracy")


@for_each("writer", WRITERS)
def other_losses_and_metrics_evaluate_the_same(K):
    one_hot = lambda y: np.eye(4, dtype=np.float32)[y]
    model, x, y = trained(
        K, one_hot, optimizer=K.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
        loss=K.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=[K.metrics.CategoricalAccuracy(name="hits"), K.metrics.Precision(name="precision"),
                 K.metrics.Recall(name="recall", thresholds=0.3)])
    found = mica_json("evaluate", "model.h5", "--data", "data.npz", "--batch-size", 16)
    expected = model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    for name, value in expected.items():
        assert name in found, f"{name} is not among {sorted(found)}"
        close(found[name], value, 1e-5, what=name)


@for_each("writer", WRITERS)
def binary_model_evaluates_the_same(K):
    random = np.random.default_rng(2)
    x = random.normal(size=(50, 6)).astype(np.float32)
    y = (x[:, :1] * x[:, 1:2] > 0).astype(np.float32)
    K.utils.set_random_seed(5)
    model = K.Sequential([K.Input((6,)), K.layers.Dense(8, activation="tanh"), K.layers.Dense(1)])
    model.compile(K.optimizers.Adagrad(0.1), K.losses.BinaryCrossentropy(from_logits=True),
                  metrics=[K.metrics.BinaryAccuracy(threshold=0.0)])
    model.fit(x, y, epochs=3, verbose=0)
    model.save("model.h5")
    np.savez("data.npz", x=x, y=y)
    found = mica_json("evaluate", "model.h5", "--data", "data.npz")
    expected = model.evaluate(x, y, verbose=0, return_dict=True)
    for name, value in expected.items():
        close(found[name], value, 1e-5, what=name)


@for_each("writer", WRITERS)
def regularization_is_part_of_the_loss(K):
    random = np.random.default_rng(2)
    x, y = random.normal(size=(20, 4)).astype(np.float32), random.normal(size=(20, 2)).astype(np.float32)
    R = K.regularizers
    model = K.Sequential([K.Input((4,)), K.layers.Dense(5, kernel_regularizer=R.L2(0.1), activation="relu"),
                          K.layers.Dense(2, kernel_regularizer=R.L1(0.05), bias_regularizer=R.L1L2(0.1, 0.2))])
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    model.save("model.h5")
    np.savez("data.npz", x=x, y=y)
    close(mica_json("evaluate", "model.h5", "--data", "data.npz")["loss"], model.evaluate(x, y, verbose=0), 1e-5, 1e-4)


@for_each("writer", WRITERS)
def chunked_and_compressed_weights_are_read(K):
    """Files that were repacked by others, or made by other writers of the same dialect."""
    model, x, _ = trained(K)
    with h5py.File("model.h5") as f, h5py.File("packed.h5", "w") as packed:
        packed.attrs.update(f.attrs)

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                options = {"compression": "gzip", "shuffle": True, "chunks": True} if item.ndim else {}
                new = packed.create_dataset(name, data=item[()], **options)
            else:
                new = packed.require_group(name)
            new.attrs.update(item.attrs)
        f.visititems(copy)
    close(mica_predict("packed.h5", x, folder="."), model.predict(x, verbose=0), 1e-5)


@test
def new_file_format_is_read():
    """libver='latest': superblock 3, new object headers and links."""
    model, x, _ = trained(keras)
    with h5py.File("model.h5") as f, h5py.File("latest.h5", "w", libver="latest") as latest:
        for key, value in f.attrs.items():
            latest.attrs[key] = value
        for name in f:
            f.copy(name, latest)
    close(mica_predict("latest.h5", x, folder="."), model.predict(x, verbose=0), 1e-5)


@test
def big_endian_and_float64_weights_are_read():
    model, x, _ = trained(keras)
    with h5py.File("model.h5", "a") as f:
        names = []
        f.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) and
                     item.dtype.kind == "f" else None)
        for i, name in enumerate(names):
            value = f[name][()]
            del f[name]
            f[name] = np.asarray(value, ">f4" if i % 2 else "<f8")
    close(mica_predict("model.h5", x, folder="."), model.predict(x, verbose=0), 1e-5)


@for_each("writer", WRITERS)
def inputs_and_outputs_may_be_objects(K):
    """Keras takes tensors of a dict in the order of its sorted keys."""
    L = K.layers
    second, first = K.Input((3,), name="zz"), K.Input((2,), name="b")
    joined = L.Concatenate()([second, first])
    inside = K.Input((5,), name="inside")
    inner = K.Model({"inside": inside}, {"out": L.Dense(4, activation="tanh")(inside)}, name="inner")
    outputs = {"z": L.Dense(2)(inner({"inside": joined})["out"]), "a": L.Dense(1)(joined)}
    model = K.Model({"zz": second, "b": first}, outputs)
    model.save("model.h5")
    random = np.random.default_rng(2)
    a, b = random.normal(size=(4, 3)).astype(np.float32), random.normal(size=(4, 2)).astype(np.float32)
    expected = model.predict({"zz": a, "b": b}, verbose=0)
    np.save("a.npy", a), np.save("b.npy", b)
    mica("predict", "model.h5", "--input", "b.npy", "--input", "a.npy", "--output", "y.npz")
    found = np.load("y.npz")
    for name, key in zip(found.files, sorted(expected)):
        close(found[name], expected[key], 1e-5, what=key)


@test
def objects_are_written_as_objects():
    L = keras.layers
    a, b = keras.Input((3,), name="zz"), keras.Input((2,), name="b")
    joined = L.Concatenate()([a, b])
    model = keras.Model({"zz": a, "b": b}, {"z": L.Dense(2)(joined), "a": L.Dense(1)(joined)})
    model.save("model.h5")
    x, y = np.ones((4, 3), np.float32), np.ones((4, 2), np.float32)
    np.savez("data.npz", x_0=y, x_1=x, y_0=np.zeros((4, 1)), y_1=np.zeros((4, 2)))
    with open("recipe.json", "w") as file:
        json.dump({"model": "model.h5", "data": {"train": "data.npz"}, "fit": {"epochs": 1}, "output": "out.h5",
                   "compile": {"optimizer": "sgd", "loss": {"z": "mse", "a": "mae"}}}, file)
    mica("train", "recipe.json")
    for K in WRITERS:
        written = K.models.load_model("out.h5", compile=False).predict({"zz": x, "b": y}, verbose=0)
        assert {key: value.shape for key, value in written.items()} == {"a": (4, 1), "z": (4, 2)}, K.__name__


run()
