#!/usr/bin/env python3
"""Lists of files of class folders, as mica data split writes them, are data: init, train, evaluate."""
import csv
import json
import os
import subprocess
import tempfile

MICA = os.environ["MICA"]


def mica(*arguments, status=0, folder="."):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def make(folder, classes, ending, content, count=36):
    for i in range(count):
        below = f"{folder}/{classes[i % len(classes)]}" + ("/deep" if i % 5 == 0 else "")
        os.makedirs(below, exist_ok=True)
        with open(f"{below}/{i:02}{',x' if i == 7 else ''}{ending}", "wb") as out:
            out.write(content(i))


def picture(i):
    return b"P6 4 4 255\n" + bytes((i * k * 7) % 256 for k in range(48))


def text(i):
    return f"{'good kind warm' if i % 2 else 'bad cold sad'} number {i}".encode()


os.chdir(tempfile.mkdtemp())
CLASSES = ["NA", "cup", "eye"]  # a class may be called as a missing cell is
make("pics", CLASSES, ".ppm", picture)
os.makedirs("lists/deep")
mica("data", "split", "pics", "--output", "lists/deep/p", "--validation-fraction", "0.2", "--by-class")
parts = {part: rows(f"lists/deep/p-{part}.csv") for part in ("train", "validation", "test")}
listed = [row for part in parts.values() for row in part[1:]]
assert all(part[0] == ["path", "class"] for part in parts.values()) and len(listed) == 36
for path, name in listed:  # from the list's own folder
    assert os.path.isfile(f"lists/deep/{path}") and path.startswith(f"../../pics/{name}/"), path

# init knows them and the parts beside them; the classes and their order are those of the folders
said = mica("init", "lists/deep/p-train.csv", "--output", "r.json").stderr
recipe = json.load(open("r.json", encoding="utf-8"))
assert "p-validation.csv validates" in said and recipe["data"]["test"] == "lists/deep/p-test.csv", said
mica("train", "r.json", "--set", "fit.epochs=1")
card = json.loads(mica("card", "r.h5", "--json").stdout)
assert card["classes"] == CLASSES, card["classes"]
measured = json.loads(mica("evaluate", "r.h5", "--data", "lists/deep/p-test.csv", "--json").stdout)
assert measured["measured"]["samples"] == len(parts["test"]) - 1

# a list of all files is the folder: the same training, number for number
with open("all.csv", "w", encoding="utf-8", newline="") as out:
    csv.writer(out).writerows([["path", "class"]] + sorted([f"pics/{path.split('pics/')[1]}", name] for path, name in listed)[::-1])
with open("away.csv", "w", encoding="utf-8", newline="") as out:  # absolute paths, a mark, CR LF
    out.write("\ufeff")
    csv.writer(out).writerows([["path", "class"]] + [[os.path.abspath(f"lists/deep/{path}"), name] for path, name in listed])


def trained(data, folder="."):
    small = {"model": {"input": [8, 8, 3], "layers": ["Flatten", {"Dense": {"units": 3, "activation": "softmax"}}]},
             "data": {"train": data, "validation_split": 0.25}, "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"},
             "fit": {"epochs": 1}, "seed": 4, "output": "s.h5"}
    with open("s.json", "w", encoding="utf-8") as out:
        json.dump(small, out)
    mica("train", os.path.abspath("s.json"), folder=folder)
    with open("s.h5", "rb") as file:
        assert file.read()
    return mica("evaluate", "s.h5", "--data", "pics", "--part", "all").stdout


wanted = trained("pics")
assert trained("all.csv") == trained("away.csv") == trained("all.csv", "lists") == wanted

# chosen classes, and what no list may be
chosen = dict(json.load(open("s.json", encoding="utf-8")), data={"train": "all.csv", "preprocessing": {"class_names": ["eye", "cup"]}}, output="c.h5")
chosen["model"]["layers"][1]["Dense"]["units"] = 2
with open("c.json", "w", encoding="utf-8") as out:
    json.dump(chosen, out)
mica("train", "c.json")
assert json.loads(mica("card", "c.h5", "--json").stdout)["classes"] == ["eye", "cup"]
with open("cat.csv", "w", encoding="utf-8") as out:
    out.write("path,class\npics/cup/01.ppm,cup\npics/eye/02.ppm,cat\n")
error = mica("evaluate", "r.h5", "--data", "cat.csv", status=1).stderr
assert "cat.csv" in error and "'cat'" in error, error
with open("short.csv", "w", encoding="utf-8") as out:
    out.write("path,class\npics/cup/01.ppm,cup\npics/eye/02.ppm,\n")
assert "short.csv:3: expected a path and a class" in mica("init", "short.csv", status=1).stderr
assert "2 rows" in mica("data", "describe", "short.csv").stdout  # it is a table as well

# texts and broken files
make("notes", ["good", "bad"], ".txt", text)
mica("data", "split", "notes", "--output", "n")
assert rows("n-train.csv")[1][0].startswith("notes/")
mica("init", "n-train.csv", "--output", "n.json")
mica("train", "n.json", "--set", "fit.epochs=1")
for name in ("cup", "eye"):
    with open(f"pics/{name}/broken.ppm", "wb") as out:
        out.write(b"x")
assert "max_broken" in mica("data", "split", "pics", "--output", "b", status=1).stderr
assert "2 files are broken" in mica("data", "split", "pics", "--output", "b", "--max-broken", "0.1").stderr
assert not any("broken" in path for path, _ in rows("b-train.csv") + rows("b-test.csv"))
