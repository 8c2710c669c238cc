#!/usr/bin/env python3
"""Recipes that name several sources: tables are one table, other data follow each other."""
import csv
import json
import os
import random
import struct
import subprocess
import zipfile

import tests_of

MICA = os.environ["MICA"]


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def write(path, rows, names=None, separator=","):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, names or list(rows[0]), delimiter=separator)
        out.writeheader()
        out.writerows(rows)


def recipe(tree, path="r.json"):
    tree = {"compile": {"optimizer": {"adam": {"learning_rate": 0.05}}, "loss": "mse", "metrics": ["mae"]},
            "fit": {"epochs": 2, "batch_size": 16}, "seed": 4, "output": "m.h5", "run_folder": False, **tree}
    with open(path, "w", encoding="utf-8") as f:
        json.dump(tree, f)


def train(*arguments, path="r.json"):
    """Epochs and evaluation, without times."""
    said = json.loads(mica("train", path, "--json", *arguments).strip().split("\n")[-1])
    return [{k: v for k, v in e.items() if "seconds" not in k} for e in said["epochs"]], said.get("evaluate")


def card(model="m.h5"):
    return json.loads(mica("card", model, "--json"))


# ---- tables ----

NAMES = ["a", "code", "city", "flag", "none", "big", "day", "y"]
FEATURES = {"features": {"a": "float_normalized", "code": "string_categorical", "city": "string_categorical", "flag": "float"},
            "layers": [{"Dense": {"units": 1}}]}


def table(train, model=None, **data):
    recipe({"model": model or FEATURES,
            "data": {"train": train, "preprocessing": {"target": "y", "impute": "mean", "unknown": "minus_one"}, **data}})


def test_tables_are_one():
    """Whatever types a column has in each: the card and the numbers are those of one file."""
    parts = ["one.csv", "two.tsv", "three.csv"]
    for how in ({}, {"validation_split": {"fraction": 0.25, "stratify": False}}, {"validation_split": 0.3, "skip": 7, "take": 60},
                {"clean": {"drop_duplicates": True, "outliers": "iqr"}, "filter": ["a >= -1"]}):
        table("all.csv", **how)
        epochs, _ = train()
        known = card()["table"]
        table(parts, **how)
        assert train()[0] == epochs, how
        assert card()["table"] == known, (how, card()["table"], known)


def test_types_are_those_of_one_file():
    """Of every mix of kinds of cells in two files, against the file of both; JSON Lines too."""
    kinds = {"integer": ["1", "2", "007"], "number": ["1.0", "2.50", "1e3"], "boolean": ["True", "False"], "none": ["", "NA"],
             "large": ["9223372036854775808", "12345678901234567890"], "date": ["2024-03-05", "2024/3/6"],
             "zoned": ["2024-03-05T10:00:00Z"], "text": ["x", "é,\"", "x"], "mixed": ["1", "NA", "x"]}
    for first, some in kinds.items():
        for second, others in kinds.items():
            rows = [[{"c": c, "y": i} for i, c in enumerate(cells * 3)] for cells in (some, others)]
            write("p.csv", rows[0])
            write("q.csv", rows[1], ["y", "c"])
            write("pq.csv", rows[0] + rows[1])
            said = []
            for spec in ("pq.csv", ["p.csv", "q.csv"]):
                table(spec, {"input": [1], "layers": [{"Dense": {"units": 1}}]})
                with open("r.json", encoding="utf-8") as f:
                    tree = json.load(f)
                tree["data"]["preprocessing"].update(text_categories=True, impute="constant")
                with open("r.json", "w", encoding="utf-8") as f:
                    json.dump(tree, f)
                done = subprocess.run([MICA, "train", "r.json", "--json", "--epochs", "1"], capture_output=True, text=True, check=False)
                last = json.loads(done.stdout.strip().split("\n")[-1])["epochs"] if done.returncode == 0 else None
                error = done.stderr.strip().split("\n")[-1].replace('["p.csv", "q.csv"]', "pq.csv") if done.returncode else ""
                said.append((done.returncode, error, last and [e["loss"] for e in last], card()["table"] if done.returncode == 0 else None))
            assert said[0] == said[1], (first, second, said)


def test_what_all_rows_tell():
    """Texts that come twice, but in two files; dates of which those of one file have a time."""
    for some, others, how in ((["u", "v", "w"], ["w", "v", "u"], {}), (["2024-03-05"], ["2024-03-05 10:00", "2024-03-06"], {"categorical": ["c"]})):
        rows = [[{"c": c, "y": i} for i, c in enumerate(cells)] for cells in (some, others)]
        write("p.csv", rows[0])
        write("q.csv", rows[1])
        write("pq.csv", rows[0] + rows[1])
        known = []
        for spec in ("pq.csv", ["p.csv", "q.csv"]):
            recipe({"model": {"input": [1], "layers": [{"Dense": {"units": 1}}]}, "data": {"train": spec, "preprocessing": {"target": "y", **how}}})
            known.append((train()[0], card()["table"]))
        assert known[0] == known[1] and known[0][1]["columns"][0]["type"] == "category", known


def test_test_part_and_evaluation():
    """The test part of the list is that of the file; mica evaluate finds it by the card."""
    said = []
    for spec in ("all.csv", ["one.csv", "two.tsv", "three.csv"]):
        table(spec, test=spec)
        with open("r.json", encoding="utf-8") as f:
            tree = json.load(f)
        tree["data"]["preprocessing"]["test_split"] = 0.3
        with open("r.json", "w", encoding="utf-8") as f:
            json.dump(tree, f)
        said.append(train())
        measured = json.loads(mica("evaluate", "m.h5", "--data", spec if isinstance(spec, str) else json.dumps(spec), "--json"))
        assert measured["mae"] == said[-1][1]["mae"], (measured, said)
        assert measured["measured"]["of"] == 90 and measured["measured"]["part"] == "test", measured
    assert said[0] == said[1], said
    # what a list has more or less than the other trains and tests
    tree["data"].update(train=["one.csv", "two.tsv"], test="one.csv")
    recipe(tree)
    done = subprocess.run([MICA, "train", "r.json"], capture_output=True, text=True, check=False)
    assert "one.csv trains, and data.test has it too" in done.stderr, done.stderr


def test_recipe_of_the_run_and_resume():
    """Paths of a list are relative to the recipe, and to that of the run folder; the data of a resumed training are the same."""
    os.makedirs("sub", exist_ok=True)
    table(["../one.csv", "csv:../two.tsv"], validation=["../three.csv", "../three.csv"])
    os.rename("r.json", "sub/r.json")
    epochs, _ = train("--set", "run_folder=true", path="sub/r.json")
    with open("m.h5.run/recipe.json", encoding="utf-8") as f:
        run = json.load(f)
    assert run["data"]["train"] == ["../one.csv", "csv:../two.tsv"] and run["data"]["validation"] == ["../three.csv"] * 2, run
    assert train("--output", "again.h5", path="m.h5.run/recipe.json")[0] == epochs
    # two epochs that go on for two are four; with another table in the list it is another training
    train("--epochs", "4", "--output", "whole.h5", path="sub/r.json")
    train("--epochs", "2", "--output", "part.h5", path="sub/r.json")
    train("--epochs", "4", "--output", "part.h5", "--resume", path="sub/r.json")
    assert mica("predict", "part.h5", "all.csv", "--json") == mica("predict", "whole.h5", "all.csv", "--json")
    error = mica("train", "sub/r.json", "--epochs", "5", "--output", "part.h5", "--resume", "--set", "data.train[1]=../three.csv", status=1)
    assert "another training" in error, error
    alone = card()["data"]["fingerprint"]
    table(["one.csv", "three.csv"])
    train()
    assert card()["data"]["fingerprint"] != alone


def test_table_errors():
    write("less.csv", [{"a": 1, "y": 2}])
    write("more.csv", [{"a": 1, "y": 2, "z": 3}])
    for spec, words in ((["less.csv", "more.csv"], ("column 'z'", "more.csv has", "less.csv lacks")),
                        (["more.csv", "less.csv"], ("column 'z'", "more.csv has", "less.csv lacks")),
                        (["one.csv", "arrays1.npz"], ("one.csv is a table", "arrays1.npz is", "one kind")),
                        (["one.csv", "no.csv"], ("no.csv", "no such file")), ([], ("data.train", "empty list")),
                        (["one.csv", 3], ("data.train[1]", "a path")), ([["one.csv"]], ("data.train[0]",)),
                        (["one.csv", ""], ("data.train[1]",))):
        table(spec)
        error = mica("train", "r.json", status=1)
        assert all(w in error for w in words), (spec, error)
    for skip in (0, -1, "x", 1.5):
        table("one.csv", skip=skip)
        assert "data.skip is" in mica("train", "r.json", status=1), skip
    table(["one.csv"])
    epochs, _ = train()
    table("one.csv")
    assert train()[0] == epochs


def tables():
    random.seed(3)
    rows = [{"a": random.randint(0, 9), "code": str(i % 5), "city": random.choice(["Oslo", "Lima", "北京"]), "flag": random.choice(["True", "False"]),
             "none": "", "big": i, "day": f"2024-03-{1 + i % 28:02}", "y": i % 7} for i in range(90)]
    for r in rows[30:60]:
        r.update(a=r["a"] + 0.5, code=r["code"] + ".0", big=2 ** 63 + r["big"])
    for i, r in enumerate(rows[60:]):
        r.update(code="x" if i % 3 else "NA", none="3", a="" if i % 7 == 3 else r["a"])
    write("all.csv", rows)
    write("one.csv", rows[:30])
    write("two.tsv", rows[30:60], NAMES[::-1], "\t")
    write("three.csv", rows[60:])


# ---- arrays and class folders ----

def npy(dtype, shape, data):
    head = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape!r}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data


def npz(path, rows, width=3, kind="f"):
    x = [v for r in rows for v in r["x"][:width]]
    with zipfile.ZipFile(path, "w") as f:
        f.writestr("x.npy", npy({"f": "<f4", "d": "<f8"}[kind], (len(rows), width), struct.pack(f"<{len(x)}{kind}", *x)))
        f.writestr("y.npy", npy("<f4", (len(rows), 1), struct.pack(f"<{len(rows)}f", *[r["y"] for r in rows])))


def ppm(path, shade):
    rows = b"".join(bytes([shade, (shade * 7) % 256, (i * 31 + shade) % 256] * 4) for i in range(4))
    with open(path, "wb") as f:
        f.write(b"P6\n4 4\n255\n" + rows)


def arrays(train, **data):
    recipe({"model": {"input": [3], "layers": [{"Dense": {"units": 1}}]}, "data": {"train": train, **data}})


def test_arrays_follow_each_other():
    for how in ({}, {"validation_split": 0.25}, {"skip": 5, "take": 20}, {"cache": "memory", "prefetch": 2}):
        arrays("arrays.npz", **how)
        epochs, _ = train()
        arrays(["arrays1.npz", "npz:arrays2.npz"], **how)
        assert train()[0] == epochs, how
        assert card()["data"]["rows"] == 40, how
    first = card()["data"]["fingerprint"]
    arrays(["arrays2.npz", "arrays1.npz"])
    train()
    assert card()["data"]["fingerprint"] != first
    arrays(["arrays2.npz", "arrays1.npz"], skip=40)
    error = mica("train", "r.json", status=1)
    assert '["arrays2.npz", "arrays1.npz"]: the data has no rows' in error, error
    for other, words in (("narrow.npz", "x is float32 (3,) a sample, narrow.npz: x is float32 (2,)"), ("double.npz", "x is float32 (3,) a sample, double.npz: x is float64 (3,)")):
        arrays(["arrays1.npz", other])
        error = mica("train", "r.json", status=1)
        assert words in error and "arrays1.npz" in error, error


def pictures(train, **data):
    recipe({"model": {"input": [4, 4, 3], "layers": ["Flatten", {"Dense": {"units": 3, "activation": "softmax"}}]},
            "data": {"train": train, "preprocessing": {"image_size": [4, 4]}, **data},
            "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}})


def test_class_folders_follow_each_other():
    pictures(["p1", "p2"], validation=["p2", "p3"], test="p3")
    epochs, evaluated = train("--set", "fit.shuffle=false")
    assert card()["classes"] == ["cat", "dog", "emu"] and card()["data"]["rows"] == 18
    assert "val_loss" in epochs[0] and evaluated, epochs
    both, apart = (json.loads(mica("evaluate", "m.h5", "--data", data, "--json")) for data in ("p12", '["p1", "p2"]'))
    assert abs(both["loss"] - apart["loss"]) < 1e-6 and both["accuracy"] == apart["accuracy"], (both, apart)
    measured = json.loads(mica("evaluate", "m.h5", "--data", '["p2", "p3"]', "--json"))
    assert measured["measured"]["samples"] == 11 and abs(measured["loss"] - epochs[-1]["val_loss"]) < 1e-6, (measured, epochs)
    pictures(["p1", "p2"])
    for what in ("r.json", '["p1", "p2"]'):
        shown = json.loads(mica("data", "preview", what, "--output", "sheet.png", "--batch-size", "18", "--json"))
        assert shown["samples"] == 18 and sorted(shown["labels"]) == ["cat"] * 6 + ["dog"] * 6 + ["emu"] * 6, shown
    pictures(["p1", "p2"], validation_split=0.25)
    assert "val_loss" in train()[0][0]
    for other, words in (("p3", "class 2 of p1 is emu, of p3 none"), ("p4", "class 1 of p1 is dog, of p4 fox"), ("parted", "parted has a part of its own to test with, p1 has none")):
        pictures(["p1", other])
        error = mica("train", "r.json", status=1)
        assert words in error, error


def samples():
    random.seed(8)
    rows = [{"x": [random.random() for _ in range(3)], "y": random.random()} for _ in range(40)]
    npz("arrays.npz", rows)
    npz("arrays1.npz", rows[:15])
    npz("arrays2.npz", rows[15:])
    npz("narrow.npz", rows, 2)
    npz("double.npz", rows, 3, "d")
    for folder, names, each in (("p1", ("cat", "dog", "emu"), 3), ("p2", ("cat", "dog", "emu"), 3), ("p3", ("cat", "dog"), 1), ("p4", ("cat", "fox", "gnu"), 2),
                                ("parted/train", ("cat", "dog", "emu"), 2), ("parted/test", ("cat", "dog", "emu"), 2)):
        for k, name in enumerate(names):
            os.makedirs(f"{folder}/{name}")
            for i in range(each):
                ppm(f"{folder}/{name}/{i}.ppm", 20 + 70 * k + 5 * i + sum(folder.encode()) % 20)
    for name in ("cat", "dog", "emu"):
        os.makedirs(f"p12/{name}")
        for folder in ("p1", "p2"):
            for i in range(3):
                os.link(f"{folder}/{name}/{i}.ppm", f"p12/{name}/{folder}_{i}.ppm")


if __name__ == "__main__":
    tests_of.run(globals(), tables, samples)
