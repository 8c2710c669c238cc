#!/usr/bin/env python3
"""Sources of a list that take turns: data.interleave, data.sample; windows that stay within one."""
import csv
import json
import os
import random
import struct
import subprocess
import zipfile

import tests_of

MICA = os.environ["MICA"]
DENSE = {"input": [1], "layers": [{"Dense": {"units": 1}}]}
SERIES = {"input": [3, 1], "layers": ["Flatten", {"Dense": {"units": 1}}]}


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, list(rows[0]))
        out.writeheader()
        out.writerows(rows)


def recipe(data, model=None, path="r.json", **more):
    tree = {"model": model or DENSE, "data": data, "compile": {"optimizer": {"sgd": {"learning_rate": 0.01}}, "loss": "mse"},
            "fit": {"epochs": 2, "batch_size": 5, "shuffle": False}, "seed": 4, "output": "m.h5", "run_folder": False, **more}
    with open(path, "w", encoding="utf-8") as f:
        json.dump(tree, f)


def table(train, model=None, more=None, **data):
    recipe({"train": train, "preprocessing": {"target": "y", "features": ["x"], **(more or {})}, **data}, model)


def losses(*arguments, path="r.json"):
    said = json.loads(mica("train", path, "--json", *arguments).stdout.strip().split("\n")[-1])
    return [(e["loss"], e.get("val_loss")) for e in said["epochs"]]


def evaluated(data):
    return json.loads(mica("evaluate", "m.h5", "--data", data, "--json").stdout)


def near(one, other):
    assert len(one) == len(other), (one, other)
    for a, b in zip(one, other):
        assert all((v is None) == (w is None) and (v is None or abs(v - w) <= 1e-6 * max(1, abs(v))) for v, w in zip(a, b)), (one, other)


def in_turn(lists, block):
    at, out = [0] * len(lists), []
    while any(i < len(rows) for i, rows in zip(at, lists)):
        for k, rows in enumerate(lists):
            out += rows[at[k]:at[k] + block]
            at[k] += block
    return out


# ---- interleave ----

def test_interleave_is_the_order_of_one_file():
    for block, what in ((1, {}), (1, {"block_length": 1}), (4, {"block_length": 4})):
        write("turns.csv", in_turn(PARTS, block))
        table("turns.csv")
        expected = losses()
        table(NAMES, interleave=what)
        assert losses() == expected, what
    table("turns.csv", repeat=2)
    expected = losses("--epochs", "1")
    table(NAMES, interleave={"block_length": 4}, repeat=2, prefetch=3)
    assert losses("--epochs", "1") == expected
    table(NAMES)
    assert losses() != expected


def test_interleave_of_arrays_and_of_what_is_left():
    """skip, take, shard and the rows for validation go before; the turns are of what they leave."""
    for name, rows in zip(("a", "b", "c"), PARTS):
        npz(f"{name}.npz", [[r["x"]] for r in rows], [r["y"] for r in rows])
    kept = [PARTS[0][3:], PARTS[1], PARTS[2][:4]]
    order = in_turn(kept, 2)
    npz("turns.npz", [[r["x"]] for r in order], [r["y"] for r in order])
    recipe({"train": "turns.npz"})
    expected = losses()
    left = sum(map(len, kept))
    recipe({"train": ["a.npz", "b.npz", "c.npz"], "skip": 3, "take": left, "interleave": {"block_length": 2}})
    near(losses(), expected)
    last = len(PARTS[2]) - 4
    recipe({"train": ["a.npz", "b.npz", "c.npz"], "skip": 3, "validation_split": {"fraction": last / (left + last), "shuffle": False},
            "interleave": {"block_length": 2}})
    near([(loss, None) for loss, _ in losses()], expected)


def test_turns_after_joins_and_cleaning():
    """A row keeps its source through a join that multiplies it, a filter and doubles that go."""
    codes = [{"code": c, "x": c * 0.3 + k} for c in range(3) for k in range(1 + c % 2)]
    write("codes.csv", codes)
    parts, lists = [], []
    for k in range(2):
        rows = [{"code": (i + k) % 4, "y": (i * 7 + k) % 5} for i in range(9 + 4 * k)]
        rows.insert(5, rows[2])
        parts.append(f"j{k}.csv")
        write(parts[-1], rows)
        seen, made = [], []
        for row in rows:
            for c in codes:
                one = {"x": c["x"], "y": row["y"], "code": row["code"]}
                if c["code"] == row["code"] and row["y"] != 3:
                    made.append(one)
        lists.append(made)
    seen = set()
    for rows in lists: # the first ones stay, of all rows
        kept = []
        for row in rows:
            if tuple(row.values()) not in seen:
                kept.append(row)
            seen.add(tuple(row.values()))
        rows[:] = kept
    write("turns.csv", in_turn(lists, 1))
    table("turns.csv")
    expected = losses()
    how = {"join": {"with": "codes.csv", "on": "code"}, "filter": "y != 3", "clean": {"drop_duplicates": True}}
    table(parts, interleave={}, **how)
    assert losses() == expected
    how["join"]["how"] = "outer"
    table(parts, more={"missing_target": "drop", "impute": "mean"}, interleave={}, join={**how["join"]})
    write("codes.csv", codes + [{"code": 9, "x": 1}])
    table(parts, more={"missing_target": "error", "target": "x", "features": ["code"]}, interleave={}, join={"with": "codes.csv", "on": "code", "how": "right"})
    assert "comes from no source of data.train" in mica("train", "r.json", status=1).stderr


def test_shuffled_sources():
    """By default each source is shuffled anew in each epoch, by the seed alone."""
    table(NAMES, interleave={})
    in_order = losses()
    mixed = losses("--set", "fit.shuffle=true")
    assert mixed != in_order
    assert losses("--set", "fit.shuffle=true", "--threads", "2") == mixed
    assert losses("--set", "fit.shuffle=true", "--seed", "5") != mixed
    buffered = losses("--set", "data.shuffle={\"buffer_size\": 3}")
    assert buffered not in (mixed, in_order)
    assert losses("--set", "data.shuffle={\"buffer_size\": 3}", "--set", "fit.shuffle=true") == buffered
    assert losses("--set", "data.shuffle={\"buffer_size\": 1}") == in_order


# ---- sample ----

def sources_of(batch, **data):
    """Of which source the samples of the first batch are: each has one class."""
    recipe({"train": ["p0", "p1"], "preprocessing": {"image_size": [4, 4], "class_names": ["k0", "k1", "k2"]}, **data},
           {"input": [4, 4, 3], "layers": ["Flatten", {"Dense": {"units": 3, "activation": "softmax"}}]},
           compile={"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"})
    shown = json.loads(mica("data", "preview", "r.json", "--output", "sheet.png", "--batch-size", str(batch), "--json").stdout)
    return [int(label == "k1") for label in shown["labels"]]


def test_sample_draws_by_weights():
    few = sources_of(60, sample={"weights": [0.75, 0.25]})
    assert len(few) == 60 and 5 <= sum(few) <= 25, few
    assert sources_of(60, sample={"weights": [3, 1]}) == few # their shares count
    assert sources_of(60, sample={"weights": [0.75, 0.25]}, repeat=2, prefetch=2) == few
    even = sources_of(60, sample={})
    assert 18 <= sum(even) <= 42 and even == sources_of(60, sample={"weights": None})
    assert sum(sources_of(200, sample={"weights": [1, 0]})) == 0
    # all of both, or until the smaller one has ended
    both = sources_of(200, sample={"weights": [1, 1]})
    assert len(both) == 120 and sum(both) == 60, both
    short = sources_of(200, sample={"weights": [1, 3], "stop_on_empty_dataset": True})
    assert sum(short) == 60 and 5 <= len(short) - 60 <= 40, short
    turns = sources_of(12, interleave={"block_length": 3})
    assert turns == [0, 0, 0, 1, 1, 1] * 2, turns


def test_sample_of_one_is_that_one():
    for name, rows in zip(("a", "b"), PARTS):
        npz(f"{name}.npz", [[r["x"]] for r in rows], [r["y"] for r in rows])
    recipe({"train": "b.npz"})
    expected = losses()
    recipe({"train": ["a.npz", "b.npz"], "sample": {"weights": [0, 2]}})
    near(losses(), expected)


# ---- going on, and running again ----

def test_resume_and_the_recipe_of_the_run():
    for how in ({"interleave": {"block_length": 3}}, {"sample": {"weights": [0.5, 0.3, 0.2], "stop_on_empty_dataset": True}},
                {"sample": {}, "shuffle": {"buffer_size": 4, "reshuffle": True}, "repeat": 2}):
        table(NAMES, **how)
        whole = losses("--epochs", "4", "--output", "whole.h5", "--set", "run_folder=true", "--set", "fit.shuffle=true")
        losses("--epochs", "2", "--output", "part.h5", "--set", "fit.shuffle=true")
        losses("--epochs", "4", "--output", "part.h5", "--resume", "--set", "fit.shuffle=true")
        assert mica("predict", "part.h5", "s0.csv", "--json").stdout == mica("predict", "whole.h5", "s0.csv", "--json").stdout, how
        with open("whole.h5.run/recipe.json", encoding="utf-8") as f:
            run = json.load(f)["data"]
        assert all(run[key] == value for key, value in how.items()), run
        assert losses("--output", "again.h5", path="whole.h5.run/recipe.json") == whole, how
    losses("--epochs", "2", "--output", "part.h5", "--set", "fit.shuffle=true")
    error = mica("train", "r.json", "--epochs", "4", "--output", "part.h5", "--resume", "--set", "data.sample.weights=[1,1,2]", status=1).stderr
    assert "another training" in error, error


def test_errors():
    for data, words in (({"interleave": {}, "sample": {}}, "data.interleave and data.sample"), ({"interleave": 2}, "data.interleave is 2"),
                        ({"interleave": {"block_length": 0}}, "block_length"), ({"interleave": {"cycle": 2}}, "cycle"),
                        ({"sample": [1, 2, 3]}, "data.sample is"), ({"sample": {"weight": [1, 2, 3]}}, "weight"),
                        ({"sample": {"weights": [1, 2]}}, "2 weights, expected 3"), ({"sample": {"weights": [1, -1, 2]}}, "weights[1] is -1"),
                        ({"sample": {"weights": [1, "2", 2]}}, "weights[1] is"), ({"sample": {"weights": 3}}, "weights is 3"),
                        ({"sample": {"weights": []}}, "weights is"), ({"sample": {"weights": [0, 0, 0]}}, "0 together"),
                        ({"sample": {"stop_on_empty_dataset": 1}}, "stop_on_empty_dataset"),
                        ({"sample": {}, "take": len(PARTS[0])}, "no row of s1.csv is left")):
        table(NAMES, **data)
        error = mica("train", "r.json", status=1).stderr
        assert words in error and "r.json" in error, (data, error)
    table("s0.csv", interleave={})
    error = mica("train", "r.json", status=1).stderr
    assert "data.interleave: data.train has 1 source, expected a list" in error, error
    table([NAMES[0]], sample={})
    assert "data.sample: data.train has 1 source" in mica("train", "r.json", status=1).stderr


def test_workers_of_what_needs_none():
    table(NAMES, workers=2)
    said = mica("train", "r.json").stderr
    assert "data.workers: the samples of" in said and "workers have nothing to do" in said, said


# ---- windows of several series ----

def windows(rows, length=3, stride=1, rate=1, start=0, end=None, offset=0):
    """(inputs, target) as Keras's timeseries_dataset_from_array makes them of one series."""
    rows = rows[:end]
    return [([rows[i + k * rate]["x"] for k in range(length)], rows[i + offset]["y"])
            for i in range(start, len(rows), stride) if max(i + (length - 1) * rate, i + offset) < len(rows)]


def of_windows(lists, **how):
    made = [w for rows in lists for w in windows(rows, **how)]
    npz("windows.npz", [x for x, _ in made], [y for _, y in made], (3, 1))
    recipe({"train": "windows.npz"}, SERIES)
    return losses()


def test_windows_stay_within_a_source():
    for name, rows in zip(("a", "b", "c"), PARTS):
        npz(f"{name}.npz", [[r["x"]] for r in rows], [r["y"] for r in rows])
    for how, keys in (({"offset": 3}, {"target_offset": 3}), ({"stride": 2, "rate": 2, "offset": 1}, {"sequence_stride": 2, "sampling_rate": 2, "target_offset": 1}),
                      ({"start": 2, "end": 9}, {"start_index": 2, "end_index": 9})):
        expected = of_windows(PARTS, **how)
        table(NAMES, SERIES, windows={"sequence_length": 3, **keys})
        near(losses(), expected)
        recipe({"train": ["a.npz", "b.npz", "c.npz"], "windows": {"sequence_length": 3, **keys}}, SERIES)
        near(losses(), expected)
    # take turns, and evaluate measures the same ones
    made = in_turn([windows(rows) for rows in PARTS], 1)
    npz("windows.npz", [x for x, _ in made], [y for _, y in made], (3, 1))
    recipe({"train": "windows.npz"}, SERIES)
    expected, measured = losses(), [evaluated("windows.npz")]
    table(NAMES, SERIES, windows={"sequence_length": 3}, interleave={})
    near(losses(), expected)
    measured.append(evaluated(json.dumps(NAMES)))
    assert abs(measured[0]["loss"] - measured[1]["loss"]) < 1e-6, measured
    assert measured[1]["measured"]["samples"] == len(made), measured


def test_windows_and_validation():
    """The last rows are those of the last source; the latest ones are some of each."""
    border = len(PARTS[2])
    whole = sum(map(len, PARTS))
    made = [w for rows in PARTS[:2] for w in windows(rows)], windows(PARTS[2])
    for name, some in zip(("train", "held"), made):
        npz(f"{name}.npz", [x for x, _ in some], [y for _, y in some], (3, 1))
    recipe({"train": "train.npz", "validation": "held.npz"}, SERIES)
    expected = losses()
    table(NAMES, SERIES, windows={"sequence_length": 3}, validation_split={"fraction": border / whole, "shuffle": False})
    near(losses(), expected)
    lists = [[{**r, "t": i} for i, r in enumerate(rows[:10])] for rows in PARTS[:2]]
    for k, rows in enumerate(lists):
        write(f"t{k}.csv", rows)
    for name, part in (("train", slice(0, 6)), ("held", slice(6, 10))):
        some = [w for rows in lists for w in windows(rows[part])]
        npz(f"{name}.npz", [x for x, _ in some], [y for _, y in some], (3, 1))
    recipe({"train": "train.npz", "validation": "held.npz"}, SERIES)
    expected = losses()
    table(["t0.csv", "t1.csv"], SERIES, windows={"sequence_length": 3}, validation_split={"fraction": 0.4, "time": "t"})
    near(losses(), expected)


def test_series_that_are_too_short():
    write("short.csv", PARTS[0][:2])
    expected = of_windows([PARTS[0], PARTS[1]])
    table(["s0.csv", "short.csv", "s1.csv"], SERIES, windows={"sequence_length": 3})
    near(losses(), expected)
    said = mica("train", "r.json").stderr
    assert "1 of the series have no window: source 2 has 2 rows, a window reads 3" in said, said
    table(["short.csv", "short.csv"], SERIES, windows={"sequence_length": 3})
    error = mica("train", "r.json", status=1).stderr
    assert "a window reads 3 rows" in error and "no source has as many" in error, error


# ---- the data ----

def npy(shape, values):
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape!r}, }}"
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}f", *values)


def npz(path, x, y, shape=(1,)):
    with zipfile.ZipFile(path, "w") as f:
        f.writestr("x.npy", npy((len(x), *shape), [v for row in x for v in row]))
        f.writestr("y.npy", npy((len(y), 1), y))


random.seed(6)
PARTS = [[{"x": round(random.uniform(-1, 1), 4), "y": round(random.uniform(-1, 1), 4)} for _ in range(n)] for n in (17, 11, 14)]
NAMES = ["s0.csv", "s1.csv", "s2.csv"]


def samples():
    for name, rows in zip(NAMES, PARTS):
        write(name, rows)
    for k in range(2):
        for name in ("k0", "k1", "k2"):
            os.makedirs(f"p{k}/{name}", exist_ok=True)
        for i in range(60):
            with open(f"p{k}/k{k}/{i:02}.ppm", "wb") as f:
                f.write(b"P6\n4 4\n255\n" + bytes([(i * 5 + j) % 256 for j in range(48)]))


if __name__ == "__main__":
    tests_of.run(globals(), samples)
