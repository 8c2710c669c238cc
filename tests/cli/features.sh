#!/bin/sh
# A model whose inputs are the columns of a table: what prepares them is fitted on the rows that
# train, is saved in the model, and is applied when rows are predicted.
. "$MICA_SOURCE/tests/cli/common.sh"

awk 'BEGIN { print "when,size,color,code,late"
    for (i = 0; i < 600; i++) { k = i % 3
        printf "2024-03-%02dT%02d:00:00,%s,%s,%d,%s\n", 1 + i % 28, i % 24, i % 17 ? k * 100 + i % 5 : "",
            k == 2 ? "red" : k ? "blue" : "green", 10 + i % 4, i % 50 ? (k == 2 ? 30 : k) : "" } }' >t.csv
cat >recipe.json <<'RECIPE'
{"model": {"features": {"size": "float_normalized", "color": "string_categorical",
                        "code": {"integer_categorical": {"max_tokens": 8}},
                        "when.weekday": "integer_categorical", "when.hour": {"float_discretized": {"num_bins": 4}}},
           "crosses": [["color", "code"]], "crossing_dim": 6,
           "layers": [{"Dense": {"units": 8, "activation": "relu"}}, {"Dense": {"units": 1, "activation": "sigmoid"}}]},
 "data": {"train": "t.csv", "test": "t.csv", "validation_split": {"fraction": 0.1, "stratify": true},
          "preprocessing": {"target": "late", "target_above": 15, "missing_target": "drop", "impute": "median", "test_split": 0.25}},
 "compile": {"optimizer": {"adam": {"learning_rate": 0.02}}, "loss": "binary_crossentropy", "metrics": ["accuracy"]},
 "fit": {"epochs": 15, "batch_size": 32}, "seed": 3, "output": "model.h5"}
RECIPE
run 0 train recipe.json --json
json out "it['evaluate']['accuracy'] > 0.97 and 'val_accuracy' in it['epochs'][0]"
run 0 card model.h5 --json
json out "it['classes'] == ['at most 15', 'above 15'] and it['table']['inputs'] == 'columns' and it['data']['rows'] == 441"
json out "[i['name'] for i in it['inputs']] == ['size', 'color', 'code', 'when.weekday', 'when.hour']"
json out "[i for i in it['baseline']['inputs'] if i['name'] == 'color'][0]['texts'].keys() == {'red', 'blue', 'green'}"

# ---- rows without their answer, in any order of columns, with more columns; unknown words ----
printf 'color,code,size,note,when\nred,11,201,,2024-03-05T07:00:00\ngreen,99,,x,2024-03-06T23:00:00\nbeige,10,3,,2024-03-06\n' >new.csv
run 0 predict model.h5 new.csv
says out 'new.csv:0	above 15'; says out 'new.csv:1	at most 15'
[ "$(wc -l <out)" = 3 ] || failed 'three rows, three predictions'
run 0 predict model.h5 t.csv --output all.csv
[ "$(wc -l <all.csv)" = 601 ] || failed 'all rows are predicted, also those without an answer'
head -n 1 all.csv >first; says first 'class,score,at most 15,above 15'
# From standard input, plain or packed, in either form; it says what it is called.
"$MICA" predict model.h5 new.csv >by_name 2>err
sed 's/^new.csv/-/' by_name >expected
"$MICA" predict model.h5 - <new.csv >out 2>err || { failed 'a table from standard input'; show err; }
same out expected
gzip -c new.csv | "$MICA" predict model.h5 - >out 2>err; same out expected
python3 - >rows.jsonl <<'PYTHON'
import csv, json
for row in csv.DictReader(open("new.csv")):
    print(json.dumps({k: v or None for k, v in row.items()}))
PYTHON
"$MICA" predict model.h5 rows.jsonl >by_name 2>err || show err
"$MICA" predict model.h5 - <rows.jsonl >out 2>err || { failed 'JSON Lines from standard input'; show err; }
sed 's/^rows.jsonl/-/' by_name >expected; same out expected
run 1 predict model.h5 -; says err 'mica: standard input: it is empty'
printf 'a,b\n1,2\n' | "$MICA" predict model.h5 - >out 2>err && failed 'a table of other columns'
says err 'mica: standard input: '; says err "column '"
mkdir -p texts/a texts/b; echo one >texts/a/1.txt; echo two >texts/b/2.txt
run 1 evaluate model.h5 --data texts
says err 'texts: this is class folders of texts'; says err 'the model was trained on data of another kind'
run 1 predict model.h5 recipe.json; says err 'recipe.json'
printf 'color,code,size\nred,11,1\n' >short.csv
run 1 predict model.h5 short.csv; says err "column 'when', which the training part had, is not there"

# ---- the target is an input where it is named as one, and a warning ----
awk 'BEGIN { print "a,b,y"; for (i = 0; i < 90; i++) printf "%d,%d,%d\n", i % 7, i % 5, i % 3 }' >y.csv
leak() { # leak FEATURES: a recipe in which these are the features
    cat >leak.json <<RECIPE
{"model": {"input": [2], "layers": [{"Dense": {"units": 1}}]},
 "data": {"train": "y.csv", "preprocessing": {"target": "y", "features": $1}},
 "compile": {"optimizer": "sgd", "loss": "mean_squared_error"}, "fit": {"epochs": 1}}
RECIPE
}
leak '["a", "y"]'
run 0 train leak.json --output l.h5
says err 'column y is the target and an input too: the model is told the answer, which new data lack (leakage)'
run 0 card l.h5 --json; json out "[c['name'] for c in it['table']['columns']] == ['a', 'y'] and it['table']['target']['name'] == 'y'"
printf 'a,y\n1,2\n' >known.csv; run 0 predict l.h5 known.csv
printf 'a\n1\n' >unknown.csv; run 1 predict l.h5 unknown.csv; says err "column 'y', which the training part had, is not there"
run 0 data convert y.csv y.npz --target y --feature a --feature y
python3 - <<'PYTHON' || failed 'x is not a and y'
import io, struct, zipfile
x = zipfile.ZipFile("y.npz").read("x.npy")[-90 * 8:]
assert struct.unpack("<180f", x)[:8] == (0, 0, 1, 1, 2, 2, 3, 0), struct.unpack("<180f", x)[:8]
PYTHON
leak '["*"]'
run 0 train leak.json --output l.h5 # a pattern does not mean the target
grep -q leakage err && failed 'a pattern made the target an input'
sed -i 's/"input": \[2\]/"features": {"b": "float", "y": "float"}/; s/, "features": \["\*"\]//' leak.json
run 0 train leak.json --output l.h5; says err 'column y is the target and an input too'

# ---- what runs models on made-up samples has texts, too, and as many inputs as there are ----
run 0 bench model.h5 --seconds 0.01 --json
json out "it['median_us'] > 0"
python3 - <<'PYTHON'
import json
r = json.load(open("recipe.json"))
r["model"] = {"features": {f"c{i}": "float_normalized" for i in range(40)}, "layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]}
r["data"] = {"train": "wide.csv", "preprocessing": {"target": "y"}}
json.dump(r, open("wide.json", "w"))
with open("wide.csv", "w") as f:
    f.write(",".join(f"c{i}" for i in range(40)) + ",y\n")
    for k in range(60):
        f.write(",".join(str((k * 7 + i * 3) % 11) for i in range(40)) + f",{k % 2}\n")
PYTHON
run 0 train wide.json --epochs 1 --output wide.h5 --json
for asked in 'bench --seconds 0.01' summary plan 'plan --train' card; do
    # shellcheck disable=SC2086
    set -- $asked
    name=$1; shift
    run 0 "$name" wide.h5 "$@"
done
run 0 evaluate wide.h5 --data wide.csv --report

# ---- columns of one kind as one input, of any number ----
python3 - <<'PYTHON'
import json
wide = {"model": {"features": {"n*": "float_normalized", "k*": "string_categorical", "when.weekday": "integer_categorical"},
                  "layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]},
        "data": {"train": "g.csv", "preprocessing": {"target": "y", "inputs": "grouped"}},
        "compile": {"optimizer": {"adam": {"learning_rate": 0.1}}, "loss": "binary_crossentropy", "metrics": ["accuracy"]},
        "fit": {"epochs": 20, "batch_size": 16}, "output": "g.h5"}
json.dump(wide, open("g.json", "w"))
with open("g.csv", "w") as f:
    f.write(",".join([f"n{i}" for i in range(150)] + [f"k{i}" for i in range(50)]) + ",when,y\n")
    for k in range(80):
        f.write(",".join([str((k * 7 + i * 3) % 11 if i else 5) for i in range(150)] + ["ab"[(k + i) % 2] for i in range(50)]) +
                f",2024-01-{1 + k % 28:02},{k % 2}\n")
PYTHON
run 0 train g.json --json
json out "it['epochs'][-1]['accuracy'] == 1"
says err '1 column left out, whose numbers are all the same in the rows that train: n0'
run 0 card g.h5 --json
json out "[(i['name'], i['shape'], i['dtype']) for i in it['inputs']] == [('float_normalized', [149], 'float32'), ('string_categorical', [50], 'int32'), ('integer_categorical', [1], 'int32')]"
json out "[(c['name'], c['input'], c['place'], c['first']) for c in it['table']['columns'][-3:]] == [('k48', 'string_categorical', 48, 144), ('k49', 'string_categorical', 49, 147), ('when.weekday', 'integer_categorical', 0, 0)]"
run 0 card g.h5; grep -q '^n149  *' out && grep -q '^when.weekday ' out || { failed 'the baseline does not name columns'; show out; }
run 1 train g.json --set data.resample='"smote"'; says err 'the input integer_categorical is of categories: expected over or under'
run 1 train g.json --set data.preprocessing.inputs='"groupd"'; says err "unknown inputs 'groupd'"
run 0 evaluate g.h5 --data g.csv --json; json out "it['accuracy'] == 1"
head -n 3 g.csv | sed 's/,a,/,zebra,/' >g2.csv # unknown words are no error
run 0 predict g.h5 g2.csv; [ "$(wc -l <out)" = 2 ] || failed 'two rows, two predictions'
sed '2s/^5,[0-9]*,/5,x,/' g2.csv >g3.csv
run 1 predict g.h5 g3.csv; says err "column n1: 'x' in data row 1 is no number"
cut -d, -f2- g2.csv | cut -d, -f2- >g3.csv
run 1 predict g.h5 g3.csv; says err "column 'n1', which the training part had, is not there"
run 1 train g.json --set 'model.features={"n*": "float_discretized"}'; says err 'float_discretized is of a single column'
run 1 train g.json --set 'model.features={"k*": "float_normalized"}'; says err 'as string_categorical features are'
run 1 train g.json --set 'model.features={"k*": {"string_categorical": {"max_tokens": 2}}}'; says err 'takes no options'
run 1 train g.json --set 'model.crosses=[["k1","k2"]]'; says err 'not of grouped ones'
python3 -c 'import json; r = json.load(open("g.json")); r["model"]["features"] = {f"n{i}": "float" for i in range(150)}
del r["data"]["preprocessing"]["inputs"]; json.dump(r, open("g4.json", "w"))'
run 1 train g4.json; says err 'g4.json: 150 features, expected at most 64 where each is an input'

# ---- nothing is learned from the rows for validation: a word that is there alone stays unknown ----
{ echo 'word,y'; awk 'BEGIN { for (i = 0; i < 90; i++) print (i % 2 ? "a" : "b") "," i % 2; for (i = 0; i < 10; i++) print "z,1" }'; } >w.csv
python3 - w.json <<'PYTHON'
import json, sys
r = json.load(open("recipe.json"))
r["model"]["features"] = {"word": "string_categorical"}
del r["model"]["crosses"]
r["data"] = {"train": "w.csv", "validation_split": 0.1, "preprocessing": {"target": "y"}}
json.dump(r, open(sys.argv[1], "w"))
PYTHON
run 0 train w.json --json
python3 - <<'PYTHON' || failed 'the vocabulary holds a word of the validation'
import struct
data = open("model.h5", "rb").read()
assert b'"vocabulary": ["b", "a"]' in data or b'"vocabulary":["b","a"]' in data
PYTHON

printf 'a/b,y\n' >slash.csv; awk 'BEGIN { for (i = 0; i < 40; i++) print i % 7 "," i % 2 }' >>slash.csv
run 0 train w.json --set 'model.features={"a/b": "float"}' --set data.train=slash.csv --epochs 1
says err "Keras opens no model with a '/' in a name"

# ---- errors ----
run 1 train recipe.json --set model.features.size='"float_normalised"'; says err "did you mean 'float_normalized'?"
run 1 train recipe.json --set model.features.sise='"float"'; says err "did you mean 'size'?"
run 1 train recipe.json --set 'model.features.code={"integer_categorical": {"tokens": 3}}'; says err "unknown option 'tokens'"
run 1 train recipe.json --set 'model.crosses=[["size","code"]]'; says err 'feature size is a float'
run 1 train recipe.json --set data.preprocessing.impute='"none"'; says err 'is missing'
run 1 train recipe.json --set data.preprocessing.missing_target='"error"'; says err 'target late: the cell in data row'

# Layers that learn look at no row before its shape is known to be the model's.
printf 'a,b,c,late\n1,2,3,0\n4,5,6,1\n7,8,9,0\n1,5,9,1\n' >narrow.csv
for layer in '"Normalization"' '{"Discretization": {"num_bins": 2}}' '"IntegerLookup"'; do
    printf '{"model": {"input": [1], "layers": [%s, "Flatten", {"Dense": {"units": 1}}]}, "data": {"train": "narrow.csv", "preprocessing": {"target": "late"}},
 "compile": {"optimizer": "sgd", "loss": "mse"}, "fit": {"epochs": 1}, "output": "n.h5"}' "$layer" >narrow.json
    run 1 train narrow.json --quiet
    says err 'model.layers[0]'; says err 'samples of input input_layer have shape (3,), the model expects (1,)'
done
finish
