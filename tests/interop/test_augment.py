"""Layers that augment images, in .h5 files both ways: the same configs, the same predictions (in
inference images stay as they are), and trainings of what Keras saved."""
import json

from harness import close, mica, mica_predict, run, test

import keras
import numpy as np

L = keras.layers
SHAPE = (9, 10, 3)


def numbers(value):
    """Configs with lists for tuples, and reals for whole numbers."""
    if isinstance(value, dict):
        return {k: numbers(v) for k, v in value.items() if k != "name"}
    if isinstance(value, (list, tuple)):
        return [numbers(v) for v in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


# What Keras 3.15 can write to .h5 itself: not layers that keep value_range in a list.
WRITTEN = [L.RandomFlip("horizontal", seed=3), L.RandomRotation(0.2, fill_mode="wrap"), L.RandomZoom(0.3, (-0.1, 0.2)),
           L.RandomTranslation(0.1, 0.2, fill_mode="constant", fill_value=0.5, interpolation="nearest"),
           L.RandomContrast(0.3, value_range=(0, 1)), L.RandomHue(0.2, value_range=(0, 1)), L.RandomGrayscale(0.25),
           L.RandomErasing((0.2, 0.8), value_range=(0, 1))]
# name and options of the others, as recipes say them
OTHERS = [("RandomShear", {"x_factor": [0.1, 0.3], "y_factor": [0.0, 0.2]}), ("RandomBrightness", {"factor": 0.1}),
          ("RandomSaturation", {"factor": [0.4, 0.6]}), ("RandomSharpness", {"factor": [0.2, 0.9]}),
          ("AutoContrast", {"value_range": [0.0, 1.0]}), ("RandomErasing", {"fill_value": [0.1, 0.2, 0.3]}),
          ("RandomZoom", {"height_factor": [-0.2, 0.2], "width_factor": 0.1})]


def data():
    random = np.random.default_rng(4)
    x = random.uniform(0, 1, (40, *SHAPE)).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[random.integers(0, 3, 40)]
    np.savez("data.npz", x=x, y=y)
    return x


@test
def keras_augmentation_is_read_trained_and_written_back():
    x = data()
    model = keras.Sequential([keras.Input(SHAPE), *WRITTEN, L.Flatten(), L.Dense(3, activation="softmax")])
    model.save("model.h5")
    close(mica_predict("model.h5", x, folder="."), model.predict(x, verbose=0), 1e-5)
    mica("train", "--model", "model.h5", "--data", "data.npz", "--epochs", 1, "--output", "out.h5",
         "--optimizer", "adam", "--loss", "categorical_crossentropy")
    back = keras.models.load_model("out.h5", compile=False)
    for ours, theirs in zip(back.layers, model.layers):
        assert numbers(ours.get_config()) == numbers(theirs.get_config()), (ours.get_config(), theirs.get_config())
    close(back.predict(x, verbose=0), mica_predict("out.h5", x, folder="."), 1e-5)


@test
def augmentation_of_mica_opens_in_keras():
    x = data()
    layers = [{name: options} for name, options in OTHERS]
    recipe = {"model": {"input": SHAPE, "layers": [*layers, "Flatten", {"Dense": {"units": 3, "activation": "softmax"}}]},
              "data": {"train": "data.npz", "augment": [{"MixUp": {"alpha": 0.3}}, "CutMix"]},
              "compile": {"optimizer": "adam", "loss": "categorical_crossentropy"}, "output": "ours.h5"}
    with open("recipe.json", "w") as f:
        json.dump(recipe, f)
    mica("train", "recipe.json")
    model = keras.models.load_model("ours.h5", compile=False)
    for layer, (name, options) in zip(model.layers, OTHERS):
        expected = getattr(L, name)(**options).get_config()
        assert numbers(layer.get_config()) == numbers(expected), (layer.get_config(), expected)
    close(model.predict(x, verbose=0), mica_predict("ours.h5", x, folder="."), 1e-5)


run()
