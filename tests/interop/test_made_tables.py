#!/usr/bin/env python3
"""Tables that mica makes of random tables: joins as pandas.merge's, cleaning as pandas's and scikit-learn's."""
import csv
import json
import random
import unicodedata

import numpy
import pandas
from harness import mica, run, test
from sklearn.impute import SimpleImputer


def keys(r, kind, rows):
    made = {"integer": lambda: r.choice(["", "1", "2", "3", "-7"]), "text": lambda: r.choice(["", "a", "B", "é", "x y"]),
            "number": lambda: r.choice(["1", "2.5", "3", ""]), "date": lambda: r.choice(["2024-01-05", "2023-12-31", ""])}[kind]
    return [made() for _ in range(rows)]


def table(r, name, kinds):
    rows = r.randint(1, 25)
    columns = {f"k{i}": keys(r, kind, rows) for i, kind in enumerate(kinds)}
    columns["v"] = [str(r.randint(0, 9)) for _ in range(rows)]
    columns[name] = [r.choice(["p", "q", "r s"]) for _ in range(rows)]
    order = list(columns)
    r.shuffle(order)
    with open(f"{name}.csv", "w", encoding="utf-8") as f:
        f.write(",".join(order) + "\n" + "".join(",".join(columns[c][i] for c in order) + "\n" for i in range(rows)))
    return pandas.read_csv(f"{name}.csv", parse_dates=[c for i, c in enumerate(f"k{i}" for i in range(len(kinds))) if kinds[i] == "date"])


def cells(frame):
    def plain(v):
        if pandas.isna(v):
            return None
        if isinstance(v, pandas.Timestamp):
            return v.strftime("%Y-%m-%d")
        return float(v) if isinstance(v, (int, float, numpy.number)) else v
    return [[plain(v) for v in row] for row in frame.itertuples(index=False)]


@test
def joins_are_those_of_pandas():
    r = random.Random(8)
    for case in range(150):
        kinds = [r.choice(["integer", "text", "number", "date"]) for _ in range(r.randint(1, 3))]
        left, right = table(r, "l", kinds), table(r, "r", kinds)
        on, how = [f"k{i}" for i in range(len(kinds))], r.choice(["inner", "left", "right", "outer"])
        try:
            wanted = pandas.merge(left, right, on=on, how=how, indicator=True)
        except (ValueError, TypeError) as error:  # columns that are missing throughout
            print("left out:", error)
            continue
        if how == "outer":  # pandas puts missing dates first, other missing keys last
            wanted = wanted.sort_values(on, kind="stable", na_position="last")
        said = json.loads(mica("data", "join", "l.csv", "r.csv", "--on", ",".join(on), "--how", how, "--indicator", "--output", "j.csv", "--json"))
        assert said["rows_written"] == len(wanted)
        found = pandas.read_csv("j.csv", parse_dates=[c for c, k in zip(on, kinds) if k == "date"], dtype={"_merge": str})
        assert list(found.columns) == list(wanted.columns), (case, list(found.columns), list(wanted.columns))
        assert cells(found) == cells(wanted.astype({"_merge": str})), (case, how, kinds, found, wanted)


@test
def cleaning_is_that_of_pandas_and_scikit_learn():
    r = random.Random(3)
    for case in range(60):
        rows = r.randint(4, 40)
        frame = pandas.DataFrame({"i": [r.choice([None, 1, 2, 3, 100]) for _ in range(rows)], "x": [r.choice([None, r.gauss(0, 1), 0.5, 40.0]) for _ in range(rows)],
                                  "t": [r.choice([None, "a", "b", "c d"]) for _ in range(rows)]})
        frame.iloc[0] = [1, 0.5, "b"]
        frame.to_csv("t.csv", index=False)
        how = r.choice(["mean", "median", "most_frequent", "forward_fill", "drop"])
        keep = r.choice(["first", "last", "none"])
        mica("data", "clean", "t.csv", "--output", "c.csv", "--missing", how, "--drop-duplicates", "--keep", keep)
        wanted = pandas.read_csv("t.csv").drop_duplicates(keep=False if keep == "none" else keep)
        if how == "drop":
            wanted = wanted.dropna()
        elif how == "forward_fill":
            wanted = wanted.ffill()
        elif len(wanted):
            for name in wanted:
                if name == "t" and how != "most_frequent":
                    continue  # texts have no mean: they stay missing
                strategy = how
                column = wanted[[name]].astype(object if name == "t" else float)
                if column[name].notna().any():
                    missing = None if name == "t" else numpy.nan
                    column = column.where(column.notna(), missing)
                    wanted[name] = SimpleImputer(strategy=strategy, missing_values=missing).fit_transform(column)[:, 0]
        found = pandas.read_csv("c.csv")
        close = [[b if isinstance(a, float) and isinstance(b, float) and abs(a - b) <= 1e-9 * max(1, abs(b)) else a for a, b in zip(f, w)]
                 for f, w in zip(cells(found), cells(wanted))]
        assert len(found) == len(wanted) and close == cells(wanted), (case, how, keep, found, wanted)


@test
def outliers_are_clipped_as_by_pandas():
    r = numpy.random.default_rng(5)
    for case in range(20):
        x = pandas.DataFrame({"a": r.normal(size=50), "b": r.exponential(size=50) * 10})
        x.iloc[3, 0], x.iloc[7, 1] = 50.0, numpy.nan
        x.to_csv("x.csv", index=False)
        for method, factor in (("z_score", 2.0), ("iqr", 1.5)):
            if method == "z_score":
                low, high = x.mean() - factor * x.std(ddof=0), x.mean() + factor * x.std(ddof=0)
            else:
                q1, q3 = x.quantile(0.25), x.quantile(0.75)
                low, high = q1 - factor * (q3 - q1), q3 + factor * (q3 - q1)
            mica("data", "clean", "x.csv", "--output", "c.csv", "--outliers", method, "--factor", str(factor))
            assert numpy.allclose(pandas.read_csv("c.csv"), x.clip(low, high, axis=1), rtol=1e-12, equal_nan=True), (case, method)
            mica("data", "clean", "x.csv", "--output", "c.csv", "--outliers", method, "--factor", str(factor), "--outlier-action", "drop")
            inside = ~((x < low) | (x > high)).any(axis=1)
            assert numpy.allclose(pandas.read_csv("c.csv"), x[inside], rtol=1e-12, equal_nan=True), (case, method)


@test
def letters_and_widths_are_those_of_python():
    letters = [chr(c) for c in [*range(0xC0, 0x250), *range(0x370, 0x530), *range(0x531, 0x557), *range(0x1E00, 0x1F00), *range(0xFF21, 0xFF5B)] if unicodedata.category(chr(c))[0] == "L"]
    with open("letters.csv", "w", encoding="utf-8") as f:
        f.write("i,x\n" + "".join(f"{i},{c}\n" for i, c in enumerate(letters)))
    common = {c for c in letters if ord(c) < 0x180 or 0x386 <= ord(c) <= 0x3CE or 0x400 <= ord(c) < 0x530 or 0x531 <= ord(c) < 0x557 or ord(c) >= 0x1E00} - set("\u0130\u0131\u0138\u0149\u017f\u00df\u00b5\u0390\u03b0\u1e9b")
    for case, python in (("lower", str.lower), ("upper", str.upper)):
        mica("data", "clean", "letters.csv", "--letters", case, "--output", "c.csv")
        found = pandas.read_csv("c.csv", keep_default_na=False)["x"]
        for c, made in zip(letters, found):
            wanted = python(c)
            assert made == wanted or made == c and (c not in common or len(wanted) > 1), (c, hex(ord(c)), made, wanted)
    signs = [chr(c) for c in [*range(0xFF01, 0xFF5F), *range(0xFF61, 0xFFA0), 0x3000, 0xFFE0, 0xFFE1, 0xFFE2, 0xFFE4, 0xFFE5, 0xFFE6]]
    signs += [a + b for a in "ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾊﾋﾌﾍﾎﾏﾜｦ" for b in "ﾞﾟ"]
    with open("signs.csv", "w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([["i", "x"]] + [[i, f"<{c}>"] for i, c in enumerate(signs)])
    mica("data", "clean", "signs.csv", "--width", "--output", "c.csv")
    for c, made in zip(signs, pandas.read_csv("c.csv", keep_default_na=False)["x"]):
        assert made == f"<{unicodedata.normalize('NFKC', c)}>", (c, made)


if __name__ == "__main__":
    run()
