#!/usr/bin/env python3
"""Queries of SQLite as tables, beside what Python's sqlite3 reads of the same file."""
import csv
import hashlib
import json
import math
import os
import sqlite3
import subprocess
import sys
import tempfile

MICA = os.environ["MICA"]


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def says(text, *arguments):
    said = mica(*arguments, status=1)
    assert text in said, f"mica {' '.join(arguments)} says\n{said}expected: {text}"


def columns(*arguments):
    found = json.loads(mica("data", "describe", *arguments, "--json"))
    return found["rows"], {c["name"]: c for c in found["columns"]}


ROWS = [(1, 1.5, "2024-03-05", "red", "7", 1, None), (2, None, "2024-03-06", "蓝, \"blue\"", "8", 2.5, None),
        (-9223372036854775807, 1e300, None, "red", "-1", "x", None), (4, 0.1, "2024-12-31", "red\nnext", None, None, None),
        (5, -0.0, "2024-03-05", "red", "12", 3, None)]


def make(path, encoding):
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA encoding = '{encoding}'")
    db.execute("CREATE TABLE things (id INTEGER, weight REAL, day TEXT, colour TEXT, digits TEXT, mixed, empty)")
    db.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
    db.commit()
    db.close()


def same(text, value):
    if value is None or isinstance(value, str):
        return text == (value or "")
    if isinstance(value, int):
        return int(text) == value
    return float(text) == value and (math.copysign(1, float(text)) == math.copysign(1, value))


def cells_are_those_of_sqlite(path):
    db = sqlite3.connect(path)
    for query in ("SELECT id, weight, day, colour, digits FROM things", "SELECT count(*) AS n, colour FROM things GROUP BY 2",
                  "WITH t AS (SELECT id * 2.5 AS x FROM things WHERE id < 5) SELECT x FROM t ORDER BY x DESC; -- the end"):
        mica("data", "convert", f"sqlite:{path}", "out.csv", "--query", query)
        with open("out.csv", encoding="utf-8", newline="") as f:
            found = list(csv.reader(f))
        cursor = db.execute(query)
        assert found[0] == [c[0] for c in cursor.description], found[0]
        wanted = cursor.fetchall()
        assert len(found) == len(wanted) + 1
        for row, want in zip(found[1:], wanted):
            assert all(same(text, value) for text, value in zip(row, want)), (row, want)
    db.close()


def types_are_found_by_looking(path):
    rows, found = columns(f"sqlite:{path}")
    assert rows == 5
    types = {name: c["type"] for name, c in found.items()}
    assert types == {"id": "integer", "weight": "number", "day": "date", "colour": "text", "digits": "integer",
                     "mixed": "text", "empty": "missing"}, types
    assert [found[c]["missing"] for c in ("weight", "day", "digits", "mixed", "empty")] == [1, 1, 1, 1, 5]
    assert found["day"]["max"] == "2024-12-31" and found["id"]["min"] == float(-9223372036854775807)
    assert found["digits"]["mean"] == 6.5


def errors():
    db = sqlite3.connect("two.db")
    db.executescript("CREATE TABLE a (x); CREATE TABLE \"b c\" (y); INSERT INTO a VALUES (x'00ff');"
                     "INSERT INTO \"b c\" VALUES (5), (NULL), (7)")
    db.close()
    spec = "sqlite:two.db"
    with open("two.db", "rb") as f:
        before = hashlib.sha256(f.read()).digest()
    assert columns(spec, "--table", "b c")[0] == 3
    says("its tables are: a, b c", "data", "describe", spec)
    says("row 1, column 'x': a BLOB", "data", "describe", spec, "--table", "a")
    says("no such table: absent", "data", "describe", spec, "--table", "absent")
    says("near \"SELEC\"", "data", "describe", spec, "--query", "SELEC 1")
    says("the query gives no rows", "data", "describe", spec, "--query", "DROP TABLE a")
    says("the query gives no rows", "data", "describe", spec, "--query", "ATTACH 'other.db' AS o")
    says("the query writes", "data", "describe", spec, "--query", "DELETE FROM a RETURNING x")
    says("more than one query", "data", "describe", spec, "--query", "SELECT 1; SELECT 2")
    says("the query is empty", "data", "describe", spec, "--query", " ; ")
    says("both given", "data", "describe", spec, "--query", "SELECT 1", "--table", "a")
    says("sqlite has no passwords", "data", "describe", spec, "--table", "b c", "--password-file", "two.db")
    says("of files, not of queries", "data", "describe", spec, "--encoding", "gb18030")
    says("of databases", "data", "describe", "out.csv", "--query", "SELECT 1")
    says("absent.db", "data", "describe", "sqlite:absent.db")
    assert not os.path.exists("absent.db") and not os.path.exists("other.db")
    with open("text.db", "w", encoding="utf-8") as f:
        f.write("a,b\n1,2\n" * 100)
    says("not a database", "data", "describe", "sqlite:text.db")
    db = sqlite3.connect("bytes.db")
    db.execute("CREATE TABLE t AS SELECT CAST(x'ff61' AS TEXT) AS x")
    db.commit()
    db.close()
    says("row 1, column 'x': a text that is not UTF-8", "data", "describe", "sqlite:bytes.db")
    with open("two.db", "rb") as f:
        assert before == hashlib.sha256(f.read()).digest()
    assert columns("sqlite:two.db", "--query", "SELECT y, y AS y FROM \"b c\" WHERE 0") == (0, {
        name: c for name, c in columns("sqlite:two.db", "--query", "SELECT y, y AS y FROM \"b c\" WHERE 0")[1].items()})


def everywhere():
    db = sqlite3.connect("flowers.db")
    db.execute("CREATE TABLE flowers (length REAL, width REAL, kind TEXT)")
    db.executemany("INSERT INTO flowers VALUES (?, ?, ?)",
                   [(i % 7 + (i % 2) * 9, i % 5, "rose" if i % 2 else "tulip") for i in range(200)])
    db.commit()
    db.close()
    with open("query.sql", "w", encoding="utf-8") as f:
        f.write("-- what is learned\nSELECT length, width, kind FROM flowers\n")
    mica("data", "convert", "sqlite:flowers.db", "x.npz", "--query-file", "query.sql", "--target", "kind")
    benched = json.loads(mica("data", "bench", "sqlite:flowers.db", "--query", "SELECT length FROM flowers", "--json"))
    assert benched["samples"] == 200
    recipe = {"model": {"input": [2], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
              "data": {"train": "sqlite:../flowers.db",
                       "preprocessing": {"query": "SELECT length, width, kind FROM flowers", "target": "kind", "test_split": 0.2},
                       "test": "csv:sqlite:../flowers.db"},
              "compile": {"optimizer": {"adam": {"learning_rate": 0.1}}, "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
              "fit": {"epochs": 20, "batch_size": 16}}
    os.mkdir("recipes")
    with open("recipes/recipe.json", "w", encoding="utf-8") as f:
        json.dump(recipe, f)
    trained = json.loads(mica("train", "recipes/recipe.json", "--output", "flowers.h5", "--json").splitlines()[-1])
    with open("flowers.h5.run/recipe.json", encoding="utf-8") as f:
        assert json.load(f)["data"]["train"] == "sqlite:../flowers.db"
    found = json.loads(mica("evaluate", "flowers.h5", "--data", "sqlite:flowers.db", "--json"))
    assert found["accuracy"] > 0.9, found
    # The fifth that was held back, as the query on the card gives the rows that trained.
    assert abs(found["loss"] - trained["evaluate"]["loss"]) < 1e-6, (found, trained)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("probe.db", "wb"):
            pass
        probe = subprocess.run([MICA, "data", "describe", "sqlite:probe.db"], capture_output=True, text=True, check=False)
        if "built without SQLite" in probe.stderr:
            print("skipped: this build has no SQLite")
            return 77
        for encoding in ("UTF-8", "UTF-16le", "UTF-16be"):
            make(f"{encoding}.db", encoding)
            cells_are_those_of_sqlite(f"{encoding}.db")
            types_are_found_by_looking(f"{encoding}.db")
        errors()
        everywhere()
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
