#!/usr/bin/env python3
"""Tables, and what pandas finds in them: record_tables.py [OUT=tests/recorded/tables]

Writes NAME.csv and NAME.json: for each column pandas's dtype, missing cells, nunique() and describe(include="all").
Wants Python with pandas; the files that are there were made with pandas 3.1.1.
"""
import json
import math
import os
import random
import sys

import pandas

MISSING = ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
           "NULL", "NaN", "None", "n/a", "nan", "null"]


def quoted(text, separator=","):
    special = any(c in text for c in (separator, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if special else text


def lines(names, rows, separator=",", end="\n"):
    return "".join(separator.join(quoted(c, separator) for c in row) + end for row in [names, *rows])


def numbers(r):
    """Integers, decimals, exponents, signs, blanks around them, missing cells, overflow."""
    rows = []
    for i in range(700):
        rows.append([
            str(r.randint(-50, 50)),
            str(r.randint(-2**62, 2**62)),
            r.choice(["", "NA", str(r.randint(0, 9))]) if i else "4",
            f"{r.gauss(3, 2):.{r.randint(0, 15)}f}",
            repr(r.gauss(0, 1) * 10.0 ** r.randint(-300, 300)),
            r.choice([" 12", "7 ", "+3", "-0", "0012", "5", ".5", "1.", "1e3", "2E-2", "inf", "-Infinity"]) if i % 5 == 0 else "1",
            "100" if i < 650 else "1.5",
            str(2**63 + r.randint(0, 9)) + "0" if i == 300 else str(i),
            "NA",
        ])
    return lines(["small", "wide", "holes", "decimal", "exponent", "spelled", "late", "large", "none"], rows)


def missing(r):
    rows = [[m, m, str(i), "x"] for i, m in enumerate(MISSING)] + [["5", "word", "1", "NAN"], ["5", "word", "2", " NA"],
                                                                    ["6", "other", "3", "nil"], ["7", "NA ", "4", "x"]]
    return lines(["number", "text", "index", "near"], rows)


def texts(r):
    words = ["a,b", 'say "hi"', "two\nlines", "plain", "Ärger", "中文", " blank before", "tab\there", "\r\n", "'", "NA2", "1,5"]
    rows = [[r.choice(words), r.choice(["True", "False"]), r.choice(["TRUE", "false", "x"]), str(r.random()) + "é"] for _ in range(400)]
    return lines(["word", "flag", "mixed", "unique"], rows)


def ties(r):
    rows = [["b", "True"], ["a", "False"], ["a", "False"], ["b", "True"], ["c", "NA"], ["", "NA"]]
    return lines(["t", "f"], rows)


def windows(r):
    return "\ufeff" + lines(["id", "id", "", "x"], [[str(i), r.choice("uvw"), str(i / 4), "q" + str(i % 3)] for i in range(90)], end="\r\n")


def blank_lines(r):
    return "\n\n" + lines(["a", "b"], [["1", "x"]]) + "\n   \n\t\n" + "2,y\n\r\n3,z"


def tabs(r):
    return lines(["a", "b, c", "d"], [[str(i), f"{i},{i}", r.choice(["x", "y y"])] for i in range(50)], "\t")


def infinities(r):
    """Where a mean is one, where there is none, and what quantiles beside one are."""
    columns = {"half": ["2.5", "inf"], "both": ["inf", "nan", "-inf", "-0"], "least": ["-inf", "1", "2", "3"], "all": ["inf", "inf"], "one": ["-Infinity"],
               "last": ["1", "2", "inf", "3", "4"], "upper": ["1", "2", "3", "inf", "inf", "inf"], "sides": ["-inf", "-inf", "5", "inf", "inf"],
               "many": [r.choice(["1", "2.5", "7"]) for _ in range(30)] + ["inf"]}
    longest = max(map(len, columns.values()))
    return lines(list(columns), [[c[i] if i < len(c) else "" for c in columns.values()] for i in range(longest)])


def plain(value):
    """As JSON has it: None for what there is not, "inf" and "-inf"."""
    if isinstance(value, float) and math.isinf(value):
        return str(float(value))
    if value is None or (isinstance(value, float) and not math.isfinite(value)) or value is pandas.NaT or value is pandas.NA:
        return None
    return value.item() if hasattr(value, "item") else value


def describe(path, separator):
    table = pandas.read_csv(path, sep=separator)
    columns = []
    for name in table:
        column = table[name]
        said = column.to_frame().describe(include="all")[name]
        get = lambda key: plain(said.get(key))
        columns.append({"name": name, "dtype": str(column.dtype), "missing": int(column.isna().sum()), "distinct": int(column.nunique()),
                        "mean": get("mean"), "std": get("std"), "min": get("min"), "q25": get("25%"), "q50": get("50%"),
                        "q75": get("75%"), "max": get("max"), "top": get("top")})
        if type(columns[-1]["top"]) is int:
            columns[-1]["top"] = str(said["top"])  # whole numbers of more than 64 bits are texts
    return {"pandas": pandas.__version__, "rows": len(table), "columns": columns}


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../tests/recorded/tables")
    os.makedirs(out, exist_ok=True)
    for make in (numbers, missing, texts, ties, windows, blank_lines, tabs, infinities):
        name = make.__name__
        path = os.path.join(out, name + (".tsv" if name == "tabs" else ".csv"))
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(make(random.Random(name)))
        with open(os.path.join(out, name + ".json"), "w", encoding="utf-8") as f:
            json.dump(describe(path, "\t" if name == "tabs" else ","), f, indent=1, ensure_ascii=False)
            f.write("\n")


if __name__ == "__main__":
    main()
