#!/usr/bin/env python3
"""mica data of a query of SQLite that does not fit into the memory they may have (RLIMIT_DATA): what they make of it is what they
make of a file of the same rows."""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile

from limited import MICA, limited, started

ROWS = 400000
LIMIT = 110 << 20  # bytes
SPEC = "sqlite:people.db"
mica = limited(LIMIT)


def content(name):
    with open(name, "rb") as f:
        return f.read()


def write_tables():
    db = sqlite3.connect("people.db")
    db.execute("CREATE TABLE people (id INTEGER, city TEXT, price REAL, day TEXT, mail TEXT, age INTEGER)")
    db.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)",
                   ((i, "AB"[i % 3 // 2], round(i * 0.37, 2), f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}",
                     f"person number {i} of a long list of all of them and their mail addresses@example.org",
                     i % 90 if i % 11 else None) for i in range(ROWS)))
    db.commit()
    db.close()
    with open("small.csv", "w", encoding="utf-8") as f:
        f.write("city,zone\nA,1\nB,2\n")
    with open("policy.json", "w", encoding="utf-8") as f:
        json.dump({"columns": {"mail": {"mask": {"last": 4}}, "id": "drop", "age": {"generalise": {"width": 10}}},
                   "quasi_identifiers": ["age", "city"], "k": 5}, f)


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        write_tables()
        probe = started(LIMIT, "convert", SPEC, "probe.csv", "--query", "SELECT 1 AS one")
        if probe.returncode:  # built without SQLite; or a sanitizer wants more than the limit for itself
            return 77
        whole = mica("convert", SPEC, "whole.npz", "--query", "SELECT * FROM people", "--target", "age", status=1)
        assert "memory" in whole, whole  # what holds it fails: the limit is one
        mica("convert", SPEC, "people.csv")
        assert content("people.csv").count(b"\n") == ROWS + 1
        for command, *options in (["convert"], ["clean", "--missing", "median", "--outliers", "iqr", "--outlier-action", "missing"],
                                  ["anonymize", "--policy", "policy.json"], ["join", "small.csv", "--on", "city"],
                                  ["resample", "--target", "city", "--method", "under"]):
            to = [] if command == "convert" else ["--output"]
            first, others = options[:1] if command == "join" else [], options[1:] if command == "join" else options
            mica(command, "people.csv", *first, *to, "file.csv", *others)
            mica(command, SPEC, *first, *to, "query.csv", *others)
            assert content("query.csv") == content("file.csv"), command
        numbers = ["--query", "SELECT " + ", ".join(f"id % {k + 50} AS n{k}" for k in range(12)) +
                   ", CASE id % 100 WHEN 7 THEN 'rare' ELSE 'often' END AS kind FROM people"]
        smote = ["--target", "kind", "--method", "smote", "--count", "rare=5000"]
        mica("resample", SPEC, "--output", "query.csv", *smote, *numbers)
        subprocess.run([MICA, "data", "resample", SPEC, "--output", "held.csv", *smote, *numbers], check=True, stdout=subprocess.DEVNULL)
        assert content("query.csv") == content("held.csv") and content("query.csv").count(b"\n") == ROWS + 1001
        for spec in ("people.csv", SPEC):
            mica("split", spec, "--output", spec[:6], "--stratify", "city")
        for part in ("train", "test"):
            assert content(f"people-{part}.csv") == content(f"{SPEC[:6]}-{part}.csv"), part
        of_query, of_file = (json.loads(mica("describe", spec, "--json")) for spec in (SPEC, "people.csv"))
        assert of_query["rows"] == ROWS and of_query["columns"] == of_file["columns"]
        mica("describe", SPEC, "--html", "page.html")
        subprocess.run([MICA, "data", "describe", SPEC, "--html", "held.html"], check=True, stdout=subprocess.DEVNULL)
        assert content("page.html") == content("held.html")
        told = mica("convert", SPEC, "random.csv", "--query", "SELECT id, mail, random() AS x FROM people", status=1)
        assert "the query gave other rows when it was gone through again" in told, told
        assert not [name for name in os.listdir(".") if name.startswith("random.csv")]
        os.chdir("/")
    return 0


sys.exit(main())
