#!/usr/bin/env python3
"""Tables prepared as scikit-learn prepares them: record_tabular.py [OUT=tests/recorded/tabular]

Writes train.csv and test.csv, and prepared.json: x of both by SimpleImputer and OrdinalEncoder that are fitted on train.csv
alone, for each strategy; y by LabelEncoder; how many of each class StratifiedShuffleSplit puts into a test part of 0.2.
Wants Python with pandas and scikit-learn; the files that are there were made with pandas 3.1.1 and scikit-learn 1.9.1.
"""
import json
import os
import random
import sys

import numpy
import pandas
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, OrdinalEncoder

NUMBERS, CATEGORIES = ["age", "income"], ["city", "plan"]


def make(r, rows):
    return pandas.DataFrame({
        "id": [f"customer {r.randrange(10**9)}" for _ in range(rows)],
        "age": [r.choice([None, r.randint(18, 80)]) for _ in range(rows)],
        "income": [r.choice([None, round(r.gauss(3000, 900), 2), 2500.5]) for _ in range(rows)],
        "city": [r.choice([None, "Köln", "Aachen", "b", "B", "上海"]) for _ in range(rows)],
        "plan": [r.choice(["basic", "plus", "basic"]) for _ in range(rows)],
        "left": [r.choice(["yes", "no", "no", "maybe"]) for _ in range(rows)],
    })


def prepare(train, table, strategy):
    columns = []
    for name in NUMBERS:
        imputer = SimpleImputer(strategy=strategy, fill_value=-1.5).fit(train[[name]])
        columns.append(imputer.transform(table[[name]]).astype(float)[:, 0])
    words = strategy if strategy in ("most_frequent", "constant") else "most_frequent"
    for name in CATEGORIES:
        as_object = lambda t: t[[name]].astype(object).where(t[[name]].notna(), numpy.nan)
        imputer = SimpleImputer(strategy=words, fill_value="missing").fit(as_object(train))
        # the constant is a category, whether the training part has missing cells or not
        known = numpy.vstack([imputer.transform(as_object(train)), *([[["missing"]]] if words == "constant" else [])])
        encoder = OrdinalEncoder().fit(known)
        columns.append(encoder.transform(imputer.transform(as_object(table)))[:, 0])
    return numpy.stack(columns, 1).tolist()


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../tests/recorded/tabular")
    os.makedirs(out, exist_ok=True)
    r = random.Random(5)
    tables = {"train": make(r, 101), "test": make(r, 40)}
    for name, table in tables.items():
        table.to_csv(os.path.join(out, name + ".csv"), index=False)
        tables[name] = pandas.read_csv(os.path.join(out, name + ".csv"))
    train = tables["train"]
    labels = LabelEncoder().fit(train["left"])
    held = train_test_split(train["left"], test_size=0.2, stratify=train["left"], random_state=0)[1]
    said = {"classes": labels.classes_.tolist(), "held": [int((held == c).sum()) for c in labels.classes_]}
    for name, table in tables.items():
        said[name] = {s: prepare(train, table, s) for s in ("mean", "median", "most_frequent", "constant")}
        said[name]["y"] = labels.transform(table["left"]).tolist()
    with open(os.path.join(out, "prepared.json"), "w", encoding="utf-8") as f:
        json.dump(said, f)
        f.write("\n")


if __name__ == "__main__":
    main()
