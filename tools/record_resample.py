#!/usr/bin/env python3
"""Records counts, neighbours and new rows of imbalanced-learn: record_resample.py [FOLDER]

Writes FOLDER/resample.json (tests/recorded by default). "counts": what RandomOverSampler,
RandomUnderSampler and SMOTE make of counts of classes, by a ratio or wanted counts. "weights":
compute_class_weight("balanced"). "smote": rows of a class and others; of each row of the class its
5 nearest (sklearn.neighbors); mean, deviation and quartiles of 40,000 new rows for each feature.
"""
import json
import pathlib
import sys

import imblearn
import numpy as np
import sklearn
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.class_weight import compute_class_weight

SAMPLERS = {"over": RandomOverSampler, "under": RandomUnderSampler, "smote": SMOTE}


def counts_case(method, counts, strategy="auto"):
    y = np.repeat(np.arange(len(counts)), counts)
    x = np.random.default_rng(1).normal(size=(len(y), 2))
    _, result = SAMPLERS[method](sampling_strategy=strategy, random_state=0).fit_resample(x, y)
    case = {"method": method, "counts": list(counts), "result": np.bincount(result).tolist()}
    if isinstance(strategy, float):
        case["ratio"] = strategy
    if isinstance(strategy, dict):
        case["wanted"] = [strategy.get(i, 0) for i in range(len(counts))]
    return case


def weights_case(labels):
    classes = np.unique(labels)
    return {"labels": list(labels), "classes": classes.tolist(),
            "weights": compute_class_weight("balanced", classes=classes, y=np.asarray(labels)).tolist()}


def smote_case():
    rng = np.random.default_rng(3)
    rows = np.concatenate([rng.normal(5e4, 1, (40, 3)) * [1, 0.1, 3], rng.normal(-5, 2, (60, 3))])
    rows = np.round(rows, 4)
    y = np.repeat([1, 0], [40, 60])
    nearest = NearestNeighbors(n_neighbors=6).fit(rows[:40]).kneighbors(rows[:40], return_distance=False)[:, 1:]
    made, _ = SMOTE(sampling_strategy={1: 40040}, random_state=0).fit_resample(rows, y)
    made = made[100:]
    return {"rows": rows.tolist(), "of_class": 40, "nearest": nearest.tolist(), "mean": made.mean(0).tolist(),
            "std": made.std(0).tolist(), "quartiles": np.quantile(made, [0.25, 0.5, 0.75], axis=0).tolist()}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/recorded")
    counts = [counts_case(*case) for case in [
        ("over", (50, 20, 7)), ("over", (40, 30), 0.9), ("over", (9, 31), 0.5), ("over", (5, 8, 6), {0: 9, 2: 6}),
        ("over", (10, 10)), ("under", (50, 20, 7)), ("under", (40, 13), 0.7), ("under", (9, 31), 0.5),
        ("under", (50, 80, 60), {0: 9, 2: 33}), ("smote", (50, 20, 7)), ("smote", (40, 13), 0.77),
        ("smote", (12, 40, 6), {0: 31})]]
    out = {"made_with": {"imbalanced-learn": imblearn.__version__, "scikit-learn": sklearn.__version__},
           "counts": counts, "weights": [weights_case(v) for v in [[0, 0, 1, 0, 3, 3], [2, 1, 2, 2, 2], [0, 0]]],
           "smote": smote_case()}
    lines = ",\n".join(f'"{key}": ' + ("[\n" + ",\n".join(json.dumps(v) for v in value) + "]"
                       if isinstance(value, list) else json.dumps(value)) for key, value in out.items())
    (folder / "resample.json").write_text("{" + lines + "}\n")


if __name__ == "__main__":
    main()
