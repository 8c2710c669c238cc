#!/usr/bin/env python3
"""Records what scikit-learn and pandas make of columns: record_columns.py [FOLDER]

Writes FOLDER/columns.json (tests/recorded by default); null is NaN. "matrix": rows of numbers, one
column constant, some missing. "scalers": options, the matrix transformed. "fills": SimpleImputer's
statistics of each column, and Series.ffill of column 0. "limits": of each column, mean and z
deviations, quartiles and ranges. "bins": KBinsDiscretizer's edges and bins of "binned".
"duplicates": DataFrame.duplicated of two columns of codes and one of numbers. "dates": microseconds
and their parts by Series.dt.
"""
import json
import math
import pathlib
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn import preprocessing as P
from sklearn.impute import SimpleImputer


def plain(value):
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list):
        return [plain(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def matrix():
    rng = np.random.default_rng(11)
    x = np.round(rng.normal([3, -50, 1e6, 0, 7.3, 0], [1, 20, 3, 1e-3, 0, 1], (41, 6)), 5)
    x[:, 4], x[:, 5] = 7.3, rng.integers(0, 4, 41)
    x[rng.random(x.shape) < 0.15] = np.nan
    x[0, 0] = np.nan
    return x


def scalers(x):
    made = [("standard", {}, P.StandardScaler()), ("standard", {"no_center": True}, P.StandardScaler(with_mean=False)),
            ("standard", {"no_scale": True}, P.StandardScaler(with_std=False)), ("min_max", {}, P.MinMaxScaler()),
            ("min_max", {"low": -1, "high": 3}, P.MinMaxScaler((-1, 3))), ("max_abs", {}, P.MaxAbsScaler()),
            ("robust", {}, P.RobustScaler()), ("robust", {"from": 0.1, "to": 0.95}, P.RobustScaler(quantile_range=(10, 95))),
            ("robust", {"no_center": True}, P.RobustScaler(with_centering=False)),
            ("robust", {"no_scale": True}, P.RobustScaler(with_scaling=False))]
    return [{"method": m, "options": o, "result": plain(s.fit_transform(x))} for m, o, s in made]


def fills(x):
    return {name: plain(SimpleImputer(strategy=name).fit(x).statistics_) for name in ("mean", "median", "most_frequent")}


def limits(x):
    frame = pd.DataFrame(x)
    mean, std = frame.mean(), frame.std(ddof=0)
    low, high = frame.quantile(0.25), frame.quantile(0.75)
    z = [[a - 2 * s, a + 2 * s] for a, s in zip(mean, std)]
    iqr = [[a - 1.5 * (b - a), b + 1.5 * (b - a)] for a, b in zip(low, high)]
    return {"z_score": z, "iqr": iqr, "outside": [int(((frame[c] < a) | (frame[c] > b)).sum()) for c, (a, b) in enumerate(iqr)]}


def bins():
    rng = np.random.default_rng(5)
    x = np.round(np.concatenate([rng.exponential(2, 60), np.zeros(20), np.arange(8.0)]), 2)
    out = []
    for method, count in (("uniform", 4), ("uniform", 7), ("quantile", 4), ("quantile", 10), ("quantile", 3)):
        k = P.KBinsDiscretizer(count, encode="ordinal", strategy=method, quantile_method="linear", subsample=None)
        codes = k.fit_transform(x[:, None])[:, 0].astype(int)
        out.append({"method": method, "bins": count, "edges": k.bin_edges_[0].tolist(), "codes": codes.tolist()})
    return x.tolist(), out


def duplicates():
    rng = np.random.default_rng(6)
    columns = [rng.integers(-1, 3, 50), rng.integers(0, 3, 50), rng.choice([0.5, -0.0, 0.0, np.nan, 2.0], 50)]
    frame = pd.DataFrame({str(i): c for i, c in enumerate(columns)})
    keep = {name: frame.duplicated(keep=k).astype(int).tolist() for name, k in (("first", "first"), ("last", "last"), ("none", False))}
    return {"columns": [plain(c) for c in columns], "keep": keep}


def dates():
    rng = np.random.default_rng(8)
    stamps = [0, -1, 1, 951782400000000, 951868799999999, -2208988800000000, 4102444800000000, 1709164800000000]
    stamps += rng.integers(-12_000_000_000_000_000, 9_000_000_000_000_000, 200).tolist()
    stamps += [int(pd.Timestamp(f"{y}-{d}").value // 1000) for y in range(1998, 2032) for d in ("01-01", "12-31", "02-28", "03-01")]
    s = pd.Series(np.array(stamps, dtype="datetime64[us]"))
    parts = {"year": s.dt.year, "quarter": s.dt.quarter, "month": s.dt.month, "week": s.dt.isocalendar().week, "day": s.dt.day,
             "day_of_year": s.dt.day_of_year, "weekday": s.dt.day_of_week, "hour": s.dt.hour, "minute": s.dt.minute, "second": s.dt.second}
    return {"microseconds": stamps, "parts": {k: [int(v) for v in p] for k, p in parts.items()}}


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/recorded")
    x = matrix()
    binned, found = bins()
    out = {"made_with": {"scikit-learn": sklearn.__version__, "pandas": pd.__version__, "numpy": np.__version__},
           "matrix": plain(x), "scalers": scalers(x), "fills": fills(x), "limits": limits(x), "binned": binned, "bins": found,
           "duplicates": duplicates(), "dates": dates()}
    (folder / "columns.json").write_text("{" + ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in out.items()) + "}\n")


if __name__ == "__main__":
    main()
