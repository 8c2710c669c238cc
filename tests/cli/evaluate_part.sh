#!/bin/sh
# mica evaluate says which part of the data it measures, and measures the other one or all where asked.
. "$MICA_SOURCE/tests/cli/common.sh"
awk 'BEGIN { print "size,color,label"; for (i = 0; i < 100; i++) print (i * 7) % 19 "," (i % 3 ? "red" : "blue") "," ((i * 7) % 19 > 8 ? "yes" : "no") }' >t.csv
run 0 init t.csv --quiet
run 0 train recipe.json --epochs 2 --json
cp out trained
run 0 evaluate t.h5 --data t.csv; says err 'measured: the test part of t.csv, 20 of 100 samples (--part all: all of them)'
run 0 evaluate t.h5 --data t.csv --quiet; silent err
for part in test train all; do run 0 evaluate t.h5 --data t.csv --part $part --json; cp out $part; done
python3 - <<'PYTHON' || failed 'the parts are not as expected'
import json
test, train, all_, trained = (json.load(open(n)) for n in ("test", "train", "all", "trained"))
assert test["measured"] == {"part": "test", "samples": 20, "of": 100}, test
assert train["measured"] == {"part": "train", "samples": 80, "of": 100}, train
assert all_["measured"] == {"part": "all", "samples": 100, "of": 100, "trained": True}, all_
assert abs(test["loss"] - trained["evaluate"]["loss"]) < 1e-6, (test, trained)
assert abs(all_["loss"] - (20 * test["loss"] + 80 * train["loss"]) / 100) < 1e-6, (test, train, all_)
PYTHON
run 0 evaluate t.h5 --data t.csv --part all; says err 'measured: all 100 samples of t.csv, those among them that trained the model'
# Another file has no part that trained.
head -51 t.csv >other.csv
run 0 evaluate t.h5 --data other.csv; says err 'measured: all 50 samples of other.csv'
grep -q 'trained' err && failed 'another file did not train the model'
run 1 evaluate t.h5 --data other.csv --part train; says err 'other.csv: --part train: it has no parts that are known'
run 2 evaluate t.h5 --data other.csv --part tets; says err '--part wants one of test, train, all'
# Parts in files of their own.
make_data data 64 32
make_recipe idx.json
run 0 train idx.json --epochs 1 --quiet
run 0 evaluate model.h5 --data data; says err 'measured: the test part of data, 32 samples'
run 0 evaluate model.h5 --data data --part train --json; json out "it['measured'] == {'part': 'train', 'samples': 64}"
run 1 evaluate model.h5 --data data --part all; says err 'data: --part all: its parts are files or arrays of their own'
# Class folders: the whole, or the part that their folders name.
for p in train test; do for c in a b; do mkdir -p f/$p/$c; for i in 1 2 3; do printf "$c $i" >f/$p/$c/$i.txt; done; done; done
run 0 init f --output f.json --quiet
says f.json '"test": "f"'
run 0 train f.json --epochs 1 --quiet
run 0 evaluate f.h5 --data f; says err 'measured: the test part of f, 6 samples'
run 0 evaluate f.h5 --data f/train; says err 'measured: all 6 samples of f/train'
finish
