#!/bin/sh
# mica train: rows set aside for validation by class, resampled classes, balanced weights.
. "$MICA_SOURCE/tests/cli/common.sh"

# 100 rows, class after class: 80 of class 0, 20 of class 1. x is (class, number).
python3 - <<'PYTHON'
import struct, zipfile
def npy(kind, shape, values):
    head = str({"descr": kind, "fortran_order": False, "shape": shape}).ljust(117) + "\n"
    code = "f" if kind == "<f4" else "i"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}{code}", *values)
labels = [0] * 80 + [1] * 20
with zipfile.ZipFile("uneven.npz", "w") as z:
    z.writestr("x.npy", npy("<f4", (100, 2), [v for i, c in enumerate(labels) for v in (c, i / 100)]))
    z.writestr("y.npy", npy("<i4", (100,), labels))
PYTHON
cat >recipe.json <<'RECIPE'
{"model": {"input": [2], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
 "data": {"train": "uneven.npz", "validation_split": {"fraction": 0.2, "stratify": true}},
 "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
 "fit": {"epochs": 2, "batch_size": 8}, "seed": 3, "output": "model.h5"}
RECIPE
steps() { # STEPS ARGUMENTS…: an epoch has so many
    steps=$1; shift
    run 0 train recipe.json --check --json "$@"
    json out "it['check']['steps_per_epoch'] == $steps"
}
run 0 train recipe.json --json
json out "'val_accuracy' in it['epochs'][1]"
cp model.h5 first.h5
run 0 train recipe.json --quiet; same first.h5 model.h5
steps 10
run 0 card model.h5 --json
json out "it['recipe']['fit']['validation_split'] == {'fraction': 0.2, 'stratify': True, 'shuffle': True}"
json out "it['data']['rows'] == 100"
json out "it['baseline']['rows'] == 80 and it['baseline']['labels']['classes'] == [0.8, 0.2]"
run 0 train model.h5.run/recipe.json --quiet --output again.h5; same first.h5 again.h5
run 0 train recipe.json --quiet --seed 4 --output other.h5
cmp -s first.h5 other.h5 && failed 'another seed, the same model'

# The last part of these rows is class 1 alone; --validation-split changes the fraction only.
steps 12 --set data.validation_split=0.1
steps 12 --validation-split 0.1
steps 13 --validation-split 0
steps 10 --set 'data.validation_split={"fraction":0.2,"shuffle":false}'

# Resampled is what is trained on: 64 and 16 rows.
steps 16 --set data.resample=over
steps 4 --set data.resample=under
steps 16 --set data.resample=smote
steps 12 --set 'data.resample={"method":"over","ratio":0.5}'
steps 13 --set 'data.resample={"method":"over","counts":{"1":40}}'
steps 20 --set data.resample=over --set data.validation_split=0.1 # 80 and 10, the last 10 set aside
run 0 train recipe.json --quiet --set data.resample=smote
run 0 card model.h5 --json
json out "it['recipe']['resample'] == 'smote' and it['data']['rows'] == 100"
json out "it['baseline']['labels']['classes'] == [0.8, 0.2]" # as the model will meet them
cp model.h5 smote.h5
run 0 train model.h5.run/recipe.json --quiet --output again.h5; same smote.h5 again.h5
run 0 train recipe.json --quiet --set fit.class_weight=balanced --output balanced.h5
run 0 train recipe.json --quiet --set 'fit.class_weight={"0":0.625,"1":2.5}' --output weighted.h5
same balanced.h5 weighted.h5 # n / (k n_c)
cmp -s balanced.h5 first.h5 && failed 'balanced weights change nothing'

refuse() { # TEXT ARGUMENTS…
    text=$1; shift
    run 1 train recipe.json --output refused.h5 "$@"
    says err "$text"
    [ ! -e refused.h5 ] || failed "refused.h5 is there after: $text"
}
refuse 'validation_split: fraction is 1, expected more than 0 and less than 1' --set data.validation_split.fraction=1
refuse "validation_split: unknown option 'stratified' (did you mean 'stratify'?)" --set data.validation_split.stratified=true
refuse 'stratify with shuffle false' --set data.validation_split.shuffle=false
refuse 'uneven.npz: 99 rows to train on and 1 to test with' --set data.validation_split.fraction=0.005
refuse 'data.resample is 3, expected "over", "under", "smote"' --set data.resample=3
refuse "data.resample: unknown method 'above'" --set data.resample=above
refuse "counts: the key 'one' is no class" --set 'data.resample={"counts":{"one":5}}'
refuse 'class 1 is 0, expected a whole number from 1' --set 'data.resample={"counts":{"1":0}}'
refuse 'ratio and counts' --set 'data.resample={"ratio":0.5,"counts":{"1":5}}'
refuse 'recipe.json: resample: 10 rows of class 1 wanted of 16' --set 'data.resample={"counts":{"1":10}}'
refuse 'class_weight is "balance", expected an object or "balanced"' --set fit.class_weight=balance
finish
