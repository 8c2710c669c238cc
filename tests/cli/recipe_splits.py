#!/usr/bin/env python3
"""Recipes of tables: no row of the test part is trained on, whatever the validation is; validation
by groups and by time. A network that learns each row's name by heart tells 1 for rows that it saw,
and a half for the others."""
import json
import os
import random
import subprocess
import tempfile

MICA = os.environ["MICA"]


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def recipe(split, seed=3, test=True, **preprocessing):
    """A dense layer on the one-hot name; y is by chance."""
    data = {"train": "n.csv", "validation_split": split,
            "preprocessing": {"target": "y", "unknown": "minus_one",
                              "ignore": ["group", "day"], **preprocessing}}
    if test:
        data.update(test="n.csv")
        data["preprocessing"].update(test_split=0.2)
    tree = {"model": {"features": {"name": "string_categorical"},
                      "layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
            "data": data,
            "compile": {"optimizer": {"adam": {"learning_rate": 0.2}},
                        "loss": "binary_crossentropy", "metrics": ["accuracy"]},
            "fit": {"epochs": 12, "batch_size": 50}, "seed": seed, "output": "n.h5",
            "run_folder": False}
    with open("n.json", "w", encoding="utf-8") as f:
        json.dump(tree, f)


def trained():
    said = json.loads(mica("train", "n.json", "--json").strip().split("\n")[-1])
    return said["epochs"][-1], said["evaluate"]


def test_unseen():
    for split in (0.2, {"fraction": 0.1, "stratify": True}, {"fraction": 0.1, "shuffle": False},
                  {"fraction": 0.1}, {"fraction": 0.2, "groups": "group"},
                  {"fraction": 0.2, "groups": "group", "stratify": True},
                  {"fraction": 0.2, "time": "day"}):
        recipe(split)
        last, test = trained()
        assert last["accuracy"] > 0.97, (split, last)
        assert 0.35 < last["val_accuracy"] < 0.65, (split, last)
        assert 0.35 < test["accuracy"] < 0.65, (split, test)
        again = json.loads(mica("evaluate", "n.h5", "--data", "n.csv", "--json"))
        assert again["accuracy"] == test["accuracy"], (split, again, test)


def test_groups():
    """y is what the group says: who has seen a group's rows knows the others of it."""
    recipe({"fraction": 0.2, "stratify": True}, test=False, target="of_group", ignore=["name", "y", "day"])
    tree = json.load(open("n.json", encoding="utf-8"))
    tree["model"]["features"] = {"group": "string_categorical"}
    json.dump(tree, open("n.json", "w", encoding="utf-8"))
    last, _ = trained()
    assert last["val_accuracy"] > 0.97, last
    tree["data"]["validation_split"] = {"fraction": 0.2, "groups": "group"}
    json.dump(tree, open("n.json", "w", encoding="utf-8"))
    last, _ = trained()
    assert last["accuracy"] > 0.97 and last["val_accuracy"] < 0.8, last


def test_usage():
    for split, says in (({"fraction": 0.2, "time": "day", "groups": "group"}, "expected one of them"),
                        ({"fraction": 0.2, "groups": "group", "shuffle": False}, "groups with shuffle false"),
                        ({"fraction": 0.2, "groups": "grup"}, "unknown column 'grup'"),
                        ({"fraction": 0.2, "time": "y"}, "expected dates or numbers"),
                        ({"fraction": 0.2, "groups": 3}, "groups")):
        recipe(split)
        assert says in mica("train", "n.json", status=1), split
    recipe({"fraction": 0.2, "groups": "group"}, split_groups="day")
    assert "preprocessing.split_groups is day" in mica("train", "n.json", status=1)
    os.makedirs("pictures/a"), os.makedirs("pictures/b")
    for name in ("a/1", "a/2", "b/1", "b/2"):
        with open(f"pictures/{name}.ppm", "wb") as f:
            f.write(b"P6 1 1 255\n\1\2\3")
    assert "is no table with columns" in mica(
        "train", "n.json", "--data", "pictures", "--set", "data.preprocessing=null", "--set",
        "model={\"input\": [1, 1, 3], \"layers\": [\"Flatten\"]}", status=1)


def main():
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("n.csv", "w", encoding="utf-8") as f:
            f.write("name,y,group,of_group,day\n")
            of_group = [random.choice("ab") for _ in range(60)]
            for i in range(600):
                f.write(f"r{i},{random.choice('ab')},g{i // 10},{of_group[i // 10]},"
                        f"2024-{1 + i * 7 % 12:02d}-{1 + i % 28:02d}\n")
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                test()


if __name__ == "__main__":
    main()
