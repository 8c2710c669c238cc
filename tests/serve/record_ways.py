#!/usr/bin/env python3
"""A person's row is the same in the prediction log whatever way it came: as a row in JSON, by mica predict --server, as
tensors, as TensorFlow's instances; so pseudonyms are equal. Numbers that the model cannot hold are refused by name and place."""
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["MICA_SOURCE"], "tests/serve"))
from serving import MICA, Server, run  # noqa: E402

KEY = "0123456789abcdef0123"
HEADER = ["since", "n", "paid", "city"]
ROWS = [{"since": "2024-02-13", "n": 0.1, "paid": 1, "city": "Linz"}, {"since": "2024-05-01", "n": -3, "paid": 0, "city": "Graz"},
        {"since": "1969-12-31", "n": 1e-30, "paid": 1, "city": "Linz"}]
DAYS = [19766, 19844, -1]
MODELS = ("vector", "columns", "groups")


def write(name, text):
    with open(name, "w", encoding="utf-8") as f:
        f.write(text if isinstance(text, str) else json.dumps(text))


def train():
    cities = ["Linz", "Graz"]
    write("t.csv", "since,n,paid,city,y\n" + "".join(
        f"2024-0{1 + i % 9}-1{i % 10},{i % 7 + 0.1},{i % 2},{cities[i % 2]},{['no', 'yes'][i // 2 % 2]}\n" for i in range(60)))
    more = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}
    write("vector.json", {"model": {"input": [4], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]}, "compile": more, "fit": {"epochs": 1},
                          "data": {"train": "t.csv", "preprocessing": {"target": "y"}}, "output": "vector.h5"})
    write("columns.json", {"model": {"features": {"since": "float_normalized", "since.weekday": "float_normalized", "n": "float_normalized",
                                                  "paid": "float", "city": "string_categorical"},
                                     "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]}, "compile": more, "fit": {"epochs": 1},
                           "data": {"train": "t.csv", "preprocessing": {"target": "y"}}, "output": "columns.h5"})
    write("groups.json", {"model": {"features": {"since": "float_normalized", "since.weekday": "integer_categorical", "n": "float_normalized",
                                                 "paid": "float_normalized", "city": "string_categorical"},
                                    "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]}, "compile": more, "fit": {"epochs": 1},
                          "data": {"train": "t.csv", "preprocessing": {"target": "y", "inputs": "grouped"}}, "output": "groups.h5"})
    for name in MODELS:
        run("train", name + ".json", "--quiet")


def tensors(server, name):
    """The rows as the numbers that the model takes; categories by the order of their names, dates as days."""
    cities = [sorted(["Linz", "Graz"]).index(r["city"]) for r in ROWS]
    by_name = {"since": DAYS, "since.weekday": [1, 2, 2], "n": [r["n"] for r in ROWS], "paid": [r["paid"] for r in ROWS]}
    inputs = []
    for i in json.loads(server.ask(f"/v2/models/{name}")[1])["inputs"]:
        if i["shape"] == [-1, 4]:
            data = [v for row in zip(DAYS, by_name["n"], by_name["paid"], cities) for v in row]
        elif i["name"] == "float_normalized":
            data = [v for row in zip(DAYS, by_name["n"], by_name["paid"]) for v in row]
        elif i["name"] == "string_categorical":  # 0 is what the training part lacks
            data = [1 + c for c in cities]
        elif i["name"] == "integer_categorical":
            data = [1, 1, 1]
        elif i["name"] == "city":
            data = [r["city"] for r in ROWS]
        else:
            data = by_name[i["name"]]
        inputs.append({"name": i["name"], "datatype": i["datatype"], "shape": [3, *i["shape"][1:]], "data": data})
    return inputs


def logged():
    with sqlite3.connect("file:log.db?mode=ro", uri=True) as db:
        return [json.loads(row[0]) if row[0] else None for row in db.execute("SELECT inputs FROM mica_predictions ORDER BY number")]


def by_file(server, name):
    """False: this mica was built without libcurl."""
    write("people.csv", ",".join(HEADER + ["name"]) + "\n" + "".join(",".join(str(r[c]) for c in HEADER) + ",Ada\n" for r in ROWS))
    done = subprocess.run([MICA, "predict", "--server", server.url, "--model", name, "people.csv"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "libcurl" in done.stderr, done
    assert done.returncode or done.stdout == run("predict", name + ".h5", "people.csv"), done
    return done.returncode == 0


def ask_all_ways(name, policy, *more):
    with Server(name + ".h5", "--prediction-log", "sqlite:log.db", "--deidentify", policy, *more) as server:
        path = f"/models/{name}"
        server.post(f"/v2{path}/rows", ROWS)
        for row in ROWS:  # alone, whatever types its neighbours have
            server.post(f"/v2{path}/rows", [row])
        file = by_file(server, name)
        inputs = tensors(server, name)
        server.post(f"/v2{path}/infer", {"inputs": inputs})
        server.post(f"/v1{path}:predict", {"inputs": {i["name"]: in_lists(i) for i in inputs}})
    found = logged()
    os.remove("log.db")
    alone = [r for r in found if r and len(r["city"]) == 1]
    whole = [r for r in found if r not in alone]
    assert len(alone) == 3 and len(whole) == 3 + file, found
    return whole, alone


def in_lists(tensor):
    width = tensor["shape"][1] if len(tensor["shape"]) > 1 else 0
    data = tensor["data"]
    return [data[i:i + width] for i in range(0, len(data), width)] if width else data


def without_parts(record):
    return {k: v for k, v in record.items() if "." not in k}


def one_form():
    """What a policy keeps is as the row has it; parts of dates are numbers of tensors alone."""
    write("keep.json", {})
    for name in MODELS:
        whole, alone = ask_all_ways(name, "keep.json")
        expected = {c: [r[c] for r in ROWS] for c in HEADER}
        for record in whole:
            assert without_parts(record) == expected, (name, record)
            assert json.dumps(without_parts(record)) == json.dumps(expected), record  # -3, not -3.0
        assert sorted(map(json.dumps, alone)) == sorted(json.dumps({c: [r[c]] for c in HEADER}) for r in ROWS), alone


def one_pseudonym():
    write("key", KEY)
    os.chmod("key", 0o600)
    write("hide.json", {"columns": {c: "pseudonym" for c in HEADER}})
    for name in MODELS:
        whole, alone = ask_all_ways(name, "hide.json", "--deidentify-key", "key")
        for record in whole:
            assert record == whole[0] and set(record) == set(HEADER), (name, record, whole[0])
        for i in range(3):
            assert {c: [whole[0][c][i]] for c in HEADER} in alone, (name, alone)
        values = {v for c in HEADER for v in whole[0][c]}
        assert all(len(v) == 16 for v in values) and len(values) == 3 + 3 + 2 + 2, values


def long_numbers():
    """Numbers that a double does not hold are two persons all the same."""
    with Server("vector.h5", "--prediction-log", "sqlite:log.db", "--deidentify", "keep.json") as server:
        server.post("/v2/models/vector/rows", [{**ROWS[0], "n": 9007199254740992}, {**ROWS[0], "n": 9007199254740993}])
        server.post("/v2/models/vector/rows", [{**ROWS[0], "n": 12345678.9}])
    first = sorted(logged(), key=lambda r: -len(r["n"]))
    assert first[0]["n"] == [9007199254740992, 9007199254740993] and first[1]["n"] == [12345678.9], first
    os.remove("log.db")


def out_of_range():
    """Finite in JSON, infinite in float32: refused, with the place, and by every protocol of JSON."""
    with Server("vector.h5", "columns.h5") as server:
        for name in ("vector", "columns"):
            for value in (-1e300, 3.5e38, 1e39):
                rows = [ROWS[0], {**ROWS[1], "n": value}]
                error = server.post(f"/v2/models/{name}/rows", rows, code=400)["error"]
                assert "row 2" in error and re.search(r'column "?n\b', error) and "float32" in error, error
            server.post(f"/v2/models/{name}/rows", [{**ROWS[0], "n": 3.4e38}])
        inputs = tensors(server, "vector")
        inputs[0]["data"][5] = -1e300
        reply = server.post("/v2/models/vector/infer", {"inputs": inputs}, code=400)
        assert f'input "{inputs[0]["name"]}": element [5]' in reply["error"] and "float32" in reply["error"], reply
        reply = server.post("/v1/models/vector:predict", {"instances": [[0, 1, 2, 3], [0, -1e300, 2, 3]]}, code=400)
        assert "element [1, 1]" in reply["error"] and "float32" in reply["error"], reply


def main():
    if "built without SQLite" in subprocess.run([MICA, "data", "describe", "sqlite:/dev/null"], capture_output=True, text=True, check=False).stderr:
        print("skipped: this build has no SQLite")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        train()
        for check in (one_form, one_pseudonym, long_numbers, out_of_range):
            check()
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
