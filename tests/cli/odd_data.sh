#!/bin/sh
# What people have: class folders without files, models that are there already, cells that are odd.
. "$MICA_SOURCE/tests/cli/common.sh"

# ---- class folders: one without a file stays a class, and is told ----
picture() { { printf 'P5 2 2 255\n'; printf "\\$2\\$2\\$2\\$2"; } >"$1"; }
mkdir -p pictures/a pictures/b pictures/c
for i in 1 2 3 4 5 6; do picture pictures/a/$i.ppm 010; picture pictures/c/$i.ppm 37$i; done
recipe() { # FILE DATA OUTPUT
    cat >"$1" <<RECIPE
{"model": {"input": [2, 2, 1], "layers": [{"Rescaling": {"scale": 0.004}}, "Flatten", {"Dense": {"units": 3, "activation": "softmax"}}]},
 "data": {"train": "$2"}, "compile": {"optimizer": {"adam": {"learning_rate": 0.1}}, "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
 "fit": {"epochs": 30, "batch_size": 4}, "output": "$3"}
RECIPE
}
recipe pictures.json pictures m.h5
run 0 train pictures.json
says err 'warning: pictures: no pictures in class folder b (class 1): it stays a class that nobody can learn'
run 0 card m.h5 --json; json out "it['classes'] == ['a', 'b', 'c']"
run 0 init pictures --json; json out "[(w['kind'], w['text']) for w in it['warnings']] == [('empty', 'b (class 1)')]"
run 0 data describe pictures --json; says err 'no pictures in class folder b (class 1)'
mkdir -p pictures/d pictures/e pictures/f
run 0 data describe pictures --json; says err 'in class folders b (class 1), d (class 3), e (class 4), …: they stay classes'
rmdir pictures/d pictures/e pictures/f
# All that one class has is broken.
printf x >pictures/b/1.ppm
run 0 train pictures.json --set 'data.preprocessing={"max_broken": 0.5}' --output n.h5
says err 'pictures: all pictures are broken of b (class 1)'
rm pictures/b/1.ppm
# Fewer than two classes with files are nothing to tell apart.
mkdir -p one/a one/b; cp pictures/a/* one/a
recipe one.json one one.h5
run 1 train one.json; says err 'one.json: one: the pictures are of one class alone, expected files in the folders of two or more'
[ ! -e one.h5 ] || failed 'a model of one class was written'

# ---- data to evaluate that lack a class do not move the numbers of the others ----
mkdir -p some/a some/c; cp pictures/a/1.ppm some/a; cp pictures/c/*.ppm some/c
run 0 evaluate m.h5 --data some --report --json
json out "it['accuracy'] == 1 and [c['support'] for c in it['report']['classes']] == [1, 0, 6]"
rm -r some/a
run 0 evaluate m.h5 --data some --json; json out "it['accuracy'] == 1 and it['measured'] == {'part': 'all', 'samples': 6, 'of': 6, 'trained': False}"
run 0 train pictures.json --set data.validation=some --output v.h5 --json; json out "it['epochs'][-1]['val_accuracy'] == 1"
mkdir some/empty; run 0 evaluate m.h5 --data some
mkdir some/zebra; cp some/c/1.ppm some/zebra
run 1 evaluate m.h5 --data some; says err "some: class folder 'zebra' is none of the 3 classes that the model was trained on (a, b, …)"

# ---- a model that is there already ----
run 0 train pictures.json; grep -q 'is there already' err && failed 'a model of the same recipe is replaced as always'
run 0 train pictures.json --epochs 3 --set compile.optimizer.adam.learning_rate=0.01
grep -q 'is there already, and' err && failed 'another learning rate is the same recipe'
awk 'BEGIN { print "a,b,y"; for (i = 0; i < 60; i++) print i % 7 "," i % 5 "," i % 2 }' >t.csv
run 0 init t.csv --quiet --output t.json; says t.json '"output": "t.h5"'
run 0 train t.json --epochs 1 --output m.h5 --check
says err 'warning: m.h5 is there already, and is not of this recipe (input "a": nothing, expected float32 (None, 1)'
says err 'this training replaces it (not with --check); "output" in the recipe, or --output FILE, names another file'
run 0 evaluate m.h5 --data some/../pictures # still the pictures' one
run 0 train t.json --epochs 1 --output m.h5; says err 'm.h5 is there already, and is not of this recipe'
run 0 train t.json --epochs 1 --output m.h5 --set model.layers[0].Dense.units=5
says err 'm.h5 is there already, and is not of this recipe (other layers, with '
run 0 train t.json --epochs 2 --output m.h5 --resume --set model.layers[0].Dense.units=5; grep -q 'not of this recipe' err && failed 'a resumed training goes on'
run 0 train --model m.h5 --data t.csv --output m.h5; grep -q 'not of this recipe' err && failed 'a model trained further is itself'
echo notes >x.h5
run 0 train t.json --epochs 1 --output x.h5; says err 'x.h5 is there already, and is not of this recipe (x.h5: not a model file'

# ---- one cell that is no number: named where it is met ----
awk 'BEGIN { print "age,city,left"; for (i = 0; i < 90; i++) print 20 + i * 7 % 60 "," (i % 3 ? "Oslo" : "Lima") "," i % 2 }' >good.csv
sed '38s/^[0-9]*/n.a./' good.csv >bad.csv # line 38 is data row 37
run 0 init good.csv --quiet --force; run 0 train recipe.json --epochs 1 --quiet
for command in 'predict good.h5 bad.csv' 'evaluate good.h5 --data bad.csv' 'train recipe.json --data bad.csv --output b.h5'; do
    run 1 $command; says err "bad.csv: column age: 'n.a.' in data row 37 is no number, expected numbers"
done
run 0 init bad.csv --quiet --force
says err "column age: 89 of 90 cells are numbers, but 'n.a.' in data row 37 is none"
run 0 data clean bad.csv --na-value n.a. --output mended.csv --quiet
run 1 predict good.h5 mended.csv; says err 'column age: the cell in data row 37 is missing'

# ---- errors of tables that are made name file, row, cell ----
printf 'd,v,y\n2024-01-02,1,a\n2024-01-03,2,b\nsoon,x,a\n2024-01-05,5,b\n2024-01-06,5,b\n2024-01-07,5,b\n' >time.csv
cut -d, -f2- time.csv >values.csv
run 1 data split time.csv --output s --time d; says err "time.csv: split: time: column d: 'soon' in data row 3 is no date, expected dates to order the rows by"
run 1 data split time.csv --output s --time v; says err "column v: 'x' in data row 3 is no number"
run 1 data split time.csv --output s --time y; says err 'time.csv: split: time: column y is category, expected dates or numbers'
run 1 data split time.csv --output s --stratify z; says err "time.csv: split: stratify: unknown column 'z'"
run 1 data resample values.csv --target y --method smote --output s.csv; says err "values.csv: resample: smote: column v: 'x' in data row 3 is no number"
run 1 data clean time.csv --column q --missing mean --output s.csv; says err "time.csv: clean: column: unknown column 'q'"

# ---- tables that cannot teach: told before an epoch ----
table() { # FILE TARGET-EXPRESSION
    awk "BEGIN { split(\"x y z\", name, \" \"); print \"a,b,y\"; for (i = 0; i < 60; i++) print i % 13 \",\" i * 7 % 11 \",\" $2 }" >"$1"
}
dense() { # FILE UNITS LOSS
    cat >dense.json <<RECIPE
{"model": {"input": [2], "layers": [{"Dense": {"units": $2, "activation": "softmax"}}]}, "data": {"train": "$1", "preprocessing": {"target": "y"}},
 "compile": {"optimizer": "adam", "loss": "$3"}, "output": "d.h5"}
RECIPE
}
table three.csv 'name[i % 3 + 1]'; table one.csv '"k"'; table holes.csv '(i % 4 ? name[i % 2 + 1] : "")'
dense three.csv 1 binary_crossentropy
run 1 train dense.json; says err 'three.csv: 3 classes (x, y, z), binary_crossentropy takes two: an output of 3 numbers by softmax with sparse_categorical_crossentropy tells them apart'
dense three.csv 1 mse
run 0 train dense.json; says err 'warning: three.csv: 3 classes, whose numbers mean_squared_error takes for amounts'
dense three.csv 3 sparse_categorical_crossentropy
run 0 train dense.json; grep -q '3 classes' err && failed 'three outputs tell three classes apart'
dense one.csv 3 sparse_categorical_crossentropy
run 1 train dense.json; says err 'one.csv: all rows are of class k, expected two classes or more'
run 1 init one.csv --output e.json; says err 'target y: all its cells are the same'
dense holes.csv 3 sparse_categorical_crossentropy
run 1 train dense.json; says err 'target y: the cell in data row 1 is missing; the option missing_target "drop" leaves such rows out'
printf 'a,b,y\n1,2,x\n3,inf,y\n2,1e300,x\n' >inf.csv
dense inf.csv 3 sparse_categorical_crossentropy
run 1 train dense.json; says err 'inf.csv: column b: inf in data row 2, expected a number that is finite'
sed -i 2,3d inf.csv; echo 1,2,y >>inf.csv
run 1 train dense.json; says err 'column b: 1e+300 in data row 1, expected a number that is finite in float32'
printf 'a,b,y\n' >header.csv; : >empty.csv
dense header.csv 2 sparse_categorical_crossentropy; run 1 train dense.json; says err 'header.csv: the data has no rows'
dense empty.csv 2 sparse_categorical_crossentropy; run 1 train dense.json; says err 'empty.csv: the file is empty, expected a row of column names'

# ---- texts without a word ----
mkdir -p texts/a texts/b
for i in 1 2 3 4 5 6; do echo "some words $i" >texts/a/$i.txt; : >texts/b/$i.txt; done
run 0 init texts --output texts.json --quiet
run 0 train texts.json --epochs 2 --json; json out "it['epochs'][-1]['loss'] < 2 and it['epochs'][-1]['val_loss'] < 2"
# A mask leaves nothing of them, in Keras too; the message is of that, not of what a text is.
python3 - <<'PYTHON'
import json
r = json.load(open("texts.json"))
r["model"]["layers"][1]["Embedding"]["mask_zero"] = True
json.dump(r, open("masked.json", "w"))
PYTHON
run 1 train masked.json --epochs 2 --output masked.h5
says err 'the first value that is not finite is in the output of layer global_average_pooling1d'
finish
