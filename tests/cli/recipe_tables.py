#!/usr/bin/env python3
"""Recipes that say what is done with a table before it trains: data.join, data.clean,
data.filter; and in which order the rows come."""
import csv
import json
import os
import random
import subprocess
import sys
import tempfile

MICA = os.environ["MICA"]


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, list(rows[0]))
        out.writeheader()
        out.writerows(rows)


def read(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def recipe(output, train="orders.csv", preprocessing=None, **data):
    """A number from the columns; of a fixed seed, so that equal data make equal models."""
    tree = {"model": {"input": [len(preprocessing["features"])],
                      "layers": ["Normalization", {"Dense": {"units": 1}}]},
            "data": {"train": train, "preprocessing": {"target": "y", **preprocessing}, **data},
            "compile": {"optimizer": {"adam": {"learning_rate": 0.05}}, "loss": "mse", "metrics": ["mae"]},
            "fit": {"epochs": 2}, "seed": 4, "output": output, "run_folder": False}
    with open("r.json", "w", encoding="utf-8") as f:
        json.dump(tree, f)


def trained(status=0):
    said = mica("train", "r.json", "--json", status=status)
    return epochs_of(said) if status == 0 else said


def epochs_of(said):
    return [{k: v for k, v in e.items() if "seconds" not in k} for e in json.loads(said.strip().split("\n")[-1])["epochs"]]


def predicted(model, path):
    return [json.loads(line)["outputs"][0][0] for line in mica("predict", model, path, "--json").splitlines()]


def card(model):
    return json.loads(mica("card", model, "--json"))


# ---- joins ----

JOIN = {"with": "customers.csv", "on": "customer", "how": "left"}
JOINED = {"features": ["amount", "age", "region"], "impute": "mean"}


def test_join_is_that_of_data_join():
    """The same model as of the table that mica data join writes, of each way of joining."""
    for how in ("inner", "left", "right", "outer"):
        mica("data", "join", "orders.csv", "customers.csv", "--on", "customer", "--how", how, "--output", "both.csv")
        options = {**JOINED, "missing_target": "drop"}
        recipe("joined.h5", preprocessing=options, join=[{**JOIN, "how": how}], validation_split=0.2)
        epochs = trained()
        recipe("both.h5", "both.csv", options, validation_split=0.2)
        assert trained() == epochs, how
        assert card("joined.h5")["table"]["columns"] == card("both.h5")["table"]["columns"], how
        assert card("joined.h5")["table"]["joined"] == ["age", "region"], how


def test_several_joins():
    """One after the other: the second by a column that the first brought; names that differ."""
    recipe("m.h5", join=[JOIN, {"with": "regions.tsv", "left_on": "region", "right_on": "name", "how": "left"}],
           preprocessing={"features": ["amount", "age", "tax"], "impute": "mean"})
    trained()
    assert card("m.h5")["table"]["joined"] == ["age", "region", "name", "tax"]
    orders, customers = read("new.csv"), {c["customer"]: c for c in read("customers.csv")}
    tax = {r["name"]: r["tax"] for r in csv.DictReader(open("regions.tsv", encoding="utf-8"), delimiter="\t")}
    for o in orders:
        c = customers.get(o["customer"], {"age": "", "region": ""})
        o.update(age=c["age"], tax=tax.get(c["region"], ""))
    write("told.csv", orders)
    assert predicted("m.h5", "new.csv") == predicted("m.h5", "told.csv")


def test_prediction_answers_each_row():
    """Joined again, or as the caller joined; an inner join leaves no row out then."""
    recipe("m.h5", preprocessing=JOINED, join=[{**JOIN, "how": "inner"}])
    trained()
    new = read("new.csv")
    said = predicted("m.h5", "new.csv")
    assert len(said) == len(new) and len({o["customer"] for o in new} - {c["customer"] for c in read("customers.csv")})
    mica("data", "join", "new.csv", "customers.csv", "--on", "customer", "--how", "left", "--output", "new_joined.csv")
    assert predicted("m.h5", "new_joined.csv") == said
    os.rename("customers.csv", "away.csv")
    try:
        assert predicted("m.h5", "new_joined.csv") == said
        error = mica("predict", "m.h5", "new.csv", status=1)
    finally:
        os.rename("away.csv", "customers.csv")
    assert "lacks age, region" in error and "customers.csv" in error, error
    # which of two rows would be meant is not known
    customers = read("customers.csv")
    write("customers.csv", customers + customers[:1])
    try:
        error = mica("predict", "m.h5", "new.csv", status=1)
    finally:
        write("customers.csv", customers)
    assert "many_to_one" in error and "right table is there twice" in error, error


def test_evaluation_joins_too():
    recipe("m.h5", join=[JOIN], test="orders.csv", preprocessing={**JOINED, "test_split": 0.3})
    said = json.loads(mica("train", "r.json", "--json").strip().split("\n")[-1])["evaluate"]
    again = json.loads(mica("evaluate", "m.h5", "--data", "orders.csv", "--json"))
    assert again["mae"] == said["mae"], (again, said)


def test_recipe_elsewhere():
    """Paths of the recipe are relative to it; the recipe of a run can be run again."""
    os.mkdir("sub")
    with open("r.json", encoding="utf-8") as f:
        tree = json.load(f)
    tree["data"]["train"], tree["data"]["join"] = "../orders.csv", {**JOIN, "with": "../customers.csv"}
    tree["data"].pop("test")
    tree.update(output="sub/m.h5", run_folder=True)
    with open("sub/r.json", "w", encoding="utf-8") as f:
        json.dump(tree, f)
    first = epochs_of(mica("train", "sub/r.json", "--json"))
    run = json.load(open("sub/m.h5.run/recipe.json", encoding="utf-8"))
    assert os.path.samefile(os.path.join("sub/m.h5.run", run["data"]["preprocessing"]["join"]["with"]), "customers.csv")
    assert epochs_of(mica("train", "sub/m.h5.run/recipe.json", "--json", "--output", "again.h5")) == first


def test_join_errors():
    for join, words in (({"on": "customer"}, "with must be given"), ({"with": "customers.csv", "on": "custmer"}, "customer"),
                        ({"with": "customers.csv", "on": "customer", "hwo": "left"}, "how"), ("customers.csv", "join is"),
                        ({"with": "no.csv", "on": "customer"}, "no.csv"),
                        ({"with": "customers.csv", "on": "customer", "how": "lft"}, "left")):
        recipe("m.h5", preprocessing=JOINED, join=join)
        error = trained(status=1)
        assert words in error and "orders.csv" in error, (join, error)


# ---- cleaning ----

def cleaned(model):
    table = card(model)["table"]["clean"]
    return {c["name"]: c for c in table["columns"]}, table["left_out"]


def test_clean_is_that_of_data_clean():
    """Without rows for validation all rows train, and the table is that of mica data clean."""
    for options, words in (({"missing": "median", "outliers": "iqr"}, ["--missing", "median", "--outliers", "iqr"]),
                           ({"missing": "mean", "outliers": "z_score", "factor": 2},
                            ["--missing", "mean", "--outliers", "z_score", "--factor", "2"]),
                           ({"missing": "drop", "outliers": "iqr", "outlier_action": "drop"},
                            ["--missing", "drop", "--outliers", "iqr", "--outlier-action", "drop"]),
                           ({"missing": "forward_fill"}, ["--missing", "forward_fill"]),
                           ({"missing": "constant", "fill_value": 3}, ["--missing", "constant", "--fill-value", "3"])):
        columns = {"features": ["a", "b"]}
        recipe("m.h5", "dirty.csv", {**columns}, clean={**options, "trim": True, "repair": True, "drop_duplicates": True})
        epochs = trained()
        mica("data", "clean", "dirty.csv", *words, "--trim", "--repair", "--drop-duplicates", "--column", "a", "--column", "b",
             "--output", "clean.csv")
        recipe("c.h5", "clean.csv", columns)
        assert trained() == epochs, options


def test_rare_flags_are_no_outliers():
    """Both quartiles of `a` are 0: nothing is learned of it, and that is said; `b` is clipped."""
    write("rare.csv", [{"a": 9 if i % 12 == 0 else 0, "b": 1000 if i == 5 else i % 10, "y": random.random()} for i in range(120)])
    recipe("m.h5", "rare.csv", {"features": ["a", "b"]}, clean={"outliers": "iqr"}, validation_split=0.2)
    said = subprocess.run([MICA, "train", "r.json"], capture_output=True, text=True, check=True).stderr
    assert " a (0, 10 cells are other)" in said and " b (" not in said, said
    columns, _ = cleaned("m.h5")
    assert "a" not in columns and "high" in columns["b"], columns


def test_duplicates_are_on_one_side():
    """A row that comes again is not learned by heart from its double."""
    rows = [{"a": i, "b": i % 7, "y": random.random()} for i in range(200)]
    write("twice.csv", rows + rows)
    recipe("m.h5", "twice.csv", {"features": ["a", "b"]}, clean={"drop_duplicates": True},
           validation_split={"fraction": 0.25})
    trained()
    write("once.csv", rows)
    first = card("m.h5")
    assert first["table"]["clean"]["left_out"]["duplicates"] == 200
    recipe("o.h5", "once.csv", {"features": ["a", "b"]}, validation_split={"fraction": 0.25})
    epochs = trained()
    recipe("m.h5", "twice.csv", {"features": ["a", "b"]}, clean={"drop_duplicates": True},
           validation_split={"fraction": 0.25})
    assert trained() == epochs


def test_no_row_of_a_prediction_goes():
    recipe("m.h5", "dirty.csv", {"features": ["a", "b"]},
           clean={"repair": True, "trim": True, "drop_duplicates": True, "outliers": "iqr", "outlier_action": "drop",
                  "rules": {"b": {"missing": "drop"}, "a": {"missing": "median"}}}, validation_split=0.2)
    trained()
    columns, left = cleaned("m.h5")
    assert left["outliers"] > 0 and left["duplicates"] == 3, left
    write("rows.csv", [{"a": 1, "b": "$2"}, {"a": 1, "b": "$2"}, {"a": 1e6, "b": "$3"}, {"a": "", "b": "$1"}])
    said = predicted("m.h5", "rows.csv")
    assert len(said) == 4 and said[0] == said[1], said
    write("rows.csv", [{"a": columns["a"]["fill"], "b": "$1"}])
    assert predicted("m.h5", "rows.csv") == said[3:]


def test_forward_fill_stays_in_its_part():
    """The first cell of the validation's rows is not that of the last row that trains."""
    rows = [{"a": i if i % 4 == 0 else "", "b": i, "y": i} for i in range(40)]
    rows[30]["a"] = ""
    write("series.csv", rows)
    recipe("m.h5", "series.csv", {"features": ["a", "b"]}, clean={"missing": "forward_fill", "rules": {"a": {"missing": "forward_fill"}}},
           validation_split=0.25)
    error = mica("train", "r.json", status=1)
    assert "column a" in error and "missing" in error, error


def test_answer_and_weight_are_never_made_up():
    """Neither filled nor clipped, also where `columns` name them: rows without one go, or are an error."""
    rows = [{"a": i % 20, "w": 1 + i % 3, "y": i % 7} for i in range(80)]
    rows[3]["y"] = 1e4
    rows[4]["w"] = 500
    for options in ({"missing": "mean", "outliers": "iqr"}, {"missing": "mean", "outliers": "iqr", "columns": ["a", "w", "y"]}):
        write("whole.csv", rows)
        columns = {"features": ["a"], "sample_weight": "w"}
        recipe("m.h5", "whole.csv", columns)
        epochs = trained()
        recipe("m.h5", "whole.csv", columns, clean=options)
        assert trained() == epochs, options
        assert not {"w", "y"} & set(cleaned("m.h5")[0]), cleaned("m.h5")
        for column in ("y", "w"):
            write("gaps.csv", rows[:10] + [{**rows[10], column: ""}] + rows[10:])
            recipe("m.h5", "gaps.csv", columns, clean=options)
            error = trained(status=1)
            assert "is missing" in error and f" {column}: " in error, error
        write("gaps.csv", rows[:10] + [{**rows[10], "y": ""}] + rows[10:])
        recipe("m.h5", "gaps.csv", {**columns, "missing_target": "drop"}, clean=options)
        assert trained() == epochs, options


def test_classes_keep_their_names():
    """yes and no are no truth values by repair, unless a rule says so."""
    write("classes.csv", [{"a": i, "b": ("no", "yes")[i % 2], "y": ("no", "yes")[i // 3 % 2]} for i in range(60)])
    for rules, names in (({}, ["no", "yes"]), ({"y": {"repair": True}}, ["False", "True"])):
        recipe("m.h5", "classes.csv", {"features": ["a", "b"], "target_type": "class"}, clean={"repair": True, "rules": rules})
        trained()
        assert card("m.h5")["classes"] == names, card("m.h5")["classes"]
        assert cleaned("m.h5")[0]["b"]["type"] == "boolean"


def test_forward_fill_of_each_part():
    """Gaps within the rows that train, of the validation and of the test."""
    rows = [{"a": "" if i % 4 == 2 else i % 9, "b": i % 5, "y": i % 7} for i in range(80)]
    write("gaps.csv", rows)
    write("filled.csv", [{**r, "a": rows[i - 1]["a"] if r["a"] == "" else r["a"]} for i, r in enumerate(rows)])
    said = []
    for path, clean in (("filled.csv", {}), ("gaps.csv", {"clean": {"missing": "forward_fill"}})):
        recipe("m.h5", path, {"features": ["a", "b"], "test_split": 0.25, "shuffle": False}, validation_split=0.25, test=path, **clean)
        said.append((trained(), json.loads(mica("train", "r.json", "--json").strip().split("\n")[-1])["evaluate"]))
        said[-1][1].pop("seconds", None)
    assert "val_loss" in said[0][0][0] and said[0] == said[1], said
    assert predicted("m.h5", "gaps.csv") == predicted("m.h5", "filled.csv")


def test_columns_that_the_model_is_not_told():
    """Nothing is learned of them, and none of their cells makes a row go, unless they are named."""
    rows = [{"a": "" if i == 5 else i % 9, "c": "" if i % 4 == 0 else 1000 if i == 50 else i, "y": i % 7} for i in range(80)]
    write("gaps.csv", rows)
    for preprocessing in ({"features": ["a"]}, {"features": ["a"], "ignore": ["c"]}):
        recipe("m.h5", "gaps.csv", preprocessing, clean={"missing": "drop", "outliers": "iqr", "outlier_action": "drop"})
        trained()
        assert cleaned("m.h5")[1] == {"filter": 0, "duplicates": 0, "outliers": 0, "missing": 1}, cleaned("m.h5")
        recipe("m.h5", "gaps.csv", preprocessing, clean={"missing": "median", "outliers": "iqr"})
        trained()
        assert set(cleaned("m.h5")[0]) == {"a"}, cleaned("m.h5")
    recipe("m.h5", "gaps.csv", {"features": ["a"]}, clean={"missing": "median", "rules": {"c": {"missing": "drop"}}})
    trained()
    assert cleaned("m.h5")[1]["missing"] == 20 and set(cleaned("m.h5")[0]) == {"a", "c"}, cleaned("m.h5")


# ---- conditions ----

def test_filter_is_that_of_data_clean():
    """Before the rows are divided; after texts have become numbers."""
    columns = {"features": ["a", "b"], "impute": "mean"}
    for conditions, where in ((["b >= 4"], ["b >= 4"]), ({"column": "a", "op": "not missing"}, ["a not missing"]),
                              ([{"column": "y", "op": "in", "value": [1, 2, 3]}, {"column": "b", "op": "!=", "value": 7}],
                               ["y in [1, 2, 3]", "b != 7"])):
        recipe("m.h5", "dirty.csv", columns, filter=conditions, clean={"trim": True, "repair": True, "drop_duplicates": True},
               validation_split={"fraction": 0.25})
        epochs = trained()
        mica("data", "clean", "dirty.csv", "--trim", "--repair", "--drop-duplicates", "--output", "some.csv",
             *[w for one in where for w in ("--where", one)])
        recipe("c.h5", "some.csv", columns, validation_split={"fraction": 0.25})
        assert trained() == epochs, conditions
        left = 203 - 3 - len(read("some.csv"))
        assert cleaned("m.h5")[1]["filter"] >= left > 0, (left, cleaned("m.h5")[1])
        assert len(predicted("m.h5", "dirty.csv")) == 203


def test_filter_alone_and_by_a_joined_column():
    recipe("m.h5", preprocessing={**JOINED, "unknown": "minus_one", "test_split": 0.3}, join=[JOIN], filter=["region == north", "amount > 20"], test="orders.csv")
    said = json.loads(mica("train", "r.json", "--json").strip().split("\n")[-1])["evaluate"]
    assert json.loads(mica("evaluate", "m.h5", "--data", "orders.csv", "--json"))["mae"] == said["mae"]
    assert len(predicted("m.h5", "new.csv")) == len(read("new.csv"))
    # a double whose first one the condition leaves out stays
    rows = [{"a": i % 20, "b": i, "y": i % 3} for i in range(40)]
    write("doubles.csv", rows)
    recipe("m.h5", "doubles.csv", {"features": ["a", "b"]}, filter="b >= 20", clean={"drop_duplicates": True, "subset": ["a"]})
    trained()
    assert cleaned("m.h5")[1] == {"filter": 20, "duplicates": 0, "outliers": 0, "missing": 0}


def test_filter_in_quotes():
    """Texts in double quotes, in single ones as pandas writes them, or in none: pandas.DataFrame.query's rows."""
    write("cities.csv", [{"city": c, "n": i} for i, c in enumerate(["Oslo", "New York", "it's", 'a "b"', "this and that", "Lima"])])
    for where, rows in (("city == 'Oslo'", "0"), ('city == "Oslo"', "0"), ("city == Oslo", "0"), ("city == New York", "1"),
                        ("city != 'New York'", "02345"), ("city in ['Oslo', \"Lima\"]", "05"), (r"city == 'it\'s'", "2"),
                        ('city == "it\'s"', "2"), ("city == it's", "2"), ("city == 'a \"b\"'", "3"), ("city in [\"a \\\"b\\\"\", 'Lima']", "35"),
                        ("city == 'this and that'", "4"), ('city == "this and that"', "4"), ("city == ''", "")):
        mica("data", "clean", "cities.csv", "--output", "some.csv", "--where", where)
        assert "".join(r["n"] for r in read("some.csv")) == rows, where


def test_dates_in_conditions_and_fills():
    """A text that is a date as a cell would be; a longer one is none."""
    write("days.csv", [{"d": "" if i == 4 else f"2024-03-{i:02}", "n": i} for i in range(1, 10)])
    for value, rows in (("2024-03-07", "789"), ('"2024-03-07 00:00:01"', "89"), ("２０２４-03-08", "89"), ("' 2024-03-09 '", "9")):
        mica("data", "clean", "days.csv", "--output", "some.csv", "--where", "d >= " + value)
        assert "".join(r["n"] for r in read("some.csv")) == rows, value
    mica("data", "clean", "days.csv", "--output", "some.csv", "--missing", "constant", "--fill-text", "2024-03-31")
    assert read("some.csv")[3]["d"] == "2024-03-31"
    long = "2024-03-07" + " " * 60 + "x"
    assert "column d holds dates" in mica("data", "clean", "days.csv", "--output", "some.csv", "--where", "d >= " + long, status=1)
    error = mica("data", "clean", "days.csv", "--output", "some.csv", "--missing", "constant", "--fill-text", long, status=1)
    assert "fill_text is" in error and "expected a date" in error, error


def test_filter_is_one_condition():
    """Two in one text are told, not taken for a text that no cell is."""
    write("cities.csv", [{"city": c, "a": i, "y": i} for i, c in enumerate(["Oslo", "Lima", "Rome"] * 4)])
    for where in ('city != "Oslo" and a > 5', 'a > 5 and city != "Oslo"', "city == 'Oslo' or a > 3", "city == Oslo and a > 3", "a > 1 & a < 8",
                  "city == Oslo&a == 3", "city == Oslo | a == 3", "a > 1 > 2", "(a > 1) or (a < 8)", "a not missing and a > 2",
                  "city == Oslo OR city == Lima", "city == Oslo OR Lima", "city == Oslo & Lima", "city == Oslo|Lima", "city == a=b", "city in [Oslo, Lima]", "city != 'Oslo", 'city != "Oslo', "city == {Oslo", "city == Oslo and"):
        said = mica("data", "clean", "cities.csv", "--output", "some.csv", "--where", where, status=1)
        assert f"'{where}'" in said and "expected" in said and "several conditions" in said, said
        recipe("m.h5", "cities.csv", {"features": ["a"]}, filter=where)
        assert trained(status=1).split("filter: ")[1] == said.split("filter: ")[1], where


def test_filter_says_what_it_leaves_out():
    write("some.csv", [{"a": i, "y": i} for i in range(40)])
    for options, left in ((["a >= 30"], 30), (["a >= 0"], 0)):
        for data in ({"filter": options}, {"clean": {"filter": options}}):
            recipe("m.h5", "some.csv", {"features": ["a"]}, **data)
            said = subprocess.run([MICA, "train", "r.json", "--json"], capture_output=True, text=True, check=True).stderr
            assert ("some.csv: filter leaves out 30 of 40 rows" in said) == (left > 0) and "clean leaves out" not in said, said
    recipe("m.h5", "some.csv", {"features": ["a"]}, filter="a > 99")
    said = trained(status=1)
    assert "some.csv: filter: no row is left" in said and "clean" not in said, said
    write("gaps.csv", [{"a": i if i < 30 else "", "y": i} for i in range(40)])
    recipe("m.h5", "gaps.csv", {"features": ["a"]}, filter="y >= 30", clean={"missing": "drop"})
    assert "gaps.csv: no row is left to train on of 40 (filter leaves out 30)" in trained(status=1)
    # what is measured, too; a prediction answers each row
    recipe("m.h5", "some.csv", {"features": ["a"]}, filter="a < 20")
    trained()
    write("others.csv", [{"a": i, "y": i} for i in range(20, 30)])
    assert "others.csv: filter: no row is left" in mica("evaluate", "m.h5", "--data", "others.csv", status=1)
    assert len(predicted("m.h5", "others.csv")) == 10


def test_filter_errors():
    for conditions, words in ((["aa >= 3"], "'aa'"), (["a => three"], "'a ='"), (["a three"], "expected COLUMN"), (["a >= three"], "holds numbers"), ([{"column": "a", "op": "=>"}], "op is"),
                              ([{"column": "a", "op": "in", "value": 3}], "expected a list"), ([{"column": "a", "op": ">", "value": [3]}], "a number"),
                              ([{"column": "a", "op": "missing", "value": 3}], "takes no value"), ([{"column": "a", "op": "==", "val": 3}], "val"),
                              ([3], "expected a condition"), (["a > 1e9"], "no row")):
        recipe("m.h5", "dirty.csv", {"features": ["a"], "impute": "mean"}, filter=conditions)
        error = trained(status=1)
        assert words in error and "dirty.csv" in error, (conditions, error)
        if isinstance(conditions[0], str) and words != "no row":
            error = mica("data", "clean", "dirty.csv", "--output", "some.csv", "--where", conditions[0], status=1)
            assert words in error, error


def test_clean_errors():
    for clean, words in (({"missing": "mode"}, "missing"), ({"triim": True}, "trim"), ({"rules": {"aa": {}}}, "'aa'"),
                         ({"rules": {"y": {"missing": "mean"}}}, "what the model answers"), ({"columns": ["z"]}, "'z'"),
                         ({"rules": {"a": {"triim": 1}}}, "trim"), (True, "clean"), ({"normalize": "NFX"}, "NFX")):
        recipe("m.h5", "dirty.csv", {"features": ["a", "b"]}, clean=clean)
        error = trained(status=1)
        assert words in error and "dirty.csv" in error, (clean, error)


# ---- how rows come ----

def weights(shuffled=True, epochs=2, **data):
    """Those after a training: 288 of the 300 rows, nine batches."""
    recipe("m.h5", preprocessing={"features": ["amount", "customer"]}, take=288, **data)
    mica("train", "r.json", "--quiet", "--set", f"fit.shuffle={str(shuffled).lower()}", "--set", f"fit.epochs={epochs}")
    return predicted("m.h5", "new.csv")


def test_order_and_passes():
    in_order = weights(shuffled=False)
    assert weights(shuffle={"buffer_size": 1}) == in_order
    assert weights(shuffle={"buffer_size": 1}, repeat=2, epochs=1) == in_order
    assert weights(shuffled=False, prefetch=3) == in_order
    mixed = weights(shuffle={"buffer_size": 40})
    assert mixed == weights(shuffle={"buffer_size": 40}, prefetch=2) and mixed != in_order
    same = weights(shuffle={"buffer_size": 40, "reshuffle": False})
    assert same != mixed and same == weights(shuffle={"buffer_size": 40, "reshuffle": False}, repeat=2, epochs=1)
    recipe("m.h5", preprocessing={"features": ["amount", "customer"]}, take=288, shuffle={"buffer_size": 40}, repeat=2, prefetch=2)
    mica("train", "r.json", "--quiet", "--set", "run_folder=true")
    said = predicted("m.h5", "new.csv")
    mica("train", "m.h5.run/recipe.json", "--quiet", "--output", "again.h5")
    assert predicted("again.h5", "new.csv") == said
    for key, value, words in (("repeat", 0, "data.repeat"), ("prefetch", 65, "to 64"), ("shuffle", {}, "buffer_size"),
                              ("shuffle", {"buffer_size": 0}, "buffer_size"), ("shuffle", True, "data.shuffle")):
        recipe("m.h5", preprocessing={"features": ["amount"]}, **{key: value})
        assert words in trained(status=1), key


def tables():
    random.seed(5)
    customers = [{"customer": i, "age": random.randint(18, 80), "region": random.choice(["north", "south", "east"])} for i in range(40)]
    orders = []
    for _ in range(300):
        c = random.randrange(45)
        amount = round(random.gauss(50, 20), 2)
        orders.append({"customer": c, "amount": amount, "y": round(amount + (customers[c]["age"] if c < 40 else 40), 2)})
    write("customers.csv", customers)
    write("orders.csv", orders)
    write("new.csv", [{k: o[k] for k in ("customer", "amount")} for o in orders[:20]] + [{"customer": 44, "amount": 3}])
    dirty = [{"a": "" if i % 8 == 3 else 5000 if i % 50 == 7 else i % 40, "b": "" if i % 12 == 5 else f" ${i % 11}", "y": i % 5, "c": i}
             for i in range(200)]
    write("dirty.csv", dirty[:150] + dirty[10:13] + dirty[150:])
    with open("regions.tsv", "w", encoding="utf-8") as f:
        f.write("name\ttax\nnorth\t0.1\nsouth\t0.2\neast\t0.4\n")


def main():
    only = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        tables()
        for name, test in list(globals().items()):
            if name.startswith("test_") and (not only or name in only):
                test()


if __name__ == "__main__":
    main()
