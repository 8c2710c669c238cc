#!/usr/bin/env python3
"""mica data describe, clean, convert, anonymize, split, resample and join of a table that does not fit into the memory they may
have, as CSV, packed, in UTF-16, as JSON Lines: a limit on what a process takes (RLIMIT_DATA), under which a command that holds its table fails."""
import gzip
import json
import os
import subprocess
import sys
import tempfile

from limited import MICA, limited, started

ROWS = 1200000
LIMIT = 130 << 20  # bytes; the table's file has 108 MiB
mica = limited(LIMIT)


def lines(name):
    with open(name, "rb") as f:
        return sum(block.count(b"\n") for block in iter(lambda: f.read(1 << 20), b"")) - 1


def same(a, b):
    with open(a, "rb") as f, open(b, "rb") as g:
        return all(x == g.read(1 << 20) for x in iter(lambda: f.read(1 << 20), b"")) and not g.read(1)


def write_tables():
    with open("small.csv", "w", encoding="utf-8") as f:
        f.write("city,zone\nA,1\nB,2\n")
    piece = "".join(f"{i},{'AB'[i % 3 // 2]},{i * 0.37:.2f},2024-{i % 12 + 1:02d}-{i % 28 + 1:02d},person number {i} of a long list of all of them@example.org,"
                    f"{i % 90}\n" for i in range(100000, 100000 + ROWS // 10))
    with open("large.csv", "w", encoding="utf-8") as f:
        f.write("id,city,price,day,mail,age\n")
        for _ in range(10):
            f.write(piece)
    with gzip.open("large.csv.gz", "wt", compresslevel=1, encoding="utf-8") as f:
        f.write("id,city,price,day,mail,age\n")
        for _ in range(10):
            f.write(piece)
    with open("wide.csv", "w", encoding="utf-16") as f:
        f.write("id,city,price,day,mail,age\n")
        for _ in range(10):
            f.write(piece)
    keys = '{{"id": {}, "city": "{}", "price": {}, "day": "{}", "mail": "{}", "age": {}}}\n'
    lines = "".join(keys.format(*line.split(",")) for line in piece.splitlines())
    with open("large.jsonl", "w", encoding="utf-8") as f:
        for _ in range(10):
            f.write(lines)
    with open("columns.csv", "w", encoding="utf-8") as f:  # 60,000 columns of few texts
        f.write(",".join(f"c{i}" for i in range(60000)) + "\n")
        for i in range(10):
            f.write(",".join(("red", "green", "blue")[(i + k) % 3] for k in range(60000)) + "\n")
    few = "".join(",".join(str((i * k) % 1009 / (1 + k % 3)) for k in range(1, 12)) + f",{'rare' if i % 100 == 7 else 'often'}\n" for i in range(ROWS // 40))
    with open("numbers.csv", "w", encoding="utf-8") as f:
        f.write(",".join(f"n{k}" for k in range(1, 12)) + ",kind\n")
        for _ in range(20):
            f.write(few)
    with open("policy.json", "w", encoding="utf-8") as f:
        json.dump({"columns": {"mail": {"mask": {"last": 4}}, "id": "drop", "age": {"generalise": {"width": 10}}},
                   "quasi_identifiers": ["age", "city"], "k": 5}, f)


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        write_tables()
        probe = started(LIMIT, "convert", "small.csv", "probe.csv")
        if probe.returncode:  # a sanitizer wants more than the limit for itself
            return 77
        assert "memory" in mica("convert", "large.csv", "x.npz", "--target", "age", status=1)  # it holds the table: the limit is one
        columns = {c["name"]: c for c in json.loads(mica("describe", "large.csv", "--json", "--html", "page.html"))["columns"]}
        with open("page.html", encoding="utf-8") as f:
            page = f.read()
        subprocess.run([MICA, "data", "describe", "large.csv", "--html", "held.html"], check=True, stdout=subprocess.DEVNULL)
        assert same("page.html", "held.html") and page.count("<svg") == 6 and "person number 100011" in page
        assert columns["id"]["distinct"] == columns["mail"]["distinct"] == ROWS // 10
        assert columns["id"]["q25"] == 100000 + (ROWS // 10 - 1) * 0.25, columns["id"]
        assert columns["city"]["top"] == "A" and columns["price"]["max"] == round((100000 + ROWS // 10 - 1) * 0.37, 2)
        mica("convert", "columns.csv", "out.csv")
        assert same("out.csv", "columns.csv")
        mica("convert", "large.csv", "copy.csv")
        assert lines("copy.csv") == ROWS
        for other in ("large.csv.gz", "wide.csv", "large.jsonl"):  # packed, another encoding, another format
            mica("convert", other, "out.csv")
            assert same("out.csv", "copy.csv"), other
        mica("clean", "large.csv", "--output", "out.csv", "--letters", "upper", "--repair", "--outliers", "iqr", "--factor", "0.1",
             "--outlier-action", "missing", "--missing", "median")
        assert lines("out.csv") == ROWS
        mica("clean", "large.csv", "--output", "out.csv", "--drop-duplicates", "--subset", "id")
        assert lines("out.csv") == ROWS // 10
        mica("anonymize", "large.csv", "--policy", "policy.json", "--output", "out.csv")
        assert lines("out.csv") == ROWS
        mica("split", "large.csv", "--output", "part", "--stratify", "city")
        assert lines("part-train.csv") == 3 * lines("part-test.csv") == ROWS * 3 // 4
        mica("split", "large.csv", "--output", "timed", "--time", "age")  # another order than the rows'
        test = lines("timed-test.csv")
        assert lines("timed-train.csv") + test == ROWS and abs(test - ROWS // 4) <= ROWS / 90, test  # one age goes into one part
        mica("resample", "large.csv", "--target", "city", "--method", "under", "--output", "out.csv")
        assert lines("out.csv") == ROWS * 2 // 3
        smote = ["resample", "numbers.csv", "--target", "kind", "--method", "smote", "--count", f"rare={ROWS // 200 + 900}", "--output"]
        mica(*smote, "out.csv")  # the rows of the rare class alone are held
        subprocess.run([MICA, "data", *smote, "held.csv"], check=True, stdout=subprocess.DEVNULL)
        assert lines("out.csv") == ROWS // 2 + 900 and same("out.csv", "held.csv")
        mica("join", "large.csv", "small.csv", "--on", "city", "--how", "left", "--output", "out.csv")
        assert lines("out.csv") == ROWS
        mica("join", "large.csv", "small.csv", "--on", "city", "--how", "outer", "--output", "outer.csv")
        assert lines("outer.csv") == ROWS
    return 0


sys.exit(main())
