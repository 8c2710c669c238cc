#!/usr/bin/env python3
"""Models of tables: what mica trains on columns, Keras opens, and predicts the same from the same cells."""
import csv
import json
import os
import random
import tempfile

import keras
import numpy as np
import tensorflow as tf
from harness import mica, run, test

FEATURES = {"age": "float_normalized", "income": {"float_rescaled": {"scale": 0.001, "offset": -1.5}},
            "score": {"float_discretized": {"num_bins": 5}}, "city": "string_categorical",
            "rooms": {"integer_categorical": {"num_oov_indices": 2}}, "street": {"string_hashed": {"num_bins": 7}},
            "floor": {"integer_hashed": {"num_bins": 5}}, "plain": "float"}


def row(r):
    age = r.randint(18, 80)
    return {"age": age, "income": r.randint(900, 9000), "score": round(r.gauss(0, 1), 3), "city": r.choice(["Oslo", "上海", "Lima"]),
            "rooms": r.randint(1, 6), "street": r.choice("abcdefgh") + " street", "floor": r.randint(-1, 9), "plain": r.random(),
            "y": "yes" if age > 50 else "no"}


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, rows[0].keys())
        out.writeheader()
        out.writerows(rows)


def for_keras(model, rows):
    """The cells as the model's inputs want them."""
    return {i.name: tf.constant([[str(r[i.name])] for r in rows]) if i.dtype == "string" else np.array([[r[i.name]] for r in rows], i.dtype)
            for i in model.inputs}


@test
def keras_predicts_what_mica_predicts():
    r = random.Random(3)
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        write(path("t.csv"), [row(r) for _ in range(300)])
        new = [row(r) for _ in range(40)]
        new[0]["city"], new[1]["rooms"], new[2]["street"] = "Rome", 99, "elsewhere"  # never seen
        write(path("new.csv"), new)
        recipe = {"model": {"features": FEATURES, "crosses": [["city", "rooms"], ["city", "street"]], "crossing_dim": 16,
                            "layers": [{"Dense": {"units": 8, "activation": "relu"}}, {"Dense": {"units": 1, "activation": "sigmoid"}}]},
                  "data": {"train": "t.csv", "preprocessing": {"target": "y"}, "validation_split": {"fraction": 0.2}},
                  "compile": {"optimizer": {"adam": {"learning_rate": 0.01}}, "loss": "binary_crossentropy", "metrics": ["accuracy"]},
                  "fit": {"epochs": 3}, "output": path("m.h5")}
        with open(path("r.json"), "w", encoding="utf-8") as f:
            json.dump(recipe, f)
        mica("train", path("r.json"), "--no-run-folder", folder=folder)
        said = [json.loads(line)["outputs"][0][0] for line in mica("predict", path("m.h5"), path("new.csv"), "--json").splitlines()]
        model = keras.models.load_model(path("m.h5"))
        np.testing.assert_allclose(said, model.predict(for_keras(model, new), verbose=0)[:, 0], atol=1e-5)


if __name__ == "__main__":
    run()
