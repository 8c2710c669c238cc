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
for class in a b c; do
    mkdir -p "pictures/$class"
    for i in 1 2 3 4; do printf 'P6 2 1 255\n%s00000' "$i" >"pictures/$class/$i.ppm"; done
done
run 0 init pictures --output pictures.json
says pictures.json 'GlobalAveragePooling2D'
says pictures.json '"validation_split": {"fraction": 0.2, "stratify": true}'
says err 'the median 1x2: all become 32x32 (the longer side at most 256, in steps of 32)'
run 0 train pictures.json --check
# The size follows the pictures: the median's shape, at most 256; their own where all have one.
ppm() { { printf 'P6 %d %d 255\n' "$2" "$3"; head -c $(($2 * $3 * 3)) /dev/zero; } >"$1"; }
mkdir -p sizes/a sizes/b
for c in a b; do ppm sizes/$c/1.ppm 640 480; ppm sizes/$c/2.ppm 500 375; ppm sizes/$c/3.ppm 90 70; done
run 0 init sizes --force; says err 'pictures of 70x90 to 480x640 (height x width), the median 375x500: all become 192x256'
says recipe.json '"input": [192, 256, 3]'; says recipe.json '"output": "sizes.h5"'
mv recipe.json sizes.json
for c in a b; do for i in 1 2 3; do ppm sizes/$c/$i.ppm 28 24; done; done
run 0 init sizes --output sizes.json --force; says sizes.json '"input": [24, 28, 3]'
says err 'all pictures are 24x28 (height x width), and stay so'
rm sizes/b/1.ppm sizes/b/2.ppm # one file of a class is in one part alone
run 0 init sizes --output sizes.json --force --json; says sizes.json '"validation_split": 0.2'
json out "[w['kind'] for w in it['warnings']] == ['few']"
# What lies beside the pictures does not make them texts, whoever is more; only texts in number do.
echo about >pictures/a/README.txt
for i in 1 2 3 4; do echo caption >pictures/a/$i.txt; echo caption >pictures/b/$i.txt; echo caption >pictures/c/$i.txt; done
run 0 init pictures --output pictures.json --force
says pictures.json 'GlobalAveragePooling2D'; says err 'warning: 12 files of another kind in the class folders: left out: a/1.txt, …'
run 0 train pictures.json --check
mkdir -p mixed/a mixed/b; cp pictures/a/*.txt mixed/a; cp pictures/b/*.txt mixed/b; cp pictures/a/1.ppm mixed/a
run 0 init mixed --output mixed.json; says mixed.json 'TextVectorization'; says err 'warning: 1 file of another kind in the class folders: left out: a/1.ppm'
python3 - <<'PYTHON'
import struct, zipfile
def npy(dtype, shape, data):
    head = str({"descr": dtype, "fortran_order": False, "shape": shape}).encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data
with zipfile.ZipFile("a.npz", "w") as z:
    z.writestr("x.npy", npy("<f4", (60, 3), struct.pack("<180f", *[i % 17 for i in range(180)])))
    z.writestr("y.npy", npy("<i4", (60,), struct.pack("<60i", *[i % 3 for i in range(60)])))
x = npy("<f4", (60, 3), struct.pack("<180f", *[i % 17 for i in range(180)]))
for name, y in (("one", [float(i % 3 == k) for i in range(60) for k in range(3)]), ("some", [float(i % 3 <= k) for i in range(60) for k in range(3)]),
                ("none", [i / 7 + k for i in range(60) for k in range(3)])):
    with zipfile.ZipFile(name + ".npz", "w") as z:
        z.writestr("x.npy", x)
        z.writestr("y.npy", npy("<f4", (60, 3), struct.pack("<180f", *y)))
PYTHON
head_is() { # NAME WORDS LOSS ACTIVATION: what is written for those targets
    run 0 init "$1.npz" --output "$1.json"
    if [ "$2" ]; then says err "$2"; else silent err; fi
    says "$1.json" "\"loss\": \"$3\""; says "$1.json" "{\"Dense\": {\"units\": 3$4}}"
    run 0 train "$1.json" --quiet --epochs 1
}
head_is one 'y is one class of 3 in each row' categorical_crossentropy ', "activation": "softmax"'
head_is some 'y says of 3 things which hold' binary_crossentropy ', "activation": "sigmoid"'
head_is none '' mean_squared_error ''
run 0 init a.npz --output a.json
run 0 train a.json --epochs 2 --json
json out "'val_accuracy' in it['epochs'][0]"

# Arrays that are a file each, in parts.
python3 - <<'PYTHON'
import zipfile
z = zipfile.ZipFile("a.npz")
for part in ("", "-test"):
    for name in ("x", "y"):
        open(f"pair{part or '-train'}{'' if name == 'x' else '_y'}.npy", "wb").write(z.read(name + ".npy"))
PYTHON
run 0 init pair-train.npy --force; says err 'parts that are there: pair-test.npy tests'
says recipe.json '"train": "pair-train.npy"'; says recipe.json '"test": "pair-test.npy"'; says recipe.json '"output": "pair.h5"'
run 0 train recipe.json --epochs 2 --json
json out "'val_accuracy' in it['epochs'][0] and 'accuracy' in it['evaluate']"
run 0 data describe pair-train.npy --json; json out "[a['name'] for a in it['arrays']] == ['x', 'y'] and it['rows'] == 60"
run 0 data convert pair-train.npy again.npz; run 0 data describe again.npz --json
cp pair-train.npy alone.npy
run 1 init alone.npy --force; says err 'alone.npy: it has no y to train on'
run 1 train recipe.json --data alone.npy; says err 'there is no alone_y.npy beside it'
run 1 data describe npy:recipe.json; says err 'expected a path that ends in .npy'
python3 - <<'PYTHON'
data = open("pair-train_y.npy", "rb").read()
open("alone_y.npy", "wb").write(data[:-8].replace(b"(60,)", b"(58,)"))
PYTHON
run 1 data describe alone.npy; says err 'alone.npy: y has 58 samples, but x has 60'

# ---- the model's name: of the recipe, else of the data ----
mkdir -p names; cp p.csv names/my.data.csv; gzip -c p.csv >names/packed.csv.gz
for pair in names/my.data.csv=my.data names/packed.csv.gz=packed csv:p.csv=p pictures/=pictures; do
    run 0 init "${pair%=*}" --quiet --force; says recipe.json "\"output\": \"${pair#*=}.h5\""
done
(cd pictures && "$MICA" init . --quiet --output ../recipe.json --force); says recipe.json '"output": "pictures.h5"'
run 0 init p.csv --quiet --output names/a.b.json; says names/a.b.json '"output": "a.b.h5"'

# ---- class folders of texts ----
mkdir -p texts/neg texts/other texts/pos
awk 'BEGIN { split("neg other pos", class, " ")
    for (i = 0; i < 240; i++) print "this is a " class[i % 3 + 1] " text of number " i >("texts/" class[i % 3 + 1] "/" i ".txt") }'
run 0 init texts --output texts.json
python3 - <<'PYTHON' || failed 'the recipe of texts is not as expected'
import json
r = json.load(open("texts.json"))
names = [next(iter(l)) if isinstance(l, dict) else l for l in r["model"]["layers"]]
assert r["model"]["dtype"] == "string" and names == ["TextVectorization", "Embedding", "GlobalAveragePooling1D", "Dropout", "Dense", "Dense"], r["model"]
assert r["compile"]["loss"] == "sparse_categorical_crossentropy" and r["data"]["validation_split"] == {"fraction": 0.2, "stratify": True}
PYTHON
run 0 train texts.json --json
json out "it['epochs'][-1]['val_accuracy'] > 0.9"
# Chinese puts no blanks between words.
mkdir -p zh/bad zh/good
awk 'BEGIN { for (i = 0; i < 120; i++) print (i % 2 ? "这本书写得很好我非常喜欢第" : "这本书写得很差我一点都不喜欢第") i "页" >("zh/" (i % 2 ? "good" : "bad") "/" i ".txt") }'
run 0 init zh --output zh.json; says err 'taken apart into characters'
run 0 train zh.json --json
json out "it['epochs'][-1]['val_accuracy'] == 1"
mkdir -p one/only; cp texts/neg/*.txt one/only
run 1 init one --output e.json; says err 'one: texts in 1 class folder alone, expected folders of two or more'

# ---- class folders of sounds, of several rates and lengths ----
python3 - <<'PYTHON'
import math, os, struct, wave
for name, frequency in (("high", 900), ("low", 300)):
    os.makedirs("sounds/" + name)
    for i in range(20):
        rate = 11025 if i % 4 == 1 else 8000
        with wave.open(f"sounds/{name}/{i}.wav", "wb") as w:
            w.setnchannels(1), w.setsampwidth(2), w.setframerate(rate)
            w.writeframes(b"".join(struct.pack("<h", int(2e4 * math.sin(2 * math.pi * (frequency + i) * t / rate)))
                                   for t in range(int(rate * (0.3 + 0.01 * i)))))
PYTHON
if "$MICA" init sounds --output s.json >out 2>err; then
    says err 'sounds of 2 rates: all are resampled to 8000'
    says err 'sounds of 0.3 to 0.49 seconds: all are cut or filled up to 0.49'
    run 0 data preview s.json; says out 'rms'; [ ! -e preview.png ] || failed 'sounds of a recipe are shown as pictures'
    python3 - <<'PYTHON' || failed 'the recipe of sounds is not as expected'
import json
r = json.load(open("s.json"))
assert r["data"]["preprocessing"] == {"sampling_rate": 8000, "output_sequence_length": 3920}, r["data"]
assert r["model"]["input"] == [3920, 1] and "Conv1D" in r["model"]["layers"][0]
PYTHON
    run 0 train s.json --epochs 6 --json
    json out "it['epochs'][-1]['accuracy'] > 0.9 and it['epochs'][-1]['val_accuracy'] > 0.9"
    mkdir same; cp -r sounds/high same; rm same/high/*; cp -r same/high same/low
    for i in 1 2 3; do cp "$MICA_SOURCE/tests/recorded/data/sounds/mono.wav" "same/high/$i.wav"; cp "same/high/$i.wav" same/low; done
    echo about >same/low/readme.txt; echo heard >same/low/notes.txt
    run 0 init same --output s2.json
    says err 'warning: 1 file of another kind in the class folders: left out: low/notes.txt'
    python3 -c 'import json; assert "preprocessing" not in json.load(open("s2.json"))["data"]' || failed 'alike sounds need no options'
    run 0 train s2.json --epochs 1
else
    grep -q 'lacks libs' err || failed 'init of sounds fails for another reason than a library'
fi

# ---- more columns than a model has inputs: those of a kind are one ----
for n in 64 90; do
    awk -v n=$n 'BEGIN { for (i = 0; i < n; i++) printf "c%d,", i; print "y"
        for (r = 0; r < 40; r++) { for (i = 0; i < n; i++) printf "%d.5,", (r * 37 + i * 11) % 101; print r % 2 } }' >w$n.csv
    run 0 init w$n.csv --target y --output w$n.json
    if [ $n = 64 ]; then grep -q grouped w$n.json && failed '64 features are 64 inputs'
    else
        says err '90 features: those of a kind are one input of the model ("inputs": "grouped")'
        says w$n.json '"inputs": "grouped"'
    fi
    run 0 train w$n.json --epochs 1
done
python3 - <<'PYTHON' # of every type, and with what cannot help
import random
r = random.Random(2)
kinds = [("n", 300, lambda i: "" if i % 50 == 3 else f"{r.gauss(i % 2 / 2, 1):.3f}"), ("flag", 60, lambda i: str(r.randint(0, 1))),
         ("word", 100, lambda i: r.choice(["red", "blue", "grün"])), ("many", 3, lambda i: f"w{r.randint(0, 400)}"),
         ("when", 3, lambda i: f"2024-{r.randint(1, 12):02}-{r.randint(1, 28):02}"), ("same", 30, lambda i: "7"), ("id", 30, lambda i: str(i))]
with open("kinds.csv", "w", encoding="utf-8") as f:
    f.write(",".join(f"{name}{k}" for name, count, _ in kinds for k in range(count)) + ",y\n")
    for i in range(900):
        row = [make(i) for _, count, make in kinds for _ in range(count)]
        f.write(",".join(row) + ("," + ("yes" if i % 2 else "no")) + "\n")
PYTHON
run 0 init kinds.csv --output kinds.json --json
json out "sum(w['kind'] == 'constant' for w in it['warnings']) == 30"
says err '20 more columns with such a warning (constant): --json lists all'
python3 - <<'PYTHON' || failed 'the recipe of a wide table is not as expected'
import json
r = json.load(open("kinds.json"))
f = r["model"]["features"]
assert len(f) == 300 + 60 + 103 + 6, len(f)
assert (f["n0"], f["flag0"], f["word0"], f["many0"], f["when0"], f["when0.weekday"]) == (
    "float_normalized", "float", "string_categorical", "string_categorical", "float_normalized", "integer_categorical"), f
PYTHON
run 0 train kinds.json --json
json out "it['evaluate']['auc'] > 0.9"
run 0 predict kinds.h5 kinds.csv

# ---- the target by its name, and why ----
awk 'BEGIN { print "a,Churn,b"; for (i = 0; i < 60; i++) print i % 7 "," (i % 2 ? "yes" : "no") "," i % 5 }' >named.csv
run 0 init named.csv --force; says err 'target: Churn, as its name says (--target names another column)'
run 0 init p.csv --force; says err 'target: price, the last column (--target names another column)'
run 0 init named.csv --force --target b; grep -q 'target:' err && failed 'what was asked for is told'

# The last column where it cannot be one: dates, names.
awk 'BEGIN { print "a,b,when,id"; for (i = 0; i < 60; i++) printf "%d,%d,2024-01-%02d,n%d\n", i % 7, i % 5, 1 + i % 28, i }' >dated.csv
run 0 init dated.csv --force; says err 'target: b, the last column that can be one'
sed 1d dated.csv >bare.csv; awk 'BEGIN { for (i = 0; i < 60; i++) print i % 7 "," i % 5 ",2" }' >bare.csv
run 0 init bare.csv --force; says err '3 of 3 names of columns are numbers: is the first row data? --no-header'
run 0 init bare.csv --no-header --force; grep -q 'is the first row' err && failed 'a table without names is warned of'

# ---- columns of texts: words, or characters; beside other columns, or alone ----
awk 'BEGIN { print "id,note,price,good"
    for (i = 0; i < 200; i++) print i ",this one is " (i % 2 ? "quite nice" : "rather bad") " I must say number " i "," i % 9 "," (i % 2 ? "yes" : "no") }' >notes.csv
run 0 init notes.csv --target good --output notes.json; says err 'column note: texts, taken apart into words'
python3 - <<'PYTHON' || failed 'the recipe of a table with texts is not as expected'
import json
r = json.load(open("notes.json"))
assert r["model"]["features"] == {"note": {"string_vectorized": {"max_tokens": 20000}}, "price": "float_normalized"}, r
PYTHON
run 0 train notes.json --json; json out "it['evaluate']['accuracy'] == 1"
printf 'note,price\nthis one is rather bad,3\nquite nice,\n' >new.csv
run 1 predict notes.h5 new.csv; says err 'column price: the cell in data row 2 is missing'
sed -i 's/nice,/nice,4/' new.csv; run 0 predict notes.h5 new.csv; says out 'new.csv:0	no'; says out 'new.csv:1	yes'
awk 'BEGIN { print "评论,标签"; for (i = 0; i < 160; i++) print (i % 2 ? "这本书写得很好我非常喜欢第" : "这本书写得很差我一点都不喜欢第") i "页," (i % 2 ? "好" : "差") }' >reviews.csv
run 0 init reviews.csv --output reviews.json
says err 'target: 标签, as its name says'; says err 'column 评论: texts, taken apart into characters and pairs of them'
run 0 train reviews.json --json; json out "it['evaluate']['accuracy'] == 1"
run 0 predict reviews.h5 reviews.csv; says out '好'

# ---- options of reading a table are in the recipe ----
awk 'BEGIN { for (i = 0; i < 60; i++) print i % 7 "|00" i % 3 "|" (i % 2 ? "是" : "否") }' | iconv -t gb18030 >read.dat
run 0 init read.dat --separator '|' --encoding gb18030 --no-header --text-column 1 --output read.json
python3 - <<'PYTHON' || failed 'the recipe does not say how the table is read'
import json
d = json.load(open("read.json"))["data"]
assert d["train"] == "csv:read.dat" == d["test"], d
assert d["preprocessing"] == {"target": "2", "test_split": 0.2, "separator": "|", "encoding": "gb18030", "no_header": True, "text_columns": ["1"]}, d
PYTHON
run 0 train read.json --epochs 1 --json; json out "'auc' in it['evaluate']"
run 0 predict read.h5 csv:read.dat; says out '否'
run 1 init idx --separator ';' --output e.json; says err 'idx: the options are about tables, this is'

# ---- parts that are there ----
run 0 data split t.csv --output cut --test-fraction 0.2 --validation-fraction 0.1 --stratify left
run 0 init cut-train.csv --target left --ignore paid --force
says err 'parts that are there: cut-validation.csv validates, cut-test.csv tests'
python3 - <<'PYTHON' || failed 'the recipe does not have the parts'
import json
r = json.load(open("recipe.json"))
assert r["data"] == {"train": "cut-train.csv", "test": "cut-test.csv", "validation": "cut-validation.csv",
                     "preprocessing": {"target": "left", "impute": "median"}} and r["output"] == "cut.h5", r
PYTHON
run 0 train recipe.json --epochs 1 --json; json out "'auc' in it['evaluate'] and 'val_auc' in it['epochs'][0]"
rm cut-test.csv; run 0 init csv:cut-train.csv --target left --force # without a test its rows are divided
python3 - <<'PYTHON' || failed 'the recipe does not have the part'
import json
d = json.load(open("recipe.json"))["data"]
assert (d["train"], d["test"], d["validation"]) == ("csv:cut-train.csv", "csv:cut-train.csv", "csv:cut-validation.csv"), d
assert d["preprocessing"]["test_split"] == 0.2 and "validation_split" not in d, d
PYTHON
run 0 train recipe.json --epochs 1
for part in train validation test; do
    mkdir -p parts/$part/no parts/$part/yes
    for i in 1 2 3 4 5 6; do echo "no, it is not $i" >parts/$part/no/$i.txt; echo "yes, this is $i" >parts/$part/yes/$i.txt; done
done
run 0 init parts --force; says err 'parts that are there: parts/validation validates, parts/test tests'
says recipe.json '"validation": "parts/validation"'; says recipe.json '"test": "parts/test"'; says recipe.json '"output": "parts.h5"'
grep -q validation_split recipe.json && failed 'rows are set aside beside those for validation'
run 0 train recipe.json --epochs 1 --json; json out "'val_accuracy' in it['epochs'][0] and 'accuracy' in it['evaluate']"
rm -r parts/test; run 0 init parts/ --force; says err 'parts that are there: parts/validation validates'
grep -q '"test"' recipe.json && failed 'the validation part is the test, too'
run 0 train recipe.json --epochs 1

# ---- broken files ----
cp -r pictures bad; echo broken >bad/a/9.ppm; echo broken >bad/b/9.ppm
run 1 init bad --force; says err 'max_broken'
run 0 init bad --max-broken 0.5 --force; says recipe.json '"max_broken": 0.5'
run 0 train recipe.json --check
run 1 init p.csv --max-broken 0.5 --force; says err '--max-broken is about class folders'

# ---- errors ----
run 1 init t.csv --target lefd --output e.json; says err "did you mean 'left'?"
run 1 init t.csv --target site --output e.json; says err 'all its cells are the same'
run 1 init t.csv --target left --ignore nothing --output e.json; says err 'no such column'
run 1 init a.npz --target y --output e.json; says err 'are about tables'
run 1 init missing --output e.json; says err 'missing'
[ ! -e e.json ] || failed 'a recipe was written in spite of an error'
finish
