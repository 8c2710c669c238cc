#!/usr/bin/env python3
"""mica data clean, join, split, resample: what they make, what they say, what they refuse. Beside pandas,
scikit-learn and imbalanced-learn on random tables: tests/interop/test_made_tables.py."""
import collections
import csv
import json
import math
import os
import random
import subprocess
import sys
import tempfile

MICA = os.environ["MICA"]


def mica(*arguments, status=0, stderr=False):
    done = subprocess.run([MICA, "data", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stderr if status or stderr else done.stdout


def write(name, text):
    with open(name, "w", encoding="utf-8", newline="") as f:
        f.write(text)


def read(name):
    with open(name, encoding="utf-8", newline="") as f:
        return f.read()


def rows(name):
    with open(name, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        for check in (check_texts, check_repair, check_missing, check_duplicates_and_outliers, check_rules, check_clean_errors,
                      check_joins, check_join_errors, check_splits, check_folds, check_samples, check_resample):
            check()
        os.chdir("/")
    return 0


# ---- clean ----

def clean(text, *options, status=0):
    write("t.csv", text)
    said = mica("clean", "t.csv", "--output", "c.csv", "--json", *options, status=status)
    return said if status else (read("c.csv"), json.loads(said))


def check_texts():
    made, said = clean('a,b\n" x  y ",ＡＢＣ　ｱｶﾞﾊﾟ￥\nX y,straße\n', "--trim", "--spaces", "--width", "--letters", "lower")
    assert made == "a,b\nx y,abc アガパ¥\nx y,straße\n", made
    assert [c["texts"] for c in said["columns"]] == [2, 1], said
    assert clean("a\nÀé\nδЖ\n", "--letters", "upper")[0] == "a\nÀÉ\nΔЖ\n"
    made, said = clean("n,t\n1,?\n-,b\n3,-\n", "--na-value", "-", "--na-value", "?")
    assert made == "n,t\n1,\n,b\n3,\n" and said["columns"][0]["type"] == "integer" and said["columns"][0]["type_before"] != "integer", (made, said)


def check_repair():
    def column(values, *options):
        made, said = clean("i,x\n" + "".join(f'{i},"{v}"\n' for i, v in enumerate(values)), "--repair", "--column", "x", *options)
        return [r["x"] for r in csv.DictReader(made.splitlines())], said["columns"][1]
    for values, wanted, type_ in [
            (["1,234.50", "2,000", "7", "(50)", "-3"], ["1234.5", "2000", "7", "-50", "-3"], "number"), (["1.234,5", "2.000", "0,5"], ["1234.5", "2000", "0.5"], "number"),
            (["1,234", "2,000,000"], ["1234", "2000000"], "integer"), (["12 %", "7.5%", "３％"], ["0.12", "0.075", "0.03"], "number"), (["5‰", "1%", "0"], ["0.005", "0.01", "0"], "number"),
            (["€5", "€1,5", "3"], ["5", "1.5", "3"], "number"), (["3 ¥", "￥4", "20元"], ["3", "4", "20"], "integer"), (["1 234", "12\u00a0345,5", "7"], ["1234", "12345.5", "7"], "number"),
            (["1'234", "2’000.5"], ["1234", "2000.5"], "number"), (["−5", "1,5"], ["-5", "1.5"], "number"),
            (["5.3.2024", "24.12.2023"], ["2024-03-05", "2023-12-24"], "date"), (["3/25/2024", "1/2/2024"], ["2024-03-25", "2024-01-02"], "date"),
            (["25/3/2024 10:30", "1/2/2024"], ["2024-03-25T10:30:00", "2024-02-01T00:00:00"], "date"), (["Mar 5 2024", "december 24th, 2023", "5-Mar-2024", "5 March 2024", "1. Sept. 2024", "2024-Mar-06", "2024-03-07"],
             ["2024-03-05", "2023-12-24", "2024-03-05", "2024-03-05", "2024-09-01", "2024-03-06", "2024-03-07"], "date"),
            (["3/25/2024 2:05 PM", "1/2/2024 12:05:30 am", "1/3/2024, 12 p.m."], ["2024-03-25T14:05:00", "2024-01-02T00:05:30", "2024-01-03T12:00:00"], "date"),
            (["20240305", "20231231"], ["2024-03-05", "2023-12-31"], "date"), (["20240305", "2024-03-06", "7.3.2024"], ["2024-03-05", "2024-03-06", "2024-03-07"], "date"),
            (["yes", "No", "Yes"], ["True", "False", "True"], "boolean"), (["是", "否"], ["True", "False"], "boolean")]:
        found, said = column(values)
        assert said["type"] == type_ and said["repaired"] == len(values), (values, said)
        assert found == wanted or (type_ == "date" and [f[:10] for f in found] == [w[:10] for w in wanted]), (values, found)
    for values in (["1,5", "2.5"], ["1/2/2024", "3/4/2024"], ["yes", "yes"], ["12,34,5", "1"], ["1.2.3", "4"], ["abc", "1,5"], ["0,123.4,5", "1"], ["31.2.2024", "1.1.2024"]):
        found, said = column(values)
        assert found == values and said["repaired"] == 0 and said["type"] in ("text", "category"), (values, found, said)
    assert column(["1,234", "5,678"], "--decimal", ",")[0] == ["1.234", "5.678"]
    assert column(["1/2/2024", "3/4/2024"], "--date-order", "dmy")[0] == ["2024-02-01", "2024-04-03"]
    found, said = column(["1,5", "2,5", "x"])
    assert said["unrepaired"] == 1 and found[2] == "x"
    def given_up(values, type_, cells, others, row, reason, hint, *options):
        found, said = column(values, *options)
        assert found == values and said["repaired"] == 0 and said["unrepaired"] == others, (found, said)
        assert said["given_up"] == {"type": type_, "cells": cells, "others": others, "row": row, "reason": reason, "hint": hint}, said
    missing = "--unrepaired missing"
    given_up(["5.3.2024", "unknown", "25.12.2024"], "date", 2, 1, 2, "others are something else", missing)
    given_up(["2024-03-05", "2024-03-06", "2024-02-30"], "date", 2, 1, 3, "others are something else", missing)  # no day of the calendar
    given_up(["20240305", "20240306", "20240230"], "date", 2, 1, 3, "others are something else", missing)
    given_up(["12 %", "5", "7", "3", "1"], "number", 4, 1, 1, "some are percent, others plain numbers", missing)
    given_up(["12 %", "5"], "number", 1, 1, 1, "some are percent, others plain numbers", "")
    given_up(["$5", "€5"], "number", 2, 0, None, "they are of different currencies", "", "--unrepaired", "missing")
    given_up(["1,5", "2.5"], "number", 2, 0, None, "some have a point before the fraction, others a comma", "--decimal")
    given_up(["1/2/2024", "3/4/2024"], "date", 2, 0, None, "nothing tells whether the day or the month comes first", "--date-order")
    given_up(["yes", "yes"], "boolean", 2, 0, None, "all are the same truth value", "")
    assert column(["7", "8", "x"])[1]["given_up"] == {"type": "number", "cells": 2, "others": 1, "row": 3, "reason": "others are something else", "hint": missing}
    for values in (["a", "b", "1"], ["12345678", "87654321"], ["17", "20240305", "5"], ["18991231", "21010101"]):
        assert column(values)[1]["given_up"] is None and column(values)[0] == values, values
    assert column(["12 %", "5", "7", "0", "1"], "--unrepaired", "missing")[0] == ["", "5", "7", "0", "1"]
    assert column(["12 %", "5 %", "7", "0"], "--unrepaired", "missing")[0] == ["0.12", "0.05", "", "0"]
    assert column(["2024-03-05", "2024-03-06", "2024-02-30"], "--unrepaired", "missing")[0] == ["2024-03-05", "2024-03-06", ""]
    assert column(["20240305", "20240306", "0"], "--unrepaired", "missing")[0] == ["2024-03-05", "2024-03-06", ""]
    for text in ("13:05 PM", "0:05 AM", "2:05 XM", "PM"):
        given_up(["1/26/2024 2:05 PM", f"1/25/2024 {text}", "1/27/2024"], "date", 2, 1, 2, "others are something else", missing)
    write("r.csv", "d\n5.3.2024\nunknown\n25.12.2024\n")
    text = mica("clean", "r.csv", "--output", "c.csv", "--repair")
    assert "d: stays text: 2 of 3 cells could be date, but others are something else (the first in row 2): see --unrepaired missing\n" in text, text
    found, said = column(["1,5", "2,5", "x"], "--unrepaired", "missing")
    assert found == ["1.5", "2.5", ""] and (said["repaired"], said["unrepaired"], said["given_up"]) == (2, 1, None)


def check_missing():
    table = "i,x,t,b,d\n1,0.5,b,True,2024-01-01\n,,,,\n4,1.5,a,True,2024-01-03\n6,,b,False,\n"
    def last(*options):
        made, said = clean(table, *options)
        return made.splitlines()[2], said
    # Texts and truth values have no mean: among all columns they stay, as by pandas' numeric_only.
    assert last("--missing", "mean")[0] == "3.6666666666666665,1,,,2024-01-02"
    notes = mica("clean", "t.csv", "--output", "c.csv", "--missing", "mean", stderr=True)
    assert "warning: clean: texts and truth values have no mean and no median: 2 missing cells stay in t, b (most_frequent or constant fill them)" in notes, notes
    assert "have no mean" not in mica("clean", "t.csv", "--output", "c.csv", "--missing", "most_frequent", stderr=True)
    assert "have no mean" not in mica("clean", "t.csv", "--output", "c.csv", "--missing", "mean", "--column", "[ixd]", stderr=True)
    line, said = last("--missing", "median")
    assert line == "4,1,,,2024-01-02" and [c["fill"] for c in said["columns"]] == ["4", "1", None, None, "2024-01-02"], (line, said)
    assert [c["missing"] for c in said["columns"]] == [0, 0, 1, 1, 0]
    assert [c["filled"] for c in said["columns"]] == [1, 2, 0, 0, 2] and said["columns"][0]["type"] == "integer"
    assert last("--missing", "most_frequent")[0] == "1,0.5,b,True,2024-01-01"
    assert last("--missing", "forward_fill")[0] == "1,0.5,b,True,2024-01-01"
    made, said = clean(table, "--missing", "drop")
    assert made.count("\n") == 3 and said["dropped"]["missing"] == 2 and said["rows_written"] == 2
    assert last("--missing", "constant", "--fill-text", "2020-02-02", "--column", "d")[0] == ",,,,2020-02-02"
    assert last("--missing", "constant", "--fill-value", "1", "--column", "[ixtb]")[0] == "1,1,missing,True,"
    assert clean("a,b\n1,\n2,\n", "--missing", "mean")[0] == "a,b\n1,\n2,\n"
    assert clean("a,b\n1,\n2,\n", "--missing", "constant")[0] == "a,b\n1,0\n2,0\n"
    assert clean("a,b\n1,z\n2,\n3,a\n", "--missing", "most_frequent")[0] == "a,b\n1,z\n2,a\n3,a\n"


def check_duplicates_and_outliers():
    table = "a,b\n1,x\n1,x\n2,y\n1,x\n1,z\n"
    assert clean(table, "--drop-duplicates")[0] == "a,b\n1,x\n2,y\n1,z\n"
    assert clean(table, "--drop-duplicates", "--keep", "none")[0] == "a,b\n2,y\n1,z\n"
    assert clean(table, "--drop-duplicates", "--subset", "a", "--keep", "last")[0] == "a,b\n2,y\n1,z\n"
    numbers = "x\n" + "\n".join(map(str, [1, 2, 3, 4, 5, 6, 7, 100])) + "\n"
    made, said = clean(numbers, "--outliers", "iqr")  # quartiles 2.75 and 6.25
    assert made.splitlines()[-1] == "11.5" and said["columns"][0]["outliers"] == 1, made
    made, said = clean(numbers, "--outliers", "iqr", "--outlier-action", "drop")
    assert made.splitlines()[-1] == "7" and said["dropped"]["outliers"] == 1 and said["rows_written"] == 7
    assert clean(numbers, "--outliers", "z_score", "--factor", "2", "--outlier-action", "missing", "--missing", "median")[0].splitlines()[-1] == "4"
    assert clean(numbers, "--outliers", "z_score")[1]["columns"][0]["outliers"] == 0
    # Quartiles that are one number tell nothing of the others: the column stays, and is warned of.
    rare = "x,c,y\n" + "".join(f"{9 if i % 11 == 0 else 0},7,{i % 10}\n" for i in range(99)) + "0,7,500\n"
    for action in ("clip", "drop", "missing"):
        write("rare.csv", rare)
        said = mica("clean", "rare.csv", "--output", "made.csv", "--outliers", "iqr", "--outlier-action", action, stderr=True)
        assert "x (0, 9 cells are other)" in said and " c (" not in said and " y (" not in said, said
        made = [line.split(",") for line in open("made.csv").read().split()[1:]]
        assert sum(row[0] == "9" for row in made) == 9 and all(row[1] == "7" for row in made), (action, made)
        assert not any(row[2] == "500" for row in made), action
    said = mica("clean", "rare.csv", "--output", "made.csv", "--outliers", "z_score", stderr=True)
    assert "warning" not in said and all(line.split(",")[1] == "7" for line in open("made.csv").read().split()[1:])


def check_rules():
    write("r.json", json.dumps({"a": {"missing": "constant", "fill_value": -1}, "t": {"letters": "upper"}}))
    made, said = clean("a,b,t\n1,1,x\n,,y\n3,3,\n", "--rules", "r.json", "--missing", "mean")
    assert made == "a,b,t\n1,1,X\n-1,2,Y\n3,3,\n", made
    made, _ = clean("a,b,t\n1,1,x\n,,y\n3,3,\n", "--rules", "r.json", "--column", "b", "--missing", "mean")
    assert made == "a,b,t\n1,1,X\n-1,2,Y\n3,3,\n", made
    text = mica("clean", "t.csv", "--output", "c.csv", "--missing", "mean")
    assert text.startswith("c.csv: 3 rows of 3 (dropped: 0 duplicates, 0 with outliers, 0 with missing cells)\ncolumn") and "\nb " in text, text


def check_clean_errors():
    table = "age,d\n1,2024-01-01\n,\n"
    for options, message in [(("--missing", "meen"), "unknown missing 'meen' (did you mean 'mean'?)"), (("--column", "agee"), "clean: column: unknown column 'agee' (did you mean 'age'?)"),
                             (("--drop-duplicates", "--subset", "x"), "subset: unknown column 'x'"), (("--missing", "constant", "--column", "d"), 'column d: fill_text is "missing", expected a date')]:
        assert message in clean(table, *options, status=1), options
    for rules, message in [({"agee": {}}, "rules: unknown column 'agee' (did you mean 'age'?)"), ({"age": {"mising": "mean"}}, "column age: unknown option 'mising' (did you mean 'missing'?)"),
                           ({"age": 3}, "column age: an integer, expected an object"), ([], "expected an object of columns")]:
        write("r.json", json.dumps(rules))
        assert message in clean(table, "--rules", "r.json", status=1), rules
    # A mean of texts that is asked for by name is refused, as by scikit-learn's SimpleImputer.
    texts = "age,city,ok\n1,Oslo,True\n,,\n"
    for options, message in [(("--column", "city", "--missing", "median"), "t.csv: clean: column city: missing median of a column of texts, expected numbers or dates"),
                             (("--column", "ok", "--missing", "mean"), "column ok: missing mean of a column of truth values")]:
        assert message in clean(texts, *options, status=1), options
    write("r.json", '{"city": {"missing": "mean"}}')
    assert "column city: missing mean of a column of texts" in clean(texts, "--rules", "r.json", status=1)
    assert clean(texts, "--column", "c*", "--missing", "mean")[0] == texts
    write("r.json", '{"e": {"missing": "mean"}}')
    assert "mean of a column without a cell" in clean("a,e\n1,\n", "--rules", "r.json", status=1)
    assert "expected --output OUT.csv" in mica("clean", "t.csv", status=2)


# ---- join ----

def check_joins():
    write("l.csv", "id,city,v\n1,a,10\n2,b,20\n,c,30\n2,d,40\n")
    write("r.csv", "v,id,w\n1,2,x\n2,,y\n3,5,z\n4,2,q\n")
    def join(*options):
        said = json.loads(mica("join", "l.csv", "r.csv", "--output", "j.csv", "--json", *options))
        return read("j.csv"), said
    made, said = join("--on", "id")
    assert made == "id,city,v_x,v_y,w\n2,b,20,1,x\n2,b,20,4,q\n,c,30,2,y\n2,d,40,1,x\n2,d,40,4,q\n", made
    assert (said["rows_written"], said["both"], said["left_only"], said["right_only"]) == (5, 5, 0, 0)
    assert join("--on", "id", "--missing-apart")[0] == "id,city,v_x,v_y,w\n2,b,20,1,x\n2,b,20,4,q\n2,d,40,1,x\n2,d,40,4,q\n"
    assert join("--on", "id", "--how", "left", "--suffixes", ",_r")[0] == "id,city,v,v_r,w\n1,a,10,,\n2,b,20,1,x\n2,b,20,4,q\n,c,30,2,y\n2,d,40,1,x\n2,d,40,4,q\n"
    assert join("--on", "id", "--how", "right")[0] == "id,city,v_x,v_y,w\n2,b,20,1,x\n2,d,40,1,x\n,c,30,2,y\n5,,,3,z\n2,b,20,4,q\n2,d,40,4,q\n"
    made, said = join("--on", "id", "--how", "outer", "--indicator")
    assert made == ("id,city,v_x,v_y,w,_merge\n1,a,10,,,left_only\n2,b,20,1,x,both\n2,b,20,4,q,both\n2,d,40,1,x,both\n2,d,40,4,q,both\n"
                    "5,,,3,z,right_only\n,c,30,2,y,both\n"), made
    assert (said["both"], said["left_only"], said["right_only"]) == (5, 1, 1)
    made, _ = join("--left-on", "v,city", "--right-on", "v,w", "--how", "left")
    assert made.splitlines()[0] == "id_x,city,v,id_y,w", made
    assert "4 rows of 4 and 4: 0 in both, 4 only left, 0 only right" in mica("join", "l.csv", "r.csv", "--on", "v", "--how", "left", "--output", "j.csv")
    write("f.csv", "id,u\n2.0,yes\n2.5,no\n")
    mica("join", "l.csv", "f.csv", "--on", "id", "--output", "j.csv")
    assert read("j.csv") == "id,city,v,u\n2,b,20,yes\n2,d,40,yes\n", read("j.csv")
    write("one.csv", "id,n\n1,a\n1,b\n")
    mica("join", "l.csv", "one.csv", "--on", "id", "--validate", "one_to_many", "--how", "outer", "--output", "j.csv", status=1)


def check_join_errors():
    for options, message in [(("--on", "idd"), "left table: unknown column 'idd' (did you mean 'id'?)"), (("--on", "city"), "right table: unknown column 'city'"),
                             (("--on", "id", "--how", "iner"), "unknown how 'iner' (did you mean 'inner'?)"),
                             (("--left-on", "city", "--right-on", "id"), "the key city is text left and integer right, which are never equal"),
                             (("--on", "id", "--validate", "many_to_one"), "validate many_to_one: the key of data row 4 of the right table is there twice"),
                             (("--on", "id", "--suffixes", "a"), "1 suffixes, expected 2"), (("--left-on", "id,v", "--right-on", "id"), "keys of 2 columns left and 1 right")]:
        said = mica("join", "l.csv", "r.csv", "--output", "no.csv", *options, status=1)
        assert message in said and not os.path.exists("no.csv"), (options, said)
    assert "expected --on KEY" in mica("join", "l.csv", "r.csv", "--output", "no.csv", status=2)


# ---- split ----

def people(count):
    return "id,y,g,t\n" + "".join(f"{i},{'abb'[i % 3]},{i // 4},2024-{1 + i * 7 % 12:02d}-{1 + i % 28:02d}\n" for i in range(count))


def parts(*options):
    said = json.loads(mica("split", "p.csv", "--output", "s", "--json", *options))
    return {p["part"]: rows(p["path"]) for p in said["parts"]}, said["parts"]


def check_splits():
    write("p.csv", people(101))
    p, said = parts()
    assert [len(p["train"]), len(p["test"])] == [75, 26] and [s["path"] for s in said] == ["s-train.csv", "s-test.csv"]
    assert sorted(int(r["id"]) for q in p.values() for r in q) == list(range(101)) and [int(r["id"]) for r in p["test"]] == sorted(int(r["id"]) for r in p["test"])
    assert parts()[0] == p and parts("--seed", "1")[0] != p
    p, _ = parts("--test-fraction", "0.2", "--validation-fraction", "0.1", "--stratify", "y")
    assert {k: len(v) for k, v in p.items()} == {"train": 69, "validation": 11, "test": 21}
    assert collections.Counter(r["y"] for r in p["test"]) == {"a": 7, "b": 14} and abs(collections.Counter(r["y"] for r in p["validation"])["a"] - 11 / 3) < 1
    p, _ = parts("--groups", "g", "--validation-fraction", "0.25")
    groups = [{r["g"] for r in q} for q in p.values()]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2] and [len(g) for g in groups] == [12, 7, 7], groups
    p, said = parts("--groups", "g", "--stratify", "y", "--test-fraction", "0.2", "--validation-fraction", "0.2")
    groups = [{r["g"] for r in q} for q in p.values()]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2] and sum(len(q) for q in p.values()) == 101
    for s in said:
        there = p[s["part"]]
        assert s["classes"] == collections.Counter(r["y"] for r in there) and abs(s["share"] - len(there) / 101) < 1e-9, s
        assert abs(s["share"] - (0.6 if s["part"] == "train" else 0.2)) < 0.03 and abs(s["classes"]["a"] / len(there) - 34 / 101) < 0.07, s
    said = mica("split", "p.csv", "--output", "s", "--groups", "g", "--stratify", "y")
    assert "s-test.csv: " in said and " %: b 6" in said and ", a 3" in said, said
    p, _ = parts("--time", "t", "--validation-fraction", "0.1")
    times = [[r["t"] for r in p[k]] for k in ("train", "validation", "test")]
    assert times[0][-1] <= times[1][0] and times[1][-1] <= times[2][0] and sum(times, []) == sorted(sum(times, []))
    check_times()
    p, _ = parts("--no-shuffle", "--test-fraction", "0.1")
    assert [int(r["id"]) for r in p["test"]] == list(range(90, 101))
    p, _ = parts("--train-fraction", "0.5")
    assert len(p["train"]) == 50 and len(p["test"]) == 51
    for options, message in [(("--stratify", "why"), "stratify: unknown column 'why'"), (("--time", "y"), "column y is category, expected dates or numbers"),
                             (("--time", "t", "--groups", "g"), "expected one of them"),
                             (("--test-fraction", "0.6", "--train-fraction", "0.6"), "the fractions are 1.2 together"), (("--stratify", "id"), "a class has 1 row only"),
                             (("--by-class",), "of a table: --stratify COLUMN")]:
        assert message in mica("split", "p.csv", "--output", "s", *options, status=1), options
    assert "--folds goes without" in mica("split", "p.csv", "--output", "s", "--folds", "3", "--test-fraction", "0.2", status=2)


def check_times():
    """Rows of one time belong to one part, in splits and in folds."""
    def split(times, *options, status=0):
        write("e.csv", "t\n" + "".join(f"{t}\n" for t in times))
        said = mica("split", "e.csv", "--output", "e", "--time", "t", "--json", *options, status=status)
        return said if status else [[r["t"] for r in rows(p["path"])] for p in json.loads(said)["parts"]]
    assert split([3, 1, 2, 2, 2, 1, 4, 2], "--test-fraction", "0.5") == [["1", "1"], ["2", "2", "2", "2", "3", "4"]]  # 4 and 4: the nearer end, 2 rows before
    assert split([1, 1, 1, 2, 3, 4], "--test-fraction", "0.6") == [["1", "1", "1"], ["2", "3", "4"]]  # 2 and 4: one row behind
    assert split([1, 1, 2, 2, 3, 3], "--test-fraction", "0.17", "--validation-fraction", "0.17") == [["1", "1"], ["2", "2"], ["3", "3"]]
    days = [f"2024-01-{d:02d}" for d in range(1, 11) for _ in range(7)]
    random.Random(1).shuffle(days)
    for options in (["--test-fraction", "0.33", "--validation-fraction", "0.2"], ["--folds", "4"], ["--folds", "9"]):
        made = split(days, *options)
        step = 3 if "--validation-fraction" in options else 2
        for at in range(0, len(made), step):
            for earlier, later in zip(made[at:at + step], made[at + 1:at + step]):
                assert earlier and later and max(earlier) < min(later), (options, earlier[-1], later[0])
    assert sum(map(len, split(days, "--test-fraction", "0.33"))) == 70
    assert "split: time: no row is left for the test part" in split([1, 2, 2, 2], "--test-fraction", "0.25", status=1)
    assert "no row is left" in split([5, 5, 5, 5], status=1)


def check_folds():
    said = json.loads(mica("split", "p.csv", "--output", "k", "--folds", "4", "--stratify", "y", "--groups", "g", "--json"))
    tests = [rows(p["path"]) for p in said["parts"] if p["part"] == "test"]
    assert len(tests) == 4 and said["parts"][0]["path"] == "k-fold0-train.csv" and sorted(int(r["id"]) for t in tests for r in t) == list(range(101))
    assert not any({r["g"] for r in a} & {r["g"] for r in b} for a in tests for b in tests if a is not b)
    said = json.loads(mica("split", "p.csv", "--output", "k", "--folds", "3", "--time", "t", "--json"))
    assert [p["rows"] for p in said["parts"]] == [26, 25, 51, 25, 76, 25], said
    for fold in range(3):
        assert rows(f"k-fold{fold}-train.csv")[-1]["t"] <= rows(f"k-fold{fold}-test.csv")[0]["t"]
    assert "102 folds of 101 rows" in mica("split", "p.csv", "--output", "k", "--folds", "102", status=1)


def check_samples():
    for name in ("cat", "dog"):
        os.makedirs(f"pictures/{name}")
        for i in range(4):
            with open(f"pictures/{name}/{i}.ppm", "wb") as f:
                f.write(b"P6 1 1 255\n" + bytes([i, 0, 0]))
    said = json.loads(mica("split", "pictures", "--output", "pic", "--by-class", "--json"))
    assert [p["rows"] for p in said["parts"]] == [6, 2], said
    files = rows("pic-train.csv") + rows("pic-test.csv")
    assert sorted(r["path"] for r in files) == sorted(f"pictures/{c}/{i}.ppm" for c in ("cat", "dog") for i in range(4)), files
    assert all(r["path"].startswith("pictures/" + r["class"] + "/") for r in files) and {r["class"] for r in rows("pic-test.csv")} == {"cat", "dog"}
    mica("convert", "p.csv", "p.npz", "--target", "y", "--ignore", "t")
    said = json.loads(mica("split", "p.npz", "--output", "n", "--validation-fraction", "0.1", "--by-class", "--json"))
    assert {p["path"]: p["rows"] for p in said["parts"]} == {"n-validation.npz": 11, "n-train.npz": 64, "n-test.npz": 26}, said
    assert json.loads(mica("describe", "n-test.npz", "--json"))["rows"] == 26
    assert "--by-class stratifies samples" in mica("split", "p.npz", "--output", "n", "--stratify", "y", status=1)


# ---- resample ----

def check_resample():
    write("b.csv", "x,n,y\n" + "".join(f"{i / 8:g},{i * i},{'rare' if i % 5 == 0 else 'often'}\n" for i in range(50)))
    old = rows("b.csv")
    def resample(*options):
        said = json.loads(mica("resample", "b.csv", "--target", "y", "--output", "o.csv", "--json", *options))
        return rows("o.csv"), {c["class"]: c["after"] for c in said["classes"]}
    made, after = resample()
    assert after == {"often": 40, "rare": 40} == dict(collections.Counter(r["y"] for r in made)) and made[:50] == old and all(r in old for r in made)
    made, after = resample("--method", "under")
    assert after == {"often": 10, "rare": 10} and [r for r in old if r in made] == made
    assert resample("--ratio", "0.5")[1] == {"often": 40, "rare": 20} and resample("--count", "rare=13")[1] == {"often": 40, "rare": 13}
    made, after = resample("--method", "smote", "--neighbors", "3")
    assert after == {"often": 40, "rare": 40} and made[:50] == old
    points = [(float(r["x"]), float(r["n"])) for r in old if r["y"] == "rare"]
    for r in made[50:]:
        x, n = float(r["x"]), float(r["n"])
        assert r["y"] == "rare" and n == int(n), r
        lines = [(a, b) for a in points for b in points if a[0] <= x <= b[0]]
        assert any(a == b or abs(n - (a[1] + (x - a[0]) / (b[0] - a[0]) * (b[1] - a[1]))) <= 0.51 for a, b in lines), r
    assert resample("--method", "smote")[0] == resample("--method", "smote")[0] != resample("--method", "smote", "--seed", "1")[0]
    write("c.csv", "x,t,y\n1,a,p\n2,b,q\n3,,q\n")
    for options, message in [(("--method", "smote"), "smote: column t is text, expected numbers"), (("--count", "z=4"), "no row of y is of that class"), (("--count", "p"), "expected CLASS=N")]:
        assert message in mica("resample", "c.csv", "--target", "y", "--output", "o.csv", *options, status=1), options
    for options, message in [(("--method", "over", "--count", "often=3"), "resample: 3 rows of class often wanted of 40; 'over' makes them more"),
                             (("--method", "under", "--count", "rare=11"), "resample: 11 rows of class rare wanted of 10; 'under' makes them fewer")]:
        assert message in mica("resample", "b.csv", "--target", "y", "--output", "o.csv", *options, status=1), options
    write("d.csv", "x,y\n1,p\n,q\n3,q\n")
    assert "column x: data row 2 is missing" in mica("resample", "d.csv", "--target", "y", "--method", "smote", "--output", "o.csv", status=1)
    assert "target x: data row 2 is missing" in mica("resample", "d.csv", "--target", "x", "--output", "o.csv", status=1)
    assert math.isclose(sum(resample("--count", "rare=50", "--count", "often=60")[1].values()), 110)


if __name__ == "__main__":
    sys.exit(main())
