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
