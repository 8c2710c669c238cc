#!/usr/bin/env python3
"""mica data describe beside what pandas says of the same tables (tools/record_tables.py)."""
import glob
import json
import os
import subprocess
import sys

MICA, FOLDER = os.environ["MICA"], os.path.join(os.environ["MICA_SOURCE"], "tests/recorded/tables")
STATISTICS = ("mean", "std", "min", "q25", "q50", "q75", "max")
# What mica calls pandas's dtypes; a whole-number column with missing cells is float64 in pandas.
TYPES = {"int64": ("integer",), "float64": ("number", "integer", "missing"), "bool": ("boolean",),
         "str": ("category", "text"), "object": ("category", "text", "boolean")}


def close(a, b):
    return a is b or a == b or (isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a - b) <= 1e-6 * max(1, abs(a), abs(b)))


def differences(said, wanted):
    if said["rows"] != wanted["rows"]:
        yield f"{said['rows']} rows, expected {wanted['rows']}"
    if [c["name"] for c in said["columns"]] != [c["name"] for c in wanted["columns"]]:
        yield f"columns {[c['name'] for c in said['columns']]}"
    for c, w in zip(said["columns"], wanted["columns"]):
        if c["type"] not in TYPES[w["dtype"]]:
            yield f"{c['name']}: {c['type']} for {w['dtype']}"
        for key in ("missing", "distinct", "top"):
            if c[key] != w[key]:
                yield f"{c['name']}.{key}: {c[key]!r}, expected {w[key]!r}"
        for key in STATISTICS:
            if not close(c[key], w[key]):
                yield f"{c['name']}.{key}: {c[key]!r}, expected {w[key]!r}"


def describe(path):
    done = subprocess.run([MICA, "data", "describe", path, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main():
    failures = 0
    names = sorted(glob.glob(os.path.join(FOLDER, "*.json")))
    assert len(names) >= 7, names
    for name in names:
        path = next(p for p in glob.glob(name[:-5] + ".*") if not p.endswith(".json"))
        with open(name, encoding="utf-8") as f:
            wanted = json.load(f)
        for difference in differences(describe(path), wanted):
            print(f"{os.path.basename(path)}: {difference}", file=sys.stderr)
            failures += 1
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
