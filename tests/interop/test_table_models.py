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
            "floor": {"integer_hashed": {"num_bins": 5}}, "plain": "float",
            "note": {"string_vectorized": {"max_tokens": 30, "ngrams": 2}}, "mark": {"string_vectorized": {"split": "character"}}}


def row(r):
    age = r.randint(18, 80)
    return {"age": age, "income": r.randint(900, 9000), "score": round(r.gauss(0, 1), 3), "city": r.choice(["Oslo", "上海", "Lima"]),
            "rooms": r.randint(1, 6), "street": r.choice("abcdefgh") + " street", "floor": r.randint(-1, 9), "plain": r.random(),
            "note": " ".join(r.choice(["good", "Bad,", "not", "very", "at", "all"]) for _ in range(5)), "mark": r.choice(["很好", "不好", "差"]),
            "y": "yes" if age > 50 else "no"}


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, rows[0].keys())
        out.writeheader()
        out.writerows(rows)


def predictions(folder, model, **preprocessing):
    """What m.h5, trained on t.csv, says of the rows of new.csv."""
    path = lambda name: os.path.join(folder, name)
    recipe = {"model": {**model, "layers": [{"Dense": {"units": 8, "activation": "relu"}}, {"Dense": {"units": 1, "activation": "sigmoid"}}]},
              "data": {"train": "t.csv", "preprocessing": {"target": "y", **preprocessing}, "validation_split": {"fraction": 0.2}},
              "compile": {"optimizer": {"adam": {"learning_rate": 0.01}}, "loss": "binary_crossentropy", "metrics": ["accuracy"]},
              "fit": {"epochs": 3}, "output": path("m.h5")}
    with open(path("r.json"), "w", encoding="utf-8") as f:
        json.dump(recipe, f)
    mica("train", path("r.json"), "--no-run-folder", folder=folder)
    return [json.loads(line)["outputs"][0][0] for line in mica("predict", path("m.h5"), path("new.csv"), "--json").splitlines()]


def for_keras(model, rows):
    """The cells as the model's inputs want them."""
    return {i.name: tf.constant([str(r[i.name]) if len(i.shape) == 1 else [str(r[i.name])] for r in rows]) if i.dtype == "string" else np.array([[r[i.name]] for r in rows], i.dtype)
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
        said = predictions(folder, {"features": FEATURES, "crosses": [["city", "rooms"], ["city", "street"]], "crossing_dim": 16})
        model = keras.models.load_model(path("m.h5"))
        np.testing.assert_allclose(said, model.predict(for_keras(model, new), verbose=0)[:, 0], atol=1e-5)


@test
def keras_predicts_the_same_of_grouped_inputs():
    """The card says which column is where: the inputs made by it, in Python, give the same predictions."""
    r = random.Random(5)
    words = ["red", "blue", "grün", "黑"]
    line = lambda: {**{f"n{i}": round(r.gauss(i, 2), 3) for i in range(90)}, **{f"k{i}": r.choice(words[:2 + i % 3]) for i in range(40)},
                    **{f"b{i}": r.randint(0, 1) for i in range(5)}, "big": r.randint(0, 10**6), "rooms": r.randint(3, 7)}
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        rows = [line() for _ in range(300)]
        write(path("t.csv"), [{**row, "y": "yes" if row["n0"] + (row["k0"] == "red") > 0.5 else "no"} for row in rows])
        new = [line() for _ in range(40)]
        new[0]["k3"], new[1]["rooms"] = "purple", 99  # never seen
        write(path("new.csv"), new)
        features = {"n*": "float_normalized", "k*": "string_categorical", "b?": "float", "rooms": "integer_categorical",
                    "big": {"float_rescaled": {"scale": 1e-6, "offset": -0.5}}}
        said = predictions(folder, {"features": features}, inputs="grouped")
        table = json.loads(mica("card", path("m.h5"), "--json"))["table"]
        columns = {group["name"]: [c for c in table["columns"] if c["input"] == group["name"]] for group in table["groups"]}

        def cell(column, row):
            value = row[column["name"]]
            if "categories" not in column:
                return value
            return column["first"] + (1 + column["categories"].index(str(value)) if str(value) in column["categories"] else 0)
        model = keras.models.load_model(path("m.h5"))
        x = {i.name: np.array([[cell(c, row) for c in sorted(columns[i.name], key=lambda c: c["place"])] for row in new], i.dtype) for i in model.inputs}
        assert {name: v.shape[1] for name, v in x.items()} == {"float_normalized": 90, "string_categorical": 40, "float": 5,
                                                                 "integer_categorical": 1, "float_rescaled": 1}, x
        np.testing.assert_allclose(said, model.predict(x, verbose=0)[:, 0], atol=1e-5)


if __name__ == "__main__":
    run()
