#!/usr/bin/env python3
"""mica predict --server says of the same data what mica predict says here: pictures, folders, tables, arrays, texts, models
of several inputs; as text, as JSON and in files. Errors name file and rows, and have the same exit status."""
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.environ["MICA_SOURCE"], "tests/serve"))
from serving import MICA, Server, run  # noqa: E402

SOURCE = os.environ["MICA_SOURCE"]
PICTURES = os.path.join(SOURCE, "examples/image_folder/pictures")
CASES = os.path.join(SOURCE, "tests/verify")
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")


def write(name, text):
    with open(name, "w" if isinstance(text, str) else "wb") as f:
        f.write(text)


def train(name, model, data, **more):
    write(name + ".json", json.dumps({"model": model, "data": data, "seed": 5, "output": name + ".h5", **more,
                                      "fit": {"epochs": 1, "batch_size": 16}}))
    run("train", name + ".json", "--quiet")


def mica(*arguments):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def same(here, there, what, tolerance=1e-5):
    """Equal texts, but for the last digits of numbers."""
    assert NUMBER.sub("#", here) == NUMBER.sub("#", there), (what, here[:2000], there[:2000])
    for a, b in zip(NUMBER.findall(here), NUMBER.findall(there)):
        assert abs(float(a) - float(b)) <= tolerance * max(1, abs(float(a))), (what, a, b)


def compare(server, name, *arguments, model=None, status=0, how=()):
    """The same command with the model's file and with the server."""
    model = model or name + ".h5"
    there = ("--server", server.url, "--model", name, *how)
    for form in ((), ("--json",)):
        a, b = mica("predict", model, *arguments, *form), mica("predict", *there, *arguments, *form)
        assert a[0] == b[0] == status, (name, arguments, a, b)
        same(a[1], b[1], (name, arguments), 1e-5 if form else 2e-4) # four digits stand in texts
    return mica("predict", *there, *arguments)[1]


def compare_files(server, name, ending, *arguments, model=None):
    run("predict", model or name + ".h5", *arguments, "--output", "here" + ending)
    run("predict", "--server", server.url, "--model", name, *arguments, "--output", "there" + ending)
    if ending == ".csv":
        same(open("here.csv", encoding="utf-8").read(), open("there.csv", encoding="utf-8").read(), (name, arguments))
        return
    a, b = open("here" + ending, "rb").read(), open("there" + ending, "rb").read()
    assert len(a) == len(b) and a[:128] == b[:128], (name, ending)


# ---- what is asked ----

def make_table():
    lines = ["when,size,color,code,label"]
    for i in range(150):
        lines.append(f"2024-03-{1 + i % 28:02},{i % 7 * 0.13 + i % 3 if i % 11 else 'NA'},{['red', 'blüe', ''][i % 3]},"
                     f"{10 + i % 4},{['no', 'yes', 'may be'][i % 3]}")
    write("t.csv", "\n".join(lines) + "\n")
    write("wrong.csv", "\n".join([lines[0], lines[1].replace("red", "pink")]) + "\n")


def train_all():
    make_table()
    classes = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}
    train("table", {"input": [5], "layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
          {"train": "t.csv", "preprocessing": {"target": "label", "impute": "mean", "features": ["when", "when.weekday", "size", "color", "code"],
                                               "categorical": ["code"]}}, compile=classes)
    train("columns", {"features": {"size": "float_normalized", "color": "string_categorical", "code": "integer_categorical"},
                      "layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
          {"train": "t.csv", "preprocessing": {"target": "label", "target_type": "class", "impute": "median"}},
          compile={"optimizer": "adam", "loss": "mse"})
    train("pictures", {"input": [24, 20, 3], "layers": ["Flatten", {"Dense": {"units": 10, "activation": "softmax"}}]},
          {"train": PICTURES, "preprocessing": {"image_size": [24, 20], "interpolation": "bicubic", "preprocess_input": "caffe"}}, compile=classes)
    for name in ("dark", "light"):
        os.makedirs(f"texts/{name}")
        for i in range(4):
            write(f"texts/{name}/{i}.txt", f"{name} words, {'night' if name == 'dark' else 'day'} {i}\n")
    train("texts", {"input": [1], "dtype": "string", "layers": [
        {"TextVectorization": {"output_mode": "multi_hot", "max_tokens": 12}}, {"Dense": {"units": 1, "activation": "sigmoid"}}]},
        {"train": "text_folder:texts"}, compile={"optimizer": "adam", "loss": "binary_crossentropy"})


def case(name):
    return os.path.join(CASES, name, "model.h5"), [os.path.join(CASES, name, "test_data_set_0", f"input_{i}.npy") for i in range(2)]


def predictions(server):
    said = compare(server, "pictures", PICTURES, how=("--connections", "3"))
    assert said.count("\n") == sum(len(files) for _, _, files in os.walk(PICTURES))
    compare(server, "pictures", os.path.join(PICTURES, "cup"), "--top", "3")
    compare_files(server, "pictures", ".csv", PICTURES)
    for size in ("1", "7", "1000"):
        compare(server, "table", "t.csv", "--batch-size", size)
    compare_files(server, "table", ".csv", "t.csv")
    compare_files(server, "table", ".npy", "t.csv")
    compare(server, "columns", "t.csv")
    with open("t.csv", encoding="utf-8") as f, open("wrong.csv", "w", encoding="utf-8") as out:
        out.write(f.read().replace("color", "colour", 1))
    assert "column 'color', which the training part had, is not there (did it become 'colour'?)" in run(
        "predict", "columns.h5", "wrong.csv", status=1)
    compare(server, "texts", "texts/dark/0.txt", "texts/light")
    digits, inputs = case("keras3_digits")
    compare(server, "digits", inputs[0], "--batch-size", "2", model=digits)
    compare(server, "digits", inputs[0], "--top", "3", model=digits)
    two, inputs = case("keras3_functional")
    compare(server, "two", "--input", inputs[0], "--input", inputs[1], model=two)
    both, inputs = case("keras3_two_outputs")
    compare(server, "both", inputs[0], model=both)
    compare_files(server, "both", ".npz", inputs[0], model=both)


def versions():
    """Each is asked by its own card."""
    train("small", {"input": [16, 16, 3], "layers": ["Flatten", {"Dense": {"units": 10, "activation": "softmax"}}]},
          {"train": PICTURES, "preprocessing": {"image_size": [16, 16]}},
          compile={"optimizer": "adam", "loss": "sparse_categorical_crossentropy"})
    write("versions.json", json.dumps({"models": [{"name": "m", "version": str(i + 1), "path": path}
                                                  for i, path in enumerate(("pictures.h5", "small.h5"))]}))
    with Server("--config", "versions.json") as server:
        for i, path in enumerate(("pictures.h5", "small.h5")):
            compare(server, "m", os.path.join(PICTURES, "cup"), model=path, how=("--model-version", str(i + 1)))
            status, card = server.ask(f"/v2/models/m/versions/{i + 1}/card")
            assert status == 200 and json.loads(card)["recipe"]["preprocessing"]["image_size"] == [24 - 8 * i, 20 - 4 * i], card
        assert server.ask("/v2/models/m/versions/3/card")[0] == 404


def errors(server):
    there = ("--server", server.url)
    one = ("--model", "pictures")
    os.makedirs("mixed")
    picture = os.path.join(PICTURES, "cup", sorted(os.listdir(os.path.join(PICTURES, "cup")))[0])
    for i in range(9):
        write(f"mixed/{i}.jpg", open(picture, "rb").read() if i != 4 else b"no picture")
    compare(server, "pictures", "mixed", status=1)
    status, out, err = mica("predict", *there, *one, "mixed")
    assert out.count("\n") == 8 and "warning: mixed/4.jpg: " in err and "1 of 9 files and folders could not be predicted" in err, err
    compare(server, "table", "wrong.csv", status=1)
    for arguments, code, text in (
            ((*there, picture), 1, "several models: --model "),
            ((*there, "--model", "absent", picture), 1, "model absent: HTTP 404"),
            ((*there, "--model", "pictures", "--model-version", "9", picture), 1, 'no version "9"'),
            ((*there, "--model", "two", picture), 1, "the model has 2 inputs"),
            ((*there, "--model", "table", "--top", "9", "t.csv"), 1, "--top 9: the model has 3 classes"),
            ((*there, "--model", "digits", "absent.npy"), 1, "absent.npy"),
            ((*there, "--model", "digits", "mixed/0.jpg", "--output", "y.txt"), 1, ".npy or .npz"),
            ((*there, *one), 2, "expected: mica predict"), (("--model", "m", "pictures.h5", picture), 2, "go with --server"),
            (("pictures.h5",), 2, "expected: mica predict"), ((*there, *one, picture, "--input", picture), 2, "not both"),
            (("--server", "file:///", picture), 1, "expected http://HOST:PORT"),
            (("--server", "http://127.0.0.1:9", "--retries", "0", picture), 1, "http://127.0.0.1:9"),
            ((*there, *one, "--key-file", "absent.key", picture), 1, "absent.key")):
        status, _, err = mica("predict", *arguments)
        assert status == code and text in err, (arguments, status, err)


def keys():
    key = json.loads(run("key", "create", "shop", "--role", "predict", "--model", "m", "--keys", "keys.json", "--json"))["key"]
    write("shop.key", key + "\n")
    digits, inputs = case("keras3_digits")
    with Server(f"m={digits}", "--keys", "keys.json") as server:
        there = ("predict", "--server", server.url, "--model", "m", inputs[0])
        assert run(*there, "--key-file", "shop.key") == run("predict", digits, inputs[0])
        status, out, err = mica(*there)
        assert status == 1 and not out and "HTTP 401" in err, err


class Hostile(http.server.BaseHTTPRequestHandler):
    """A model whose answers are too short, of another type, or of other rows."""
    replies = []

    def answer(self, reply):
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path.endswith("/card"):
            return self.send_error(404)
        return self.answer({"name": "m", "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 28, 28, 1]}],
                            "outputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}]})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(self.replies.pop(0))

    def log_message(self, *unused):
        pass


def hostile():
    _, inputs = case("keras3_digits")
    server = http.server.HTTPServer(("127.0.0.1", 0), Hostile)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    there = ("predict", "--server", f"http://127.0.0.1:{server.server_port}", "--model", "m", "--connections", "1", inputs[0])

    def answer(rows, **more):
        return {"model_name": "m", "outputs": [{"name": "x", "datatype": "FP32", "shape": [rows, 2], "data": [0.25] * (2 * rows), **more}]}

    rows = run("predict", case("keras3_digits")[0], inputs[0]).count("\n")
    for reply, text in ((answer(rows), None), (answer(rows + 1), "not a row for each"), (answer(rows, data=[1]), "has 1 elements"),
                        (answer(rows, shape=[]), "has"), ({"outputs": []}, "outputs"), (answer(rows, name="z"), None)):
        Hostile.replies = [reply] * 3
        status, out, err = mica(*there)
        assert status == (1 if text else 0) and (text or "") in err, (reply, status, out, err)
        assert text or out.count("\n") == rows
    server.shutdown()
    thread.join()
    server.server_close()


def main():
    _, inputs = case("keras3_digits")
    if "libcurl" in mica("predict", "--server", "http://127.0.0.1:9", "--retries", "0", inputs[0])[2]:
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        train_all()
        names = [f"{short}={case(name)[0]}" for short, name in
                 (("digits", "keras3_digits"), ("two", "keras3_functional"), ("both", "keras3_two_outputs"))]
        with Server("table.h5", "columns.h5", "pictures.h5", "texts.h5", *names) as server:
            predictions(server)
            errors(server)
        versions()
        keys()
        hostile()


if __name__ == "__main__":
    main()
