#!/usr/bin/env python3
"""Records splits and folds of scikit-learn: record_splits.py [FOLDER]

Writes FOLDER/splits.json (tests/recorded by default). "split": the counts of each class, and how
many of its rows StratifiedShuffleSplit takes (the cases have no equal remainders, which go by lot);
"plain": the sizes of train_test_split. "folds": the rows to test with of KFold, StratifiedKFold and
GroupKFold without shuffling; of GroupKFold, where groups of one size may be exchanged, the sizes.
"both": the rows to test with of StratifiedGroupKFold.
"time": first row and count of both parts of TimeSeriesSplit.
"""
import json
import pathlib
import sys

import numpy as np
import sklearn
from sklearn import model_selection as ms


def labels_of(counts, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(seed).permutation(labels)


def has_ties(counts, draws):
    share = np.asarray(counts) / np.sum(counts) * draws
    rest = share - np.floor(share)
    missing = int(draws - np.floor(share).sum())
    ordered = np.sort(rest)[::-1]
    return 0 < missing < len(rest) and ordered[missing - 1] == ordered[missing]


def split_case(counts, test, train, seed):
    y = labels_of(counts, seed)
    splitter = ms.StratifiedShuffleSplit(1, test_size=test, train_size=train, random_state=seed)
    a, b = next(splitter.split(y, y))
    in_train, in_test = (np.bincount(y[i], minlength=len(counts)) for i in (a, b))
    assert not has_ties(counts, len(a)), counts
    assert not has_ties(np.asarray(counts) - in_train, len(b)), counts
    return {"counts": list(counts), "test": test, "train": train or 0, "in_train": in_train.tolist(),
            "in_test": in_test.tolist()}


def plain_case(n, test, train):
    a, b = ms.train_test_split(np.arange(n), test_size=test, train_size=train, random_state=0)
    return {"rows": n, "test": test or 0, "train": train or 0, "in_train": len(a), "in_test": len(b)}


def fold_case(kind, column, folds):
    column = np.asarray(column)
    if kind == "plain":
        parts = ms.KFold(folds).split(column)
    elif kind == "stratified":
        parts = ms.StratifiedKFold(folds).split(column, column)
    else:
        parts = ms.GroupKFold(folds).split(column, groups=column)
    tests = [test.tolist() for _, test in parts]
    return {"kind": kind, "column": column.tolist(), "folds": folds,
            "tests": [len(t) for t in tests] if kind == "groups" else tests}


def both_case(rows, classes, groups, folds, seed):
    rng = np.random.default_rng(seed)
    labels = rng.choice(classes, rows, p=np.arange(1, classes + 1) / np.arange(1, classes + 1).sum())
    group = np.sort(rng.integers(0, groups, rows)) if seed % 2 else rng.integers(0, groups, rows)
    parts = ms.StratifiedGroupKFold(folds).split(labels, labels, group)
    return {"labels": labels.tolist(), "groups": group.tolist(), "folds": folds,
            "tests": [test.tolist() for _, test in parts]}


def time_case(n, folds, **options):
    splitter = ms.TimeSeriesSplit(folds, **options)
    ranges = [[int(a[0]), len(a), int(b[0]), len(b)] for a, b in splitter.split(np.arange(n))]
    return {"rows": n, "folds": folds, "options": options, "ranges": ranges}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/recorded")
    split = [split_case(*case) for case in [
        ((50, 30, 20), 0.2, None, 0), ((97, 31, 11), 0.25, None, 1), ((8000, 1999), 0.2, None, 2),
        ((13, 29, 7, 101, 3), 0.3, None, 3), ((13, 29, 7, 101, 3), 0.21, 0.5, 4),
        ((1000, 7), 0.1, None, 5), ((41, 17, 23), 0.33, 0.33, 6)]]
    plain = [plain_case(*case) for case in [
        (10, None, None), (11, 0.2, None), (101, 0.33, 0.5), (7, None, 0.6), (30, 0.1, None)]]
    rng = np.random.default_rng(7)
    folds = [fold_case("plain", np.zeros(11), 3), fold_case("plain", np.zeros(10), 5),
             fold_case("stratified", labels_of((17, 9, 6), 1), 3),
             fold_case("stratified", labels_of((23, 11, 5), 2)[::-1], 5),
             fold_case("stratified", np.sort(labels_of((14, 14), 3))[::-1], 4),
             fold_case("groups", rng.integers(0, 9, 60) * 5 - 11, 3),
             fold_case("groups", np.repeat([3, 1, 2, 9], [4, 10, 3, 5]), 2)]
    time = [time_case(13, 3), time_case(100, 5, test_size=7), time_case(100, 5, gap=3),
            time_case(100, 4, max_train_size=20), time_case(50, 3, max_train_size=10, test_size=5, gap=2)]
    both = [both_case(*case) for case in [(40, 2, 9, 3, 0), (100, 3, 20, 5, 1), (90, 5, 31, 4, 2), (120, 4, 12, 2, 3),
                                          (100, 2, 60, 5, 4)]]
    out = {"made_with": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "split": split,
           "plain": plain, "folds": folds, "both": both, "time": time}
    lines = ",\n".join(f'"{key}": ' + (json.dumps(value) if key == "made_with" else
                       "[\n" + ",\n".join(json.dumps(v) for v in value) + "]") for key, value in out.items())
    (folder / "splits.json").write_text("{" + lines + "}\n")


if __name__ == "__main__":
    main()
