#!/bin/sh
# mica init: the recipe that it writes runs, for every kind of data; what looks wrong is told.
. "$MICA_SOURCE/tests/cli/common.sh"

# ---- a table: an identifier, a constant, a leak, rare classes, missing cells, a date ----
awk 'BEGIN { print "id,site,size,color,paid,when,left"
    for (i = 0; i < 1200; i++) { k = i % 20 == 0
        printf "%d,x,%s,%s,%d,2024-01-%02d,%s\n", 1000 + i, i % 9 ? i % 7 + k * 2 : "", i % 3 ? "red" : "blue", k * 9 + 1, 1 + i % 28, k ? "yes" : "no" } }' >t.csv
run 0 init t.csv --target left --json
json out "{(w['column'], w['kind']) for w in it['warnings']} == {('id', 'identifier'), ('site', 'constant'), ('paid', 'leak'), ('left', 'imbalance')}"
says err 'warning: column paid: it alone tells the target in 100.0 % of the rows'
run 1 init t.csv --target left; says err 'recipe.json is there already'
run 0 init t.csv --target left --ignore paid --force --output t.json
run 0 train t.json --json
json out "'auc' in it['evaluate'] and len(it['epochs']) >= 4"
python3 - <<'PYTHON' || failed 'the recipe is not as expected'
import json
r = json.load(open("t.json"))
assert r["model"]["features"] == {"size": "float_normalized", "color": "string_categorical",
                                  "when": "float_normalized", "when.weekday": "integer_categorical"}, r["model"]
assert r["data"]["preprocessing"] == {"target": "left", "test_split": 0.2, "impute": "median"}, r["data"]
PYTHON
mkdir -p other
run 0 init t.csv --target left --output other/r.json --quiet
says other/r.json '"train": "../t.csv"'

# ---- numbers as target: the last column, trained around 0 whatever its unit ----
awk 'BEGIN { print "a,b,price"; for (i = 0; i < 400; i++) print i % 13 "," i % 5 "," 100000 + 5000 * (i % 13) + 900 * (i % 5) }' >p.csv
run 0 init p.csv --output p.json; says err 'target: price'
run 0 train p.json --epochs 40 --json
json out "it['evaluate']['mae'] < 4000"

# ---- IDX, class folders, .npz ----
make_data idx 64 32
run 0 init idx --output idx.json
run 0 train idx.json --epochs 1 --json
json out "'accuracy' in it['evaluate']"
if "$MICA" init "$MICA_SOURCE/examples/image_folder/pictures" --output pictures.json >out 2>err; then
    says pictures.json 'GlobalAveragePooling2D'
    run 0 train pictures.json --check
else
    says err 'built without libjpeg'
fi
python3 - <<'PYTHON'
import struct, zipfile
def npy(dtype, shape, data):
    head = str({"descr": dtype, "fortran_order": False, "shape": shape}).encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data
with zipfile.ZipFile("a.npz", "w") as z:
    z.writestr("x.npy", npy("<f4", (60, 3), struct.pack("<180f", *[i % 17 for i in range(180)])))
    z.writestr("y.npy", npy("<i4", (60,), struct.pack("<60i", *[i % 3 for i in range(60)])))
PYTHON
run 0 init a.npz --output a.json
run 0 train a.json --epochs 2 --json
json out "'val_accuracy' in it['epochs'][0]"

# ---- class folders of texts; of sounds no recipe is made ----
mkdir -p texts/neg texts/other texts/pos
awk 'BEGIN { split("neg other pos", class, " ")
    for (i = 0; i < 240; i++) print "this is a " class[i % 3 + 1] " text of number " i >("texts/" class[i % 3 + 1] "/" i ".txt") }'
run 0 init texts --output texts.json
python3 - <<'PYTHON' || failed 'the recipe of texts is not as expected'
import json
r = json.load(open("texts.json"))
names = [next(iter(l)) if isinstance(l, dict) else l for l in r["model"]["layers"]]
assert r["model"]["dtype"] == "string" and names == ["TextVectorization", "Embedding", "GlobalAveragePooling1D", "Dropout", "Dense", "Dense"], r["model"]
assert r["compile"]["loss"] == "sparse_categorical_crossentropy" and r["data"]["validation_split"] == 0.2
PYTHON
run 0 train texts.json --json
json out "it['epochs'][-1]['val_accuracy'] > 0.9"
mkdir -p one/only; cp texts/neg/*.txt one/only
run 1 init one --output e.json; says err '1 class, expected folders of two or more'
mkdir -p sounds/a; cp "$MICA_SOURCE/tests/recorded/data/sounds/mono.wav" sounds/a
run 1 init sounds --output e.json; says err 'no recipe is made for class folders of sounds'

# ---- errors ----
run 1 init t.csv --target lefd --output e.json; says err "did you mean 'left'?"
run 1 init t.csv --target site --output e.json; says err 'all its cells are the same'
run 1 init t.csv --target left --ignore nothing --output e.json; says err 'no such column'
run 1 init a.npz --target y --output e.json; says err 'are about tables'
run 1 init missing --output e.json; says err 'missing'
[ ! -e e.json ] || failed 'a recipe was written in spite of an error'
finish
