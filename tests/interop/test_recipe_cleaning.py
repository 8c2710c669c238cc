#!/usr/bin/env python3
"""data.clean of recipes: what is learned is what pandas and scikit-learn find in the rows that train, and rows that are
predicted become what pandas makes of them with those values."""
import json
import os

import numpy as np
import pandas as pd
from harness import mica, mica_json, run, test
from sklearn.impute import SimpleImputer

NUMBERS, TEXTS = ["age", "price", "rooms"], ["city"]


def money(v):
    return f"{v:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".") + " €"


def raw(seed, rows):
    """As people write tables; t is the row's time."""
    r = np.random.default_rng(seed)
    age = r.normal(45, 12, rows).round(1)
    age[r.random(rows) < 0.02] *= 9
    age[r.random(rows) < 0.1] = np.nan
    price = np.array([money(v) for v in r.uniform(500, 5000, rows)], object)
    price[r.random(rows) < 0.08] = "?"
    rooms = r.integers(1, 7, rows).astype(float)
    rooms[r.random(rows) < 0.1] = np.nan
    city = r.choice([" Oslo", "oslo ", "LIMA", "Lima", "Rome"], rows, p=[.3, .2, .2, .2, .1]).astype(object)
    city[r.random(rows) < 0.1] = "-"
    y = np.nan_to_num(age, nan=45) / 10 + r.normal(0, 1, rows)
    return pd.DataFrame({"t": np.arange(rows), "age": age, "price": price, "rooms": pd.array(rooms).astype("Int64"), "city": city,
                         "y": y.round(3)})


def respelled(d):
    """The steps that learn nothing, by pandas."""
    d = d.copy()
    euros = d.price.where(d.price != "?").str.replace(" €", "").str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    d["price"] = euros.astype(float)
    d["city"] = d.city.where(d.city != "-").str.strip().str.lower()
    d["rooms"] = d.rooms.astype(float)
    return d


CLEAN = {"trim": True, "letters": "lower", "na_values": ["?", "-"], "repair": True}


def trained(clean, data, **more):
    data.to_csv("t.csv", index=False)
    recipe = {"model": {"input": [4], "layers": [{"Dense": {"units": 1, "kernel_initializer": "ones"}}]},
              "data": {"train": "t.csv", "clean": {**CLEAN, **clean},
                       "preprocessing": {"target": "y", "features": NUMBERS + TEXTS, "categorical": ["city"], **more},
                       "validation_split": {"fraction": 0.25, "time": "t"}},
              "compile": {"loss": "mse", "optimizer": {"adam": {"learning_rate": 1e-9}}}, "fit": {"epochs": 1},
              "output": "m.h5", "run_folder": False}
    with open("r.json", "w", encoding="utf-8") as f:
        json.dump(recipe, f)
    mica("train", "r.json")
    return mica_json("card", "m.h5")["table"]


def known(table):
    return {c["name"]: c for c in table["clean"]["columns"]}


def predicted(path):
    return np.array([json.loads(line)["outputs"][0][0] for line in mica("predict", "m.h5", path, "--json").splitlines()])


def limits(x, method):
    x = x.dropna()
    if method == "z_score":
        return x.mean() - 3 * x.std(ddof=0), x.mean() + 3 * x.std(ddof=0)
    a, b = np.percentile(x, [25, 75])
    return a - 1.5 * (b - a), b + 1.5 * (b - a)


@test
def learned_from_the_rows_that_train():
    for seed, (method, missing, strategy) in enumerate([("iqr", "median", "median"), ("z_score", "mean", "mean"),
                                                        ("none", "most_frequent", "most_frequent")]):
        data = raw(seed, 400)
        table = trained({"outliers": method, "missing": missing, "rules": {"city": {"missing": "most_frequent"}}}, data)
        d = respelled(data)
        train = d.iloc[:300].copy()  # the latest quarter is the validation's
        columns = known(table)
        for name in NUMBERS:
            if method != "none":
                low, high = limits(train[name], method)
                np.testing.assert_allclose([columns[name]["low"], columns[name]["high"]], [low, high], rtol=1e-9)
                d[name], train[name] = d[name].clip(low, high), train[name].clip(low, high)
            fill = SimpleImputer(strategy=strategy).fit(train[[name]]).statistics_[0]
            np.testing.assert_allclose(columns[name]["fill"], fill, rtol=1e-12)
        city = train.city.value_counts()
        assert columns["city"]["fill"] == sorted(city[city == city.max()].index)[0]
        other = data.copy()  # what the validation's rows hold changes nothing of it
        other.loc[300:, "age"], other.loc[300:, "rooms"] = 1e6, 99
        assert trained({"outliers": method, "missing": missing, "rules": {"city": {"missing": "most_frequent"}}},
                       other)["clean"] == table["clean"]


@test
def predicted_rows_are_cleaned_alike():
    data, new = raw(7, 400), raw(8, 60).drop(columns=["y", "t"])
    new.loc[0] = [np.nan, "?", pd.NA, "-"]
    new.loc[1] = [1000, money(1234.5), 3, " ROME  "]
    new.to_csv("new.csv", index=False)
    for method, missing in (("iqr", "median"), ("z_score", "mean"), ("none", "most_frequent"), ("iqr", "constant")):
        columns = known(trained({"outliers": method, "missing": missing, "fill_value": 7,
                                 "rules": {"city": {"missing": "most_frequent"}}}, data))
        d = respelled(pd.read_csv("new.csv", keep_default_na=True))
        for name in NUMBERS:
            d[name] = d[name].clip(columns[name].get("low"), columns[name].get("high")).fillna(columns[name]["fill"])
        d["city"] = d.city.fillna(columns["city"]["fill"])
        d.to_csv("clean_new.csv", index=False)
        codes = d.city.map({c: i for i, c in enumerate(["lima", "oslo", "rome"])})
        # weights are ones: the answer is the sum of what the model is told
        expected = d[NUMBERS].to_numpy(np.float32).sum(1) + codes.to_numpy(np.float32)
        np.testing.assert_allclose(predicted("new.csv"), expected, rtol=2e-6)
        # a single row, whose price alone looks like 1.234 with a point: a German thousand
        with open("one.csv", "w", encoding="utf-8") as f:
            f.write("age,price,rooms,city\n40,1.234,2,oslo\n")
        np.testing.assert_allclose(predicted("one.csv"), [40 + 1234 + 2 + 1], rtol=1e-6)


@test
def rows_that_are_left_out():
    data = raw(3, 400)
    data = pd.concat([data, data.iloc[100:140]], ignore_index=True)
    data.loc[5, "age"] = 900
    kept = data.drop_duplicates()
    table = trained({"drop_duplicates": True, "outliers": "iqr", "outlier_action": "drop", "missing": "drop"}, data)
    d = respelled(kept).sort_values("t", kind="stable")
    latest = int(np.ceil(0.25 * len(d)))
    train = d.iloc[:len(d) - latest]
    outside = pd.Series(False, index=train.index)
    for name in NUMBERS:
        low, high = limits(train[name], "iqr")
        outside |= (train[name] < low) | (train[name] > high)
    left = table["clean"]["left_out"]
    assert left["duplicates"] == 40 and left["outliers"] == outside.sum(), (left, outside.sum())
    missing = train[~outside].isna().any(axis=1).sum() + d.iloc[len(d) - latest:].isna().any(axis=1).sum()
    assert left["missing"] == missing, (left, missing)
    # none is, of those that are predicted or evaluated
    data.drop(columns=["y", "t"]).dropna().to_csv("new.csv", index=False)
    rows = len(pd.read_csv("new.csv"))
    assert rows > 200 and "-" in open("new.csv", encoding="utf-8").read()


@test
def conditions_are_those_of_pandas():
    r = np.random.default_rng(9)
    rows = 300
    d = pd.DataFrame({"n": np.arange(rows), "year": pd.array(r.integers(2000, 2020, rows)).astype("Int64"), "size": r.normal(0, 1, rows).round(2),
                      "city": r.choice(["Oslo", "Lima", "Rome", "東京"], rows).astype(object),
                      "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(r.integers(0, 300, rows), "D"), "ok": r.choice([True, False], rows)})
    d.loc[r.random(rows) < 0.1, "year"] = pd.NA
    d.loc[r.random(rows) < 0.1, "size"] = np.nan
    d.loc[r.random(rows) < 0.1, "city"] = np.nan
    d.to_csv("f.csv", index=False)
    year = d.year.astype(float)
    for where, mask in ((["year >= 2010"], year >= 2010), (["year==2003"], year == 2003), (["year != 2003"], year != 2003), (["year < 2002.5"], year < 2002.5),
                        (["year in [2001, 2002]"], year.isin([2001, 2002])), (["year not in [2001, 2002]"], ~year.isin([2001, 2002])),
                        (["size missing"], d["size"].isna()), (["size not missing"], d["size"].notna()), (["size>0", "year <= 2012"], (d["size"] > 0) & (year <= 2012)),
                        (["city == Oslo"], d.city == "Oslo"), (['city in ["Rome", "東京"]'], d.city.isin(["Rome", "東京"])), (["city != Lima"], d.city != "Lima"),
                        (["city < M"], d.city < "M"), (["day >= 2024-03-05", "day < 2024-06-01"], (d.day >= "2024-03-05") & (d.day < "2024-06-01")),
                        (["ok == true"], d.ok), (["ok != 1"], ~d.ok)):
        mica("data", "clean", "f.csv", "--output", "g.csv", *[w for one in where for w in ("--where", one)])
        assert list(pd.read_csv("g.csv").n) == list(d.n[mask]), where


if __name__ == "__main__":
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        run()
