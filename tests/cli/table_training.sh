#!/bin/sh
# A table from raw file to evaluated model: target, missing cells, a test part, the card.
. "$MICA_SOURCE/tests/cli/common.sh"

awk 'BEGIN { print "id,size,color,note,label"
    for (i = 0; i < 400; i++) { k = i % 2
        printf "c%d,%s,%s,,%s\n", i, i % 17 ? k * 3 + i % 5 * 0.1 : "NA", i % 3 ? "red" : "blue", k ? "yes" : "no" } }' >t.csv
cat >recipe.json <<'RECIPE'
{"model": {"input": [2], "layers": [{"Dense": {"units": 8, "activation": "relu"}}, {"Dense": {"units": 2, "activation": "softmax"}}]},
 "data": {"train": "t.csv", "test": "t.csv",
          "preprocessing": {"target": "label", "ignore": ["id", "note"], "impute": "mean", "test_split": 0.25}},
 "compile": {"optimizer": {"adam": {"learning_rate": 0.05}}, "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
 "fit": {"epochs": 30, "batch_size": 16}, "seed": 3, "output": "model.h5"}
RECIPE
run 0 train recipe.json --json
json out "it['evaluate']['accuracy'] > 0.85"
cp out trained
run 0 card model.h5 --json
json out "it['classes'] == ['no', 'yes'] and it['data']['rows'] == 300"
json out "[c['name'] for c in it['table']['columns']] == ['size', 'color'] and it['table']['columns'][1]['categories'] == ['blue', 'red']"

# ---- evaluated: the file that trained by its test part, another by all its rows ----
run 0 evaluate model.h5 --data t.csv --json
python3 - out trained <<'PYTHON' || failed 'evaluate differs from the test part of the training'
import json, sys
a, b = (json.load(open(n)) for n in sys.argv[1:])
assert abs(a["accuracy"] - b["evaluate"]["accuracy"]) < 1e-6, (a, b)
PYTHON
printf 'id,size,color,note,label\nx,3,red,,yes\ny,0,green,,no\n' >new.csv
run 1 evaluate model.h5 --data new.csv; says err "column color: 'green' in data row 2 is not among those of the training part"

# ---- errors before the first epoch ----
run 1 train recipe.json --set data.preprocessing.impute='"none"'; says err 'column size: the cell in data row 1 is missing'
run 1 train recipe.json --set data.preprocessing.target='"lable"'; says err "did you mean 'label'?"
run 1 train recipe.json --set data.preprocessing.impute='"mode"'; says err "unknown impute 'mode'"
run 0 data describe t.csv; says out '400 rows'; says out 'note'
finish
