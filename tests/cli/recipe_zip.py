#!/usr/bin/env python3
"""{"zip": […]} as data of a recipe: the inputs of all sources are those of a sample, as of one .npz that has them."""
import json
import os
import random
import struct
import subprocess
import zipfile

import tests_of

MICA = os.environ["MICA"]


def functional(*shapes):
    """A model of so many inputs: each flattened, all concatenated, one number."""
    layers = [{"class_name": "InputLayer", "name": f"in{i}", "config": {"name": f"in{i}", "batch_shape": [None, *s], "dtype": "float32"}, "inbound_nodes": []}
              for i, s in enumerate(shapes)]

    def tensor(name, shape):
        return {"class_name": "__keras_tensor__", "config": {"shape": shape, "dtype": "float32", "keras_history": [name, 0, 0]}}

    flat = []
    for i, s in enumerate(shapes):
        layers.append({"class_name": "Flatten", "name": f"flat{i}", "config": {"name": f"flat{i}"},
                       "inbound_nodes": [{"args": [tensor(f"in{i}", [None, *s])], "kwargs": {}}]})
        size = 1
        for n in s:
            size *= n
        flat.append(tensor(f"flat{i}", [None, size]))
    layers.append({"class_name": "Concatenate", "name": "all", "config": {"name": "all", "axis": -1}, "inbound_nodes": [{"args": [flat], "kwargs": {}}]})
    layers.append({"class_name": "Dense", "name": "out", "config": {"name": "out", "units": 1},
                   "inbound_nodes": [{"args": [tensor("all", [None, sum(f["config"]["shape"][1] for f in flat)])], "kwargs": {}}]})
    return {"class_name": "Functional", "config": {"name": "m", "layers": layers, "input_layers": [[f"in{i}", 0, 0] for i in range(len(shapes))],
                                                   "output_layers": [["out", 0, 0]]}}


TWO = functional((2,), (3,))


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done


def recipe(train, model=TWO, path="r.json", **data):
    tree = {"model": model, "data": {"train": train, **data}, "compile": {"optimizer": {"sgd": {"learning_rate": 0.05}}, "loss": "mse"},
            "fit": {"epochs": 2, "batch_size": 4}, "seed": 4, "output": "m.h5", "run_folder": False}
    with open(path, "w", encoding="utf-8") as f:
        json.dump(tree, f)


def losses(*arguments, path="r.json"):
    said = json.loads(mica("train", path, "--json", *arguments).stdout.strip().split("\n")[-1])
    return [(e["loss"], e.get("val_loss")) for e in said["epochs"]], said.get("evaluate")


def test_as_one_file():
    for how in ({}, {"validation_split": 0.25}, {"validation_split": {"fraction": 0.3, "shuffle": True}}, {"skip": 2, "take": 15, "prefetch": 2},
                {"shuffle": {"buffer_size": 1}, "repeat": 2}, {"cache": "memory"}):
        recipe("both.npz", **how)
        expected, _ = losses()
        recipe({"zip": ["left.npz", "npz:right.npz"]}, **how)
        said, _ = losses()
        assert said == expected, (how, said, expected)
    recipe("both.npz", validation="both.npz", test="both.npz")
    expected = losses()
    zipped = {"zip": ["left.npz", "right.npz"]}
    recipe(zipped, validation=zipped, test=zipped)
    assert losses() == expected
    measured = json.loads(mica("evaluate", "m.h5", "--data", json.dumps(zipped), "--json").stdout)
    assert abs(measured["loss"] - expected[1]["loss"]) < 1e-6 and measured["measured"]["samples"] == ROWS, measured
    assert losses("--data", json.dumps(zipped)) == (expected[0], {})


def test_windows():
    """Of all sources the same rows are a window."""
    made = [(L[i:i + 3], R[i:i + 3], Y[i + 3]) for i in range(ROWS - 3)]
    npz("windows.npz", {"x_0": ((3, 2), [v for w in made for row in w[0] for v in row]), "x_1": ((3, 3), [v for w in made for row in w[1] for v in row]),
                        "y": ((1,), [w[2] for w in made])}, len(made))
    model = functional((3, 2), (3, 3))
    recipe("windows.npz", model)
    expected, _ = losses()
    recipe({"zip": ["left.npz", "right.npz"]}, model, windows={"sequence_length": 3, "target_offset": 3})
    said, _ = losses()
    assert all(abs(a[0] - b[0]) < 1e-6 for a, b in zip(said, expected)), (said, expected)
    measured = json.loads(mica("evaluate", "m.h5", "--data", '{"zip": ["left.npz", "right.npz"]}', "--json").stdout)
    assert measured["measured"]["samples"] == ROWS - 3, measured


def test_resume_and_the_recipe_of_the_run():
    os.makedirs("sub", exist_ok=True)
    recipe({"zip": ["../left.npz", "../right.npz"]}, path="sub/r.json")
    whole = losses("--epochs", "4", "--output", "whole.h5", "--set", "run_folder=true", path="sub/r.json")
    losses("--epochs", "2", "--output", "part.h5", path="sub/r.json")
    losses("--epochs", "4", "--output", "part.h5", "--resume", path="sub/r.json")
    with open("whole.h5.run/recipe.json", encoding="utf-8") as f:
        assert json.load(f)["data"]["train"] == {"zip": ["../left.npz", "../right.npz"]}
    assert losses("--output", "again.h5", path="whole.h5.run/recipe.json") == whole
    measured = [json.loads(mica("evaluate", m, "--data", "both.npz", "--json").stdout)["loss"] for m in ("whole.h5", "part.h5", "again.h5")]
    assert measured[0] == measured[1] == measured[2], measured
    error = mica("train", "sub/r.json", "--epochs", "5", "--output", "part.h5", "--resume", "--set", 'data.train.zip=["../left.npz","../short.npz"]', status=1).stderr
    assert "another training" in error, error


def test_shortest():
    recipe({"zip": ["left.npz", "short.npz"]})
    said = mica("train", "r.json").stderr
    assert f"left.npz has {ROWS} rows, another source {ROWS - 5}: the last 5 are not taken" in said, said
    assert json.loads(mica("card", "m.h5", "--json").stdout)["data"]["rows"] == ROWS - 5


def test_errors():
    for train, words in (({"zip": ["left.npz"]}, "zip of 1 source, expected 2 to 64"), ({"zip": []}, "zip of 0 sources"), ({"zip": "left.npz"}, "zip is"),
                         ({"zip": ["left.npz", 3]}, "zip[1] is 3"), ({"zip": ["left.npz", ""]}, "zip[1] is"), ({"zips": ["left.npz", "right.npz"]}, "zips"),
                         ({}, "data.train"), ({"zip": ["left.npz", "right.npz"], "weights": [1, 2]}, "weights"),
                         ({"zip": ["left.npz", "no.npz"]}, "no.npz: there is no such file"), ({"zip": ["left.npz", "t.csv"]}, "t.csv is a table"),
                         ({"zip": ["left.npz", "p"]}, "p is class folders"), ({"zip": ["left.npz", "parts.npz"]}, "parts.npz has a part of its own to test with, left.npz has none"),
                         ({"zip": ["right.npz", "left.npz"]}, "have shape (3,), the model expects (2,)"),
                         ({"zip": ["left.npz", "right.npz", "left.npz"]}, "3 inputs, the model expects 2")):
        recipe(train)
        error = mica("train", "r.json", status=1).stderr
        assert words in error, (train, error)
    recipe({"zip": ["left.npz", "right.npz"]}, preprocessing={"image_size": [4, 4]})
    assert "have no option 'image_size'" in mica("train", "r.json", status=1).stderr
    recipe({"zip": ["left.npz", "right.npz"]}, interleave={})
    assert "data.interleave: data.train has 1 source" in mica("train", "r.json", status=1).stderr
    recipe("both.npz")
    for command in (["evaluate", "m.h5", "--data"], ["train", "r.json", "--data"], ["data", "convert"], ["init"]):
        error = mica(*command, '{"zip": ["left.npz"]}', *(["out.npz"] if command[1:] == ["convert"] else []), status=1).stderr
        assert "zip of 1 source" in error, error
    assert "expected one source" in mica("init", '{"zip": ["left.npz", "right.npz"]}', status=1).stderr


def test_data_commands():
    said = mica("data", "describe", '{"zip": ["left.npz", "right.npz"]}').stdout
    assert "x_1" in said and "(3,)" in said, said
    said = json.loads(mica("data", "bench", '{"zip": ["left.npz", "right.npz"]}', "--json").stdout)
    assert said["samples_per_second"] > 0, said


# ---- the data ----

ROWS = 21
random.seed(2)
L = [[random.uniform(-1, 1) for _ in range(2)] for _ in range(ROWS)]
R = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(ROWS)]
Y = [random.uniform(-1, 1) for _ in range(ROWS)]


def npz(path, arrays, rows=ROWS):
    with zipfile.ZipFile(path, "w") as f:
        for name, (shape, values) in arrays.items():
            head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {(rows, *shape)!r}, }}"
            head += " " * (-(len(head) + 11) % 64) + "\n"
            f.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}f", *values))


def samples():
    left, right = [v for row in L for v in row], [v for row in R for v in row]
    npz("both.npz", {"x_0": ((2,), left), "x_1": ((3,), right), "y": ((1,), Y)})
    npz("left.npz", {"x": ((2,), left)})
    npz("right.npz", {"x": ((3,), right), "y": ((1,), Y)})
    npz("short.npz", {"x": ((3,), right[:-15]), "y": ((1,), Y[:-5])}, ROWS - 5)
    npz("parts.npz", {"x_train": ((3,), right), "y_train": ((1,), Y), "x_test": ((3,), right), "y_test": ((1,), Y)})
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write("a,y\n1,2\n3,4\n")
    for k in range(2):
        os.makedirs(f"p/k{k}")
        with open(f"p/k{k}/a.ppm", "wb") as f:
            f.write(b"P6\n4 4\n255\n" + bytes(48))


if __name__ == "__main__":
    tests_of.run(globals(), samples)
