#!/usr/bin/env python3
"""Tables of random cells: pandas and `mica data describe` find the same rows, missing cells and distinct values."""
import json
import random

import pandas
from harness import mica, run, test

LETTERS = ["a", "b", '"', ",", "\n", " ", "1", "2", ".", "-", "N", "A", "é", "\r\n", "e", ""]


def any_cell(r):
    kind = r.random()
    if kind < 0.3:
        return str(r.randint(-99, 99))
    if kind < 0.4:
        return repr(r.gauss(0, 1))
    if kind < 0.5:
        return r.choice(["", "NA", "nan", "True", "False", "NULL"])
    return "".join(r.choice(LETTERS) for _ in range(r.randint(0, 6)))


CELLS = {"integer": lambda r: str(r.randint(0, 5)), "number": lambda r: r.choice(["1.5", "2", "NA", "-3e2"]), "any": any_cell}


def quoted(r, cell):
    if any(c in cell for c in ',"\n\r') or r.random() < 0.15:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def random_csv(r):
    kinds = [r.choice(list(CELLS)) for _ in range(r.randint(1, 6))]
    end = r.choice(["\n", "\r\n"])
    rows = [",".join(f"c{i}" for i in range(len(kinds)))]
    rows += [",".join(quoted(r, CELLS[k](r)) for k in kinds) for _ in range(r.randint(0, 60))]
    text = end.join(rows) + end
    return text.rstrip("\r\n") if r.random() < 0.3 else text


def same(said, table):
    assert said["rows"] == len(table), (said["rows"], len(table))
    for column in said["columns"]:
        wanted = table[column["name"]]
        assert column["missing"] == wanted.isna().sum(), (column, wanted)
        assert column["distinct"] == wanted.nunique(), (column, wanted)
        if column["type"] in ("integer", "number") and wanted.notna().any():
            assert abs(column["mean"] - wanted.mean()) <= 1e-9 * max(1, abs(wanted.mean())), column


@test
def random_tables_are_read_as_pandas_reads_them():
    for seed in range(80):
        with open("random.csv", "w", newline="", encoding="utf-8") as f:
            f.write(random_csv(random.Random(seed)))
        try:
            table = pandas.read_csv("random.csv")
        except pandas.errors.ParserError:
            mica("data", "describe", "random.csv", "--separator", ",", status=1)
            continue
        same(json.loads(mica("data", "describe", "random.csv", "--json", "--separator", ",")), table)


if __name__ == "__main__":
    run()
