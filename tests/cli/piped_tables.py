#!/usr/bin/env python3
"""mica data COMMAND -: a table from standard input is as the same one from a file, whatever format it
is in, and leaves nothing behind."""
import gzip
import json
import lzma
import os
import subprocess
import tempfile
import zipfile

MICA = os.environ["MICA"]
ROWS = [{"name": f"Person {i}", "city": ("Berlin", "上海", "Rome")[i % 3], "age": i % 50 + 18, "buys": ("yes", "no")[i % 4 == 0]} for i in range(90)]
COLUMNS = list(ROWS[0])
TEXT = "\n".join([",".join(COLUMNS)] + [",".join(str(r[c]) for c in COLUMNS) for r in ROWS]) + "\n"
LINES = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in ROWS)


def mica(*arguments, data=b"", status=0, **environment):
    done = subprocess.run([MICA, "data", *arguments], input=data, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", **environment})
    said = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == status, (arguments, done.returncode, said)
    return said


def write(name, data):
    with open(name, "wb") as out:
        out.write(data)


def read(name):
    with open(name, "rb") as file:
        return file.read()


folder = tempfile.TemporaryDirectory(prefix="mica_test_")  # gone at the end
os.chdir(folder.name)
os.mkdir("spool")
os.environ["TMPDIR"] = os.path.join(os.getcwd(), "spool")
write("t.csv", TEXT.encode())
write("policy.json", b'{"columns": {"name": "drop", "age": {"generalise": {"width": 10}}}, "other_columns": "keep", "quasi_identifiers": ["age"], "k": 2}')
write("cities.csv", "city,land\nBerlin,DE\n上海,CN\n".encode())

# every format, found by what is in it
wanted = json.loads(mica("describe", "t.csv", "--json")[0])
for data in (TEXT.encode(), TEXT.replace(",", "\t").encode(), TEXT.replace(",", ";").encode(), LINES.encode(), b"\xef\xbb\xbf" + TEXT.encode(),
             TEXT.encode("utf-16"), LINES.encode("utf-16"), gzip.compress(TEXT.encode()), gzip.compress(LINES.encode()),
             TEXT.encode("gb18030"), LINES.encode("gb18030"), gzip.compress(LINES.encode("gb18030"))):
    said = json.loads(mica("describe", "-", "--json", data=data)[0])
    assert said["columns"] == wanted["columns"] and said["rows"] == 90, said
done = subprocess.run([MICA, "data", "describe", "-", "--json"], input=lzma.compress(TEXT.encode()), capture_output=True, check=False)
assert json.loads(done.stdout).get("code") == "UNSUPPORTED" or json.loads(done.stdout)["columns"] == wanted["columns"], done.stderr
assert json.loads(mica("describe", "-", "--json", "--encoding", "big5", data=TEXT.encode("big5"))[0])["columns"] == wanted["columns"]
assert json.loads(mica("describe", "-", "--json", "--format", "csv", "--no-header", data=b"{1\n{2\n")[0])["rows"] == 2

# every command, as from the file
for command, *options in (("clean", "--drop-duplicates"), ("anonymize", "--policy", "policy.json"), ("resample", "--target", "buys"), ("convert",)):
    def made(spec, name, data=b""):
        where = [name] if command == "convert" else ["--output", name]
        mica(command, spec, *where, *options, data=data)
        return read(name)
    assert made("t.csv", "a.csv") == made("-", "b.csv", TEXT.encode()), command
for spec in ("t.csv", "-"):
    mica("split", spec, "--output", "file" if spec == "t.csv" else "piped", "--test-fraction", "0.2", data=TEXT.encode())
    mica("convert", spec, "file.npz" if spec == "t.csv" else "piped.npz", "--target", "buys", "--ignore", "name", data=TEXT.encode())
for part in ("train", "test"):
    assert read(f"file-{part}.csv") == read(f"piped-{part}.csv") and len(read(f"file-{part}.csv")) > 100
with zipfile.ZipFile("file.npz") as a, zipfile.ZipFile("piped.npz") as b:
    assert a.namelist() == b.namelist() and all(a.read(n) == b.read(n) for n in a.namelist())
mica("join", "t.csv", "cities.csv", "--on", "city", "--output", "a.csv")
mica("join", "-", "cities.csv", "--on", "city", "--output", "b.csv", data=TEXT.encode())
mica("join", "t.csv", "-", "--on", "city", "--output", "c.csv", data=read("cities.csv"))
assert read("a.csv") == read("b.csv") == read("c.csv")
mica("describe", "-", "--html", "page.html", data=TEXT.encode())
assert b"standard input" in read("page.html")

# what is wrong says so of standard input
for arguments, data, words in (((("describe", "-")), b"", "standard input: it is empty"),
                               (("describe", "-"), b"a,b\n1,2\n1,2,3\n", "standard input:3:"),
                               (("describe", "-"), b'{"a": 1}\n{"a"\n', "standard input:2:"),
                               (("describe", "-", "--text-column", "c"), b"a,b\n1,2\n", "standard input: "),
                               (("clean", "-", "--output", "x.csv", "--column", "c"), b"a,b\n1,2\n", "standard input: "),
                               (("describe", "-"), read("file.npz"), "standard input: arrays of NumPy or a ZIP, expected a table"),
                               (("join", "-", "-", "--on", "a", "--output", "x.csv"), b"a,b\n1,2\n", "standard input: it can be read once"),
                               (("convert", "-", "x.npz", "--target", "c"), b"a,b\n1,2\n", "standard input: ")):
    said = mica(*arguments, data=data, status=1)[1]
    assert words in said and "/proc" not in said, (arguments, said)
said = mica("describe", "-", data=TEXT.encode(), status=1, TMPDIR="/nowhere")[1]
assert "temporary file in /nowhere: make" in said, said
assert not os.listdir("spool")
done = subprocess.run([MICA, "init", "-"], input=TEXT.encode(), capture_output=True, check=False)
assert done.returncode == 1 and b"standard input: a recipe names its data" in done.stderr, done.stderr
