#!/usr/bin/env python3
"""An encoding that was guessed is said, once, and which a table is in; --encoding silences it."""
import gzip
import json
import os
import subprocess
import tempfile

MICA = os.environ["MICA"]
GUESSED = "the encoding was guessed: gb18030"
TEXT = "姓名,城市,年龄,买\n" + "".join(f"张伟{i},{'北京' if i % 3 else '上海'},{i % 50 + 18},{'是' if i % 2 else '否'}\n" for i in range(60))


def mica(*arguments, status=0, **environment):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", **environment})
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def describe(*arguments):
    done = mica("data", "describe", *arguments, "--json")
    said = json.loads(done.stdout)
    assert said["rows"] == 60, said
    return (said["encoding"], said["encoding_guessed"]), done.stderr


def write(name, data):
    with open(name, "wb") as out:
        out.write(data)


folder = tempfile.TemporaryDirectory(prefix="mica_test_")  # gone at the end
os.chdir(folder.name)
gb, rows = TEXT.encode("gb18030"), [dict(zip("abcd", line.split(","))) for line in TEXT.split()[1:]]
lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("gb18030")
write("gb.csv", gb)
write("gb.csv.gz", gzip.compress(gb))
write("gb.jsonl", lines)
write("gb.jsonl.gz", gzip.compress(lines))
write("utf8.csv", TEXT.encode())
write("utf16.csv", TEXT.encode("utf-16"))
for name in ("gb.csv", "gb.csv.gz", "gb.jsonl", "gb.jsonl.gz"):
    told, said = describe(name)
    assert told == ("gb18030", True) and said.count(GUESSED) == 1 and said.count("\n") == 1 and "--encoding" in said, (name, told, said)
    assert describe(name, "--encoding", "gb18030") == (("gb18030", False), ""), name
    assert describe(name, "--log-level", "error") == (("gb18030", True), ""), name
assert describe("utf8.csv") == (("utf-8", False), "") and describe("utf16.csv") == (("utf-16", False), "")
assert "编码是猜出来的：gb18030" in mica("data", "describe", "gb.csv", LC_ALL="zh_CN.UTF-8").stderr
# every command that reads a table, once a file
write("policy.json", b'{"other_columns": "keep"}')
for arguments in (("convert", "gb.csv", "o.csv"), ("clean", "gb.csv", "--output", "o.csv"), ("resample", "gb.csv", "--target", "买", "--output", "o.csv"),
                  ("split", "gb.csv", "--output", "o"), ("anonymize", "gb.csv", "--policy", "policy.json", "--output", "o.csv"),
                  ("convert", "gb.csv", "o.npz", "--target", "买", "--ignore", "姓名")):
    said = mica("data", *arguments).stderr
    assert said.count(GUESSED) == 1, (arguments, said)
    if "o.npz" not in arguments:
        assert GUESSED not in mica("data", *arguments, "--encoding", "gb18030").stderr, arguments
said = mica("data", "join", "gb.csv", "utf8.csv", "--on", "姓名", "--output", "o.csv").stderr
assert said.count(GUESSED) == 1 and "gb.csv" in said, said
# a recipe says it for good
said = mica("init", "gb.csv", "--target", "买", "--output", "recipe.json").stderr
assert said.count(GUESSED) == 1 and json.load(open("recipe.json"))["data"]["preprocessing"]["encoding"] == "gb18030", said
assert GUESSED not in mica("train", "recipe.json", "--set", "fit.epochs=1").stderr
# how the file was written that trained says nothing about how others are: what they tell goes first
# (mark, UTF-8), then the encoding and separator of the training, and options say otherwise
mica("train", "recipe.json", "--set", "fit.epochs=1", "--set", 'output="m.h5"')
LINES = [json.dumps(dict(zip(TEXT.split()[0].split(","), line.split(",")[:2] + [int(line.split(",")[2])] + line.split(",")[3:])), ensure_ascii=False) for line in TEXT.split()[1:]]
write("utf8.jsonl", "\n".join(LINES).encode())
write("marked.csv", TEXT.encode("utf-8-sig"))
write("semicolons.csv", TEXT.replace(",", ";").encode())
write("semicolons_gb.csv", TEXT.replace(",", ";").encode("gb18030"))
write("big5.csv", TEXT.replace("张伟", "王明").replace("买", "牛").encode("big5", "replace"))


def outputs(*arguments, model="m.h5"):
    done = mica("predict", model, *arguments, "--json")
    return [json.loads(line)["outputs"] for line in done.stdout.splitlines()], done.stderr


wanted = outputs("gb.csv")
assert len(wanted[0]) == 60 and wanted[1] == "", wanted
for name in ("utf8.csv", "utf16.csv", "marked.csv", "utf8.jsonl", "gb.csv.gz", "semicolons.csv", "semicolons_gb.csv"):
    assert outputs(name) == wanted, name
    assert outputs("gb.csv" if "gb" in name else "utf8.csv", "--encoding", "gb18030" if "gb" in name else "utf-8") == wanted
loss = mica("evaluate", "m.h5", "--data", "gb.csv", "--part", "all").stdout
for more in (["utf8.csv"], ["semicolons.csv"], ["utf8.csv", "--encoding", "utf-8", "--separator", ",", "--format", "csv"]):
    assert mica("evaluate", "m.h5", "--data", *more).stdout == loss, more
mica("train", "--model", "m.h5", "--data", "utf8.csv", "--epochs", "1", "--output", "again.h5")
assert outputs("utf8.csv", model="again.h5")[0] == outputs("gb.csv", model="again.h5")[0]
mica("train", "recipe.json", "--data", "utf8.csv", "--epochs", "1", "--output", "again.h5")
# given options are obeyed, and are of tables alone
assert "not UTF-8" in mica("predict", "m.h5", "gb.csv", "--encoding", "utf-8", status=1).stderr
assert "no text in the encoding" in mica("evaluate", "m.h5", "--data", "utf8.csv", "--encoding", "gb18030", status=1).stderr
write("x.ppm", b"P6 1 1 255\n\0\0\0")
assert "--encoding is of tables" in mica("predict", "m.h5", "x.ppm", "--encoding", "utf-8", status=1).stderr
# a model of a file in UTF-8 guesses, and advises what this command has
json.dump({**json.load(open("recipe.json")), "output": "u.h5"}, open("u.json", "w"))
mica("train", "u.json", "--set", 'data.train="utf8.csv"', "--set", "data.preprocessing.encoding=null", "--set", "fit.epochs=1")
said = outputs("gb.csv", model="u.h5")[1]
assert said.count(GUESSED) == 1 and "--encoding" in said, said
assert outputs("gb.csv", "--encoding", "gb18030", model="u.h5")[1] == ""
# of what is neither marked nor UTF-8 the training's encoding is likelier than a guess
write("latin.csv", "größe;art\n".encode("latin-1") + "".join(f"{i},5;{'süß' if i % 2 else 'öd'}\n" for i in range(40)).encode("latin-1"))
json.dump({"model": {"features": {"größe": "string_categorical"}, "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]}, "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1},
           "data": {"train": "latin.csv", "preprocessing": {"target": "art", "encoding": "latin1", "separator": ";"}}, "output": "l.h5"}, open("l.json", "w"))
mica("train", "l.json")
write("latin8.csv", open("latin.csv", encoding="latin-1").read().encode())
assert outputs("latin.csv", model="l.h5") == outputs("latin8.csv", model="l.h5")
