#!/usr/bin/env python3
"""Pictures and rows of tables over HTTP are what `mica predict` makes of the same files, to the bit."""
import csv
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serving import MICA, Server, run  # noqa: E402

SOURCE = os.environ["MICA_SOURCE"]
PICTURES = os.path.join(SOURCE, "examples/image_folder/pictures")
JSON = {"Content_Type": "application/json"}


def write(name, text):
    with open(name, "w" if isinstance(text, str) else "wb") as f:
        f.write(text)
    return name


def read(name):
    with open(name, "rb") as f:
        return f.read()


def train(name, model, data, epochs=3):
    write(name + ".json", json.dumps({
        "model": model, "data": data, "seed": 5, "output": name + ".h5",
        "compile": {"optimizer": "adam", "loss": model.pop("loss")}, "fit": {"epochs": epochs, "batch_size": 16}}))
    run("train", name + ".json", "--quiet")


def floats(bytes_of_npy):
    begin = 10 + struct.unpack_from("<H", bytes_of_npy, 8)[0]
    assert b"'<f4'" in bytes_of_npy[:begin]
    return list(struct.unpack(f"<{(len(bytes_of_npy) - begin) // 4}f", bytes_of_npy[begin:]))


def predicted(model, *files):
    run("predict", model, *files, "--output", "y.npy")
    return floats(read("y.npy"))


def served(reply):
    """The first output as the float32 that it is."""
    data = reply["outputs"][0]["data"]
    return list(struct.unpack(f"<{len(data)}f", struct.pack(f"<{len(data)}f", *data)))


def value(text, kind):
    if text in ("", "NA"):
        return None
    return {"number": float, "whole": int, "boolean": lambda t: t == "True"}.get(kind, str)(text)


def rows_of(name, kinds):
    with open(name, encoding="utf-8", newline="") as f:
        return [{k: value(v, kinds.get(k)) for k, v in row.items()} for row in csv.DictReader(f)]


# ---- rows ----

KINDS = {"size": "number", "code": "whole", "paid": "boolean"}


def make_table():
    lines = ["when,size,color,code,paid,label"]
    for i in range(300):
        k = i % 3
        lines.append(f"2024-03-{1 + i % 28:02}T{i % 24:02}:30:00,{k * 2.1 + i % 7 * 0.13 if i % 11 else 'NA'},"
                     f"{['red', 'blüe', 'green'][k] if i % 13 else ''},{10 + i % 4},{i % 2 == 0},{['no', 'yes', 'may be'][k]}")
    write("t.csv", "\n".join(lines) + "\n")
    write("one.csv", "\n".join([lines[0], lines[5]]) + "\n")


def check_vector(server, name):
    """One vector of numbers, categories, dates and their parts; missing cells are filled."""
    path = f"/v2/models/{name}/rows"
    for table in ("t.csv", "one.csv"):
        rows = rows_of(table, KINDS)
        reply = server.post(path + "?outputs=true&top=2", rows, **JSON)
        assert served(reply) == predicted(name + ".h5", table), table
        assert reply["model"] == name and reply["version"] == "1" and len(reply["predictions"]) == len(rows)
        lines = [json.loads(line) for line in run("predict", name + ".h5", table, "--json", "--top", "2").splitlines()]
        for got, line in zip(reply["predictions"], lines):
            assert got["class"] == line["class"] and [t["index"] for t in got["top"]] == [t["index"] for t in line["top"]]
    some = rows_of("t.csv", KINDS)[:40]
    whole = server.post(path + "?outputs=1", some)
    # The label may be left out; texts may be escaped; the order of columns is free.
    for row in some:
        row.pop("label", None)
    assert server.post(path + "?outputs=1", [dict(reversed(list(r.items()))) for r in some]) == whole


def check_errors(server, name):
    path = f"/v2/models/{name}/rows"

    def says(body, text, code=400):
        reply = server.post(path, body, code=code)
        assert text in reply["error"], reply

    good = rows_of("one.csv", KINDS)[0]
    misspelt = {("colour" if k == "color" else k): v for k, v in good.items()}
    says([good, misspelt], 'row 2: column "colour" is not one of the model\'s; did you mean "color"?')
    says([{"ticket": 7, "size": 2}], 'row 1: column "ticket" is not one of the model\'s, and "when" is left out')
    # A column must be there, as in a CSV; a missing cell is null.
    for left in ("color", "size", "when"):
        say = {k: v for k, v in good.items() if k not in (left, "label")}
        says([good, say], f'row 2: column "{left}" is left out; null is what a missing cell is')
    write = "".join(f"{k}," for k in good if k != "color")[:-1]
    with open("lacks.csv", "w") as f:
        f.write(write + "\n" + ",".join("" if good[k] is None else str(good[k]) for k in good if k != "color") + "\n")
    failed = subprocess.run([MICA, "predict", name + ".h5", "lacks.csv"], capture_output=True, text=True)
    assert failed.returncode == 1 and "column 'color', which the training part had, is not there" in failed.stderr, failed
    # What a table has beside the model's columns is passed over, as in a CSV.
    assert server.post(path, [{"ticket": {"n": [7]}, **good, "colour": None}]) == server.post(path, [good])
    says([{**good, "size": "3"}], 'expected a number, true, false or null (row 1, column "size"), found a text')
    says([good, good, {**good, "when": "yesterday"}], 'expected a date as in 2024-03-05')
    says([{**good, "color": [1]}], '(row 1, column "color"), found a list')
    says([{**good, "color": "pink"}], "column color: 'pink' in data row 1 is not among those of the training part")
    says(b'[{"size": 1, "size": 2}]', 'row 1: column "size" is given twice')
    says([], "there are no rows")
    says(b"", "expected a list, found the end")
    says(good, "expected a list, found an object")
    says([3], "expected an object")
    says(b'[{"size": 1e999}]', "out of the range")
    says(b'[{"color": "\xff"}]', "UTF-8")
    says(json.dumps([good]).encode() + b"x", "expected the end")
    reply = server.post(path + "?top=0", [good], code=400)
    assert "top=0" in reply["error"], reply
    for body in (b"[{", b'[{"size"', b'[{"size":', b'[{"size":1', b'[{"size":1}', b'[{"when":"'):
        server.post(path, body, code=400)


CLEAN = {"trim": True, "letters": "lower", "na_values": ["-"], "repair": True, "outliers": "iqr", "missing": "median",
         "rules": {"town": {"missing": "most_frequent"}, "vip": {"missing": "most_frequent"}}}


def make_dirty():
    """As people write: euros, days, truth values, towns in any spelling."""
    lines = ["price,day,vip,town,age,y"]
    for i in range(120):
        lines.append(f'"{1 + i % 3}.{i * 37 % 900 + 100},{i % 90 + 10} €",{1 + i % 28}.{1 + i % 12}.2024,{["yes", "no"][i % 2]},'
                     f'{[" Oslo", "LIMA ", "rome", "-"][i % 4]},{"" if i % 9 == 0 else 20 + i % 50},{i % 7}')
    lines.append('"2.500,00 €",1.2.2024,no,Oslo,900,3')
    write("dirty.csv", "\n".join(lines) + "\n")
    write("dirty_new.csv", "\n".join([lines[0], *lines[1:11], lines[-1], '-,-,-,-,,1', '1.234,3.2.2024,yes,lima,-400,2']) + "\n")


def check_cleaned(server, name):
    """Cells are cleaned as those of the training; what is a number already is none of its texts."""
    path = f"/v2/models/{name}/rows"
    rows = rows_of("dirty_new.csv", {"age": "number"})
    said = predicted(name + ".h5", "dirty_new.csv")
    assert served(server.post(path + "?outputs=true", rows, **JSON)) == said
    rows[0].update(price=1100.1, vip=True)
    assert served(server.post(path + "?outputs=true", [{**rows[0], "price": "1.100,10 €", "vip": "YES"}, rows[0]]))[0] == \
        served(server.post(path + "?outputs=true", [rows[0]]))[0]
    for cell in ({"price": "cheap"}, {"day": "31.31.2024"}, {"vip": "perhaps"}):
        reply = server.post(path, [{**rows[1], **cell}], code=400)
        assert "a text that clean makes the column's type of" in reply["error"] and f'"{list(cell)[0]}"' in reply["error"], reply
    write("wrong.csv", read("dirty_new.csv").decode().replace("yes", "perhaps", 1))
    failed = subprocess.run([MICA, "predict", name + ".h5", "wrong.csv"], capture_output=True, text=True)
    assert failed.returncode == 1 and "column vip: the cell in data row 1 is 'perhaps', expected a boolean" in failed.stderr, failed


def check_strangers(server, name):
    """A table with columns beside those of the training: by a file, by rows, by a file to the server."""
    lines = read("t.csv").decode().splitlines()
    write("more.csv", "\n".join(f"{'ticket' if not i else i},{line}" for i, line in enumerate(lines)) + "\n")
    expected = run("predict", name + ".h5", "t.csv", "--json").replace("t.csv", "more.csv")
    assert run("predict", name + ".h5", "more.csv", "--json") == expected
    there = subprocess.run([MICA, "predict", "--server", server.url, "--model", name, "more.csv", "--json"],
                           capture_output=True, text=True, check=False)
    if "libcurl" not in there.stderr:
        assert [json.loads(line)["class"] for line in there.stdout.splitlines()] == [json.loads(line)["class"] for line in expected.splitlines()], there
    answers = server.post(f"/v2/models/{name}/rows", rows_of("more.csv", KINDS))["predictions"]
    assert [a["class"] for a in answers] == [json.loads(line)["class"] for line in expected.splitlines()]
    assert "color" in run("predict", name + ".h5", write("less.csv", "size,when\n1,2024-03-05\n"), status=1)


def check_columns(server, name):
    """Each column is an input of its own, texts among them."""
    rows = [{k: v for k, v in row.items() if k != "label"} for row in rows_of("t.csv", KINDS)]
    reply = server.post(f"/v2/models/{name}/rows?outputs=true", rows)
    assert served(reply) == predicted(name + ".h5", "t.csv")
    # A word that training never saw is no error where the model has a place for it.
    server.post(f"/v2/models/{name}/versions/1/rows", [{**rows[1], "color": "beige"}])


def check_groups(server, name):
    """Columns of one kind are one input; errors name the column all the same."""
    path = f"/v2/models/{name}/rows"
    row = {k: v for k, v in rows_of("t.csv", KINDS)[1].items() if k != "label"}
    assert "column size: 1e+39 in data row 2, expected a number that is finite in float32" in server.post(path, [row, {**row, "size": 1e39}], code=400)["error"]
    assert "(row 1, column \"size\")" in server.post(path, [{**row, "size": "large"}], code=400)["error"]
    assert 'column "color" is left out' in server.post(path, [{k: v for k, v in row.items() if k != "color"}], code=400)["error"]


def check_inputs(server, two):
    """No table: the model's own inputs, by their names, where each is one number."""
    reply = server.post("/v2/models/scalars/rows", [{"a": 2, "b": 0.5}, {"a": 0, "b": 1}])
    assert len(reply["predictions"]) == 2 and isinstance(reply["predictions"][0], list), reply
    assert 'column "b" is left out' in server.post("/v2/models/scalars/rows", [{"a": 2}], code=400)["error"]
    assert "missing" in server.post("/v2/models/scalars/rows", [{"a": 2, "b": None}], code=400)["error"]
    assert "takes no rows" in server.post(f"/v2/models/{two}/rows", [{"a": 2}], code=400)["error"]
    server.post("/v2/models/absent/rows", [{"a": 2}], code=404)


# ---- pictures ----

PREPARED = [{"color_mode": "rgb", "interpolation": "bilinear"},
            {"color_mode": "grayscale", "interpolation": "nearest", "crop_to_aspect_ratio": True},
            {"color_mode": "rgb", "interpolation": "bicubic", "pad_to_aspect_ratio": True},
            {"color_mode": "rgb", "interpolation": "area", "preprocess_input": "caffe"}]


def picture_files():
    return [os.path.join(folder, f) for folder, _, files in sorted(os.walk(PICTURES)) for f in sorted(files)]


def train_pictures(i, how):
    channels = 1 if how["color_mode"] == "grayscale" else 3
    train(f"pictures{i}", {"input": [24, 20, channels], "loss": "sparse_categorical_crossentropy", "layers": [
        "Flatten", {"Dense": {"units": len(os.listdir(PICTURES)), "activation": "softmax"}}]},
        {"train": PICTURES, "preprocessing": {"image_size": [24, 20], **how}}, epochs=1)


def check_windows(server):
    """A window has a picture's rank, and is more than a row: neither is taken, and what is expected is told."""
    reply = server.post("/v2/models/windows/picture", read(picture_files()[0]), code=400)
    assert "takes no picture" in reply["error"], reply
    reply = server.post("/v2/models/windows/rows", [{"a": 1, "b": 2}], code=400)
    assert "takes (None, 8, 2), of which a row of the table is 2 numbers: expected a tensor of that shape, to /infer" in reply["error"], reply


def check_picture_errors(server):
    path = "/v2/models/pictures0/picture"
    picture = read(picture_files()[0])

    def says(body, text, code=400, at=path, **headers):
        reply = server.post(at, body, code=code, **headers)
        assert text in reply["error"], reply

    says(b"", "the body is empty")
    says(b"no picture at all", "the picture: ")
    says(picture[:len(picture) // 3], "the picture: ")
    says(b"P6 60000 60000 255\n\0\0\0", "the picture: ")
    says(picture, "Content-Type text/plain", 415, Content_Type="text/plain")
    says(picture, "takes no picture", at="/v2/models/vector/picture", Content_Type="image/jpeg")
    says(picture, "has 2 inputs", at="/v2/models/scalars/picture")
    says(picture, "top=x", at=path + "?top=x")
    assert server.ask(path)[0] == 405


def check_pictures(server):
    classes = sorted(os.listdir(PICTURES))
    for i in range(len(PREPARED)):
        for file in picture_files()[::5]:
            reply = server.post(f"/v2/models/pictures{i}/picture?outputs=true&top=2", read(file), Content_Type="image/jpeg")
            assert served(reply) == predicted(f"pictures{i}.h5", file), (i, file)
            best = reply["predictions"]
            scores = served(reply)
            assert len(best) == 2 and best[0]["probability"] >= best[1]["probability"]
            assert best[0]["index"] == scores.index(max(scores)) and best[0]["class"] == classes[best[0]["index"]]
    reply = server.post("/v2/models/pictures0/versions/1/picture", read(picture_files()[0]))
    assert len(reply["predictions"]) == min(5, len(classes)) and "outputs" not in reply


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        make_table()
        prepared = {"target": "label", "impute": "mean", "features": ["when", "when.hour", "size", "color", "code", "paid"],
                    "categorical": ["code"]}
        train("vector", {"input": [6], "loss": "sparse_categorical_crossentropy",
                         "layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
              {"train": "t.csv", "preprocessing": prepared})
        train("columns", {"features": {"size": "float_normalized", "color": "string_categorical",
                                       "code": {"integer_categorical": {"max_tokens": 8}}, "when.weekday": "integer_categorical"},
                          "loss": "binary_crossentropy", "layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
              {"train": "t.csv", "preprocessing": {"target": "paid", "impute": "median"}})
        train("groups", {"features": {"size": "float_normalized", "color": "string_categorical", "code": "integer_categorical",
                                      "when.weekday": "integer_categorical", "when": "float_normalized"},
                         "loss": "binary_crossentropy", "layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
              {"train": "t.csv", "preprocessing": {"target": "paid", "impute": "median", "inputs": "grouped"}})
        train("vectorized", {"features": {"size": "float_normalized", "color": {"string_vectorized": {"split": "character"}}},
                             "loss": "binary_crossentropy", "layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
              {"train": "t.csv", "preprocessing": {"target": "paid", "impute": "median"}})
        write("scalars.csv", "a,b,y\n" + "".join(f"{i},{i % 3},{i % 5}\n" for i in range(60)))
        train("scalars", {"features": {"a": "float_normalized", "b": "float_normalized"}, "loss": "mse",
                          "layers": [{"Dense": {"units": 1}}]}, {"train": "scalars.csv", "preprocessing": {"target": "y"}})
        for i, how in enumerate(PREPARED):
            train_pictures(i, how)
        make_dirty()
        train("cleaned", {"input": [5], "loss": "mse", "layers": ["Normalization", {"Dense": {"units": 1}}]},
              {"train": "dirty.csv", "clean": CLEAN, "preprocessing": {"target": "y"}})
        train("windows", {"input": [8, 2], "loss": "mse", "layers": ["Flatten", {"Dense": {"units": 1}}]},
              {"train": "scalars.csv", "preprocessing": {"target": "y", "features": ["a", "b"]},
               "windows": {"sequence_length": 8, "target_offset": 8}})
        two = os.path.join(SOURCE, "tests/verify/keras3_functional/model.h5")
        with Server("vector.h5", "columns.h5", "groups.h5", "vectorized.h5", "scalars.h5", "cleaned.h5", "windows.h5", f"two={two}",
                    *(f"pictures{i}.h5" for i in range(len(PREPARED)))) as server:
            check_vector(server, "vector")
            check_errors(server, "vector")
            check_strangers(server, "vector")
            check_columns(server, "columns")
            check_columns(server, "groups")
            check_groups(server, "groups")
            check_columns(server, "vectorized")
            check_cleaned(server, "cleaned")
            check_inputs(server, "two")
            check_picture_errors(server)
            check_pictures(server)
            check_windows(server)


if __name__ == "__main__":
    main()
