#!/bin/sh
# mica train, evaluate, summary, plan, card, bench: what they print, and what they refuse.
. "$MICA_SOURCE/tests/cli/common.sh"
make_data data 120 20
make_recipe recipe.json

# ---- a recipe ----
run 0 train recipe.json
says out 'dense (Dense)'
says out 'Total params: 1,108'
says out 'Test: loss: '
says out 'Saved model.h5'
says err 'Epoch 1/20 '
says err 'Epoch 20/20 '
says err ' - val_accuracy: '
[ "$(grep -c '^Epoch' err)" = 20 ] || failed 'one line an epoch'
cp model.h5 first.h5
run 0 train recipe.json --json
json out "len(it['epochs']) == 20 and it['epochs'][19]['loss'] < it['epochs'][0]['loss'] and it['epochs'][19]['val_accuracy'] == 1"
json out "it['evaluate']['accuracy'] == 1 and it['output'] == 'model.h5' and it['peak_rss_mib'] > 1 and it['first_step_seconds'] > 0"
same first.h5 model.h5
run 0 train recipe.json --quiet
silent out; silent err
mkdir -p elsewhere && (cd elsewhere && run 0 train ../recipe.json --quiet && [ -s model.h5 ]) || failed 'paths of a recipe'
same first.h5 elsewhere/model.h5
run 0 train recipe.json --set fit.epochs=2 --set 'compile.optimizer="sgd"' --seed 0 --output other.h5 --json
json out "len(it['epochs']) == 2 and it['output'] == 'other.h5'"
run 0 train recipe.json --validation-split 0 --epochs 1 --output other.h5 --json
json out "'val_loss' not in it['epochs'][0]"
run 0 train recipe.json --data data --validation-data data --epochs 1 --output other.h5 --json
json out "'val_loss' in it['epochs'][0] and it['evaluate'] == {}"
run 0 train recipe.json --set 'fit.class_weight={"0":2}' --set 'fit.csv_log="log.csv"' \
    --set 'fit.early_stopping={"monitor":"loss","min_delta":100,"patience":1}' --output other.h5 --json
json out "len(it['epochs']) == 2"
says log.csv 'epoch,loss,accuracy,val_loss,val_accuracy'
rm -f check.h5
run 0 train recipe.json --check --output check.h5 --json
json out "it['check']['steps_per_epoch'] == 6 and it['check']['parameters'] == 1108 and it['check']['step_mib'] > 0"
[ ! -e check.h5 ] && [ ! -e check.h5.checkpoint ] || failed '--check saves nothing'
run 0 train recipe.json --check
says out 'An epoch of 6 steps'


# ---- a model with a batch of its own ----
cat >fixed.json <<'MODEL'
{"class_name": "Sequential", "config": {"name": "fixed", "layers": [
  {"class_name": "Flatten", "config": {"batch_input_shape": [4, 8, 8]}},
  {"class_name": "Dense", "config": {"units": 4, "activation": "softmax"}}]}}
MODEL
run 0 train recipe.json --set 'model="fixed.json"' --set fit.batch_size=4 --set data.validation_split=0.2 --epochs 1 --output fixed.h5
says out 'Test: loss: '
run 0 train --model fixed.h5 --data data --epochs 1 --output again.h5 --check --json
json out "it['check']['steps_per_epoch'] == 30"
run 1 train recipe.json --set 'model="fixed.json"' --epochs 1 --output refused.h5
says err 'fit: batch_size is 16, model fixed takes batches of 4'
run 0 evaluate fixed.h5 --data data; says out 'loss: '
run 0 bench fixed.h5 --seconds 0.01; says out 'batch size 4'
run 0 plan fixed.h5
python3 - <<'PYTHON'
import struct
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 8, 8), }".ljust(117) + "\n"
open("six.npy", "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<384f", *range(384)))
PYTHON
run 0 predict fixed.h5 six.npy; [ "$(wc -l <out)" = 6 ] || failed 'six samples of batches of four'

# ---- test data: looked at before the first step; the model is saved before it is evaluated ----
python3 - <<'PYTHON'
import struct, zipfile
def npy(kind, shape, values):
    head = str({"descr": kind, "fortran_order": False, "shape": shape}).ljust(117) + "\n"
    code = "f" if kind == "<f4" else "i"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(values)}{code}", *values)
def put(name, x_shape, y_shape, y):
    size = 1
    for n in x_shape: size *= n
    with zipfile.ZipFile(name, "w") as z:
        z.writestr("x.npy", npy("<f4", x_shape, [0.5] * size))
        z.writestr("y.npy", npy("<i4", y_shape, y))
put("steps.npz", (8, 8, 8), (8, 8), [0, 1, 2, 3] * 16)
put("late.npz", (8, 8, 8), (8, 8), [0, 1, 2, 9] * 16)
put("narrow.npz", (8, 8, 7), (8,), [0, 1, 2, 3] * 2)
put("label.npz", (8, 8, 8), (8,), [0, 1, 2, 9] * 2)
PYTHON
for way in --check --json; do
    run 1 train recipe.json --set 'data.test="narrow.npz"' --output early.h5 $way; says err 'narrow.npz: samples of input'
    grep -q '^Epoch' err && failed 'test data of another shape: said only after an epoch'
    run 1 train recipe.json --set 'data.test="label.npz"' --output early.h5 $way; says err 'label.npz: label 9 in row 3'
    grep -q '^Epoch' err && failed 'labels of the test data: said only after an epoch'
    run 1 train recipe.json --set 'data.test="absent.npz"' --output early.h5 $way; says err 'absent.npz'
    grep -q '^Epoch' err && failed 'no test data: said only after an epoch'
done
[ ! -e early.h5 ] || failed 'a model is saved that was not trained'
# Test pictures that vanish while the model is trained.
for part in train test; do
    for class in a b; do
        mkdir -p "shots/$part/$class"
        printf 'P5 8 8 255\n%064d' 0 >"shots/$part/$class/0.pgm"
    done
done
cat >shots.json <<'RECIPE'
{"model": {"input": [8, 8, 1], "layers": ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]},
 "data": {"train": "shots/train", "test": "shots/test"}, "run_folder": false,
 "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}, "output": "shots.h5"}
RECIPE
"$MICA" train shots.json --epochs 3000 >out 2>err </dev/null &
training=$!
while ! grep -q '^Epoch' err && kill -0 $training 2>/dev/null; do sleep 0.05; done
rm -r shots/test/a shots/test/b
wait $training; got=$?
[ "$got" = 1 ] || failed "pictures of the test data are gone: exit $got"
says err 'the model is saved (shots.h5), but what follows failed: shots/test: '
run 0 summary shots.h5

# ---- callbacks are tried by --check, and before the first epoch ----
told_at_once() { # TEXT CALLBACKS: by both, with nothing written
    echo old >model.h5.checkpoint
    for way in --check --quiet; do
        run 1 train recipe.json $way --set "fit.callbacks=$2"
        says err "recipe.json: "; says err "$1"
        grep -q '^Epoch' err && failed "said only after an epoch: $1"
    done
    [ "$(cat model.h5.checkpoint)" = old ] || failed "the checkpoint is gone after: $1"
}
told_at_once "early_stopping: monitor 'val_acuracy': no such result (did you mean 'val_accuracy'?); there are loss, accuracy, val_loss, val_accuracy" \
    '[{"class_name":"EarlyStopping","config":{"monitor":"val_acuracy"}}]'
told_at_once "reduce_lr_on_plateau: monitor 'auc': no such result" '[{"class_name":"ReduceLROnPlateau","config":{"monitor":"auc"}}]'
told_at_once "model_checkpoint: absent/1.h5" '[{"class_name":"ModelCheckpoint","config":{"filepath":"absent/{epoch}.h5"}}]'
told_at_once "csv_logger: absent/log.csv" '[{"class_name":"CSVLogger","config":{"filename":"absent/log.csv"}}]'
told_at_once "recipe.json/logs" '[{"class_name":"TensorBoard","config":{"log_dir":"recipe.json/logs"}}]'
told_at_once "fit.callbacks[1]: fit: unknown callback 'EarlyStoping' (did you mean 'EarlyStopping'?)" '["TerminateOnNaN","EarlyStoping"]'
rm model.h5.checkpoint
run 1 train recipe.json --check --set fit.early_stopping.monitor=los; says err "did you mean 'loss'?"
run 1 train recipe.json --check --set fit.csv_log=absent/log.csv; says err 'csv_logger: absent/log.csv'
run 1 train recipe.json --check --validation-split 0 --set 'fit.callbacks=["EarlyStopping"]'; says err "'val_loss': no such result here"
run 0 train recipe.json --check --set fit.csv_log=made.csv --set 'fit.callbacks=[{"class_name":"ModelCheckpoint","config":{"filepath":"made.h5"}},{"class_name":"TensorBoard","config":{"log_dir":"made"}}]'
[ -z "$(ls -d made* 2>/dev/null)" ] || failed '--check writes nothing'

# ---- a rate that changes is told ----
run 0 train recipe.json --epochs 3 --output rate.h5 --json --set fit.csv_log=rate.csv \
    --set 'fit.callbacks=[{"class_name":"ReduceLROnPlateau","config":{"monitor":"loss","min_delta":100,"patience":1,"factor":0.01}}]'
json out "[round(e['learning_rate'], 6) for e in it['epochs']] == [0.02, 0.02, 0.0002]"
says err 'learning_rate: 2.0000e-04'
says rate.csv 'val_accuracy,learning_rate'
says rate.h5.run/history.csv 'val_accuracy,learning_rate'
python3 -c "import json; r = json.load(open('rate.h5.run/run.json')); assert 'learning_rate' not in r['best'] and r['last']['learning_rate'] < 0.001" || failed 'run.json'

# ---- a model that is trained on ----
run 0 train --model model.h5 --data data --epochs 2 --json
json out "it['output'] == 'model_trained.h5' and it['epochs'][0]['accuracy'] > 0.9"
run 0 train --model model.h5 --data data --learning-rate 0.5 --optimizer sgd --loss sparse_categorical_crossentropy \
    --output other.h5 --quiet
run 0 card other.h5 --json
json out "it['recipe']['compile']['optimizer']['config']['learning_rate'] == 0.5"

# ---- what is done with it ----
run 0 evaluate model.h5 --data data --json
json out "set(it) == {'loss', 'accuracy', 'measured'} and it['accuracy'] == 1 and it['measured'] == {'part': 'test', 'samples': 20}"
run 0 evaluate model.h5 --data idx:data --batch-size 7 --report
says out 'accuracy: 1'
says out 'macro mean        1.0000  1.0000  1.0000       20'
says out 'true \ predicted  0  1  2  3'
says out '3                 0  0  0  5'
run 0 evaluate model.h5 --data data --report --json
json out "it['report']['confusion'][2] == [0, 0, 5, 0] and it['report']['classes'][1]['support'] == 5"
run 0 summary model.h5 --json
json out "it['parameters'] == 1108 and it['layers'][3]['output_shape'] == [None, 16]"
run 0 plan model.h5 --batch-size 5; says out '5x4'; says out 'arena '
run 0 plan model.h5 --train --json; json out "it['steps'] > 3"
run 0 card model.h5
says out '"fingerprint"'
says out 'Baseline of 90 rows'; says out 'class  labels  predictions'; says out '0      0.2556       0.2556'
run 0 card model.h5 --json
json out "it['baseline']['version'] == 1 and len(it['baseline']['inputs'][0]['features']) == 1"
run 0 bench model.h5 --seconds 0.05 --batch-size 3 --json
json out "set(it) == {'median_us', 'p99_us', 'samples_per_second', 'batch_size'} and it['batch_size'] == 3 and it['p99_us'] >= it['median_us'] > 0"
LC_ALL=de_DE.UTF-8 "$MICA" evaluate model.h5 --data data >out 2>err
says out 'accuracy: 1'

# ---- what is refused: exit 1, with the place and the nearest name ----
refuse() { # TEXT ARGUMENTS…
    text=$1; shift
    run 1 train recipe.json --output refused.h5 "$@"
    says err "$text"
    [ ! -e refused.h5 ] || failed "refused.h5 is there after: $text"
}
refuse "recipe.json: fit: unknown key 'epoch' (did you mean 'epochs'?)" --set fit.epoch=3
refuse "unknown key 'modle' (did you mean 'model'?)" --set modle=3
refuse 'fit is 3, expected an object' --set fit=3
refuse '--set fit.epochs.x=3: epochs is an integer' --set fit.epochs.x=3
refuse '--set =3: expected key.path=value' --set =3
refuse 'epochs is 0, expected at least 1' --set fit.epochs=0
refuse 'validation_split is 1, expected 0 to below 1' --set data.validation_split=1
refuse "unknown loss 'sparse_categorical_crossentropi' (did you mean" --loss sparse_categorical_crossentropi
refuse "unknown optimizer 'adan' (did you mean 'adam'?)" --optimizer adan
refuse "unknown class 'Dens' (did you mean 'Dense'?)" --set 'model.layers=[{"Dens":{"units":3}}]'
refuse "unknown option 'unit' (did you mean 'units'?)" --set 'model.layers=[{"Dense":{"unit":3}}]'
refuse "recipe.json: model sequential: optimizer: compile: unknown optimizer 'adamm' (did you mean 'adam" --set compile.optimizer=adamm
refuse "recipe.json: compile: unknown key 'metric'" --set 'compile.metric=["accuracy"]'
refuse "recipe.json: dtype_policy: unknown policy 'int3', expected one of float32" --set dtype_policy=int3
refuse '--set model.layers[9].Dense.units=3: layers has 5 entries, from [0] on' --set 'model.layers[9].Dense.units=3'
refuse '--set fit[0]=3: fit is an object, expected a list' --set 'fit[0]=3'
refuse '--set model.layers[x]=3: expected key.path=value' --set 'model.layers[x]=3'
run 0 train recipe.json --check --set 'model.layers[2].Dense.units=5' --set 'model.layers[1].Flatten.name=flat' --set 'compile.metrics[0]=sparse_categorical_accuracy' --json
json out "it['check']['parameters'] == 64 * 5 + 5 + 5 * 4 + 4"
echo 1,2 >table.csv; echo x >array.npy
refuse 'table.csv: no targets, the model expects 1: no option target names one of its columns' --data table.csv
refuse 'array.npy: not an npy file' --data array.npy
refuse 'needs 9765625000 MiB of memory' --set 'model.layers=["Flatten",{"Dense":{"units":10000000000000}}]'
refuse 'nowhere' --data nowhere
refuse 'shape (8, 8), the model expects (9, 9)' --set model.input=[9,9]
refuse 'expected a whole number from 0 to 2' --set 'model.layers=["Flatten",{"Dense":{"units":3,"activation":"softmax"}}]'
refuse "fit.class_weight: the key 'many' is no class, expected a number from 0" --set 'fit.class_weight={"many":2}'
refuse "fit.class_weight: the weight of class 1 is a string, expected a number" --set 'fit.class_weight={"1":"two"}'
refuse "recipe.json: model.layers[1] (Dense): units is \"x\"" --set 'model.layers=["Flatten",{"Dense":{"units":"x"}}]'
refuse "recipe.json: model.layers[1] (Conv2D): layer conv2d: input (None, 64) has rank 2" \
    --set 'model.layers=["Flatten",{"Conv2D":{"filters":3,"kernel_size":3}}]'
refuse "recipe.json: model.layers[0] is an object with 2 keys" --set 'model.layers=[{"Dense":{"units":3},"Flatten":{}}]'
refuse "unknown optimizer 'adan' (did you mean 'adam'?)" --set 'compile.optimizer={"adan":{"learning_rate":0.1}}'
mkdir -p pictures/train/cat; echo text >pictures/train/cat/readme.md
refuse "pictures: this folder holds neither pictures in class folders" --data pictures
refuse 'of memory, ' --set 'model.layers=["Flatten",{"Dense":{"units":1000000000000}}]'
run 1 train recipe.json --set 'compile.optimizer={"class_name":"SGD","config":{"learning_rate":1e30}}' --output refused.h5
says err 'the loss is nan; the first value that is not finite is in the output of layer dense'
says err 'epoch 1, step '
[ ! -e refused.h5 ] || failed 'a model is saved after NaN'
run 1 train recipe.json --set fit.epoch=3 --json
json out "'did you mean' in it['error'] and it['code'] == 'NAME'"
: >broken.json
run 1 train broken.json; says err 'broken.json: empty, expected JSON'
printf '{"model": {"input": [8,8],}}' >broken.json
run 1 train broken.json; says err 'broken.json: line 1, column 27: found }, expected a key: there is a comma too many'
printf '{"model": ' >broken.json
run 1 train broken.json; says err broken.json
run 1 train absent.json; says err 'absent.json: '; says err 'No such file or directory'
head -c 3000 model.h5 >cut.h5
run 1 summary cut.h5; says err 'cut.h5: '
run 1 summary recipe.json; says err 'recipe.json: not a model file'
head -c 400 data/t10k-images-idx3-ubyte >cut; cp -r data short; mv cut short/t10k-images-idx3-ubyte
run 1 evaluate model.h5 --data short; says err 'short/t10k-images-idx3-ubyte'

# ---- the short form of named things means the same as the long one ----
run 0 train recipe.json --epochs 2 --quiet --output long.h5
run 0 train recipe.json --epochs 2 --quiet --output short.h5 --set 'compile.optimizer={"Adam":{"learning_rate":0.02}}' \
    --set 'compile.loss={"sparse_categorical_crossentropy":{"from_logits":false}}' --set 'compile.metrics=[{"accuracy":{}}]' \
    --set 'fit.callbacks=[{"EarlyStopping":{"monitor":"loss","patience":9}}]'
"$MICA" evaluate long.h5 --data data >long.txt; "$MICA" evaluate short.h5 --data data >short.txt; same long.txt short.txt
run 0 train recipe.json --check --learning-rate 0.5 --set 'compile.optimizer={"sgd":{"momentum":0.5}}'
run 0 train recipe.json --check --learning-rate 0.5 --set 'compile.optimizer={"class_name":"SGD"}'

# ---- options beside class_name would have no effect: they are errors, whatever is named ----
refuse "compile: optimizer Adam: 'learning_rate' stands beside class_name, expected within config" \
    --set 'compile.optimizer={"class_name":"Adam","learning_rate":0.01}'
refuse "'from_logits' stands beside class_name" --set 'compile.loss={"class_name":"SparseCategoricalCrossentropy","from_logits":true}'
refuse "'foo' stands beside class_name" --set 'compile.metrics=[{"class_name":"AUC","foo":1}]'
refuse "fit.callbacks[0] (ReduceLROnPlateau): 'patienc' stands beside class_name" \
    --set 'fit.callbacks=[{"class_name":"ReduceLROnPlateau","patienc":1}]'
refuse "unknown key 'conf' beside class_name (did you mean 'config'?)" --set 'compile.optimizer={"class_name":"Adam","conf":{}}'
refuse "'decay_steps' stands beside class_name" \
    --set 'compile.optimizer={"sgd":{"learning_rate":{"class_name":"CosineDecay","decay_steps":9,"config":{"initial_learning_rate":1,"decay_steps":9}}}}'
for option in kernel_initializer:HeNormal:seed kernel_regularizer:L2:l2 kernel_constraint:MaxNorm:max_value activation:LeakyReLU:negative_slope; do
    rest=${option#*:}
    refuse "'${rest#*:}' stands beside class_name" \
        --set "model.layers=[\"Flatten\",{\"Dense\":{\"units\":4,\"${option%%:*}\":{\"class_name\":\"${rest%%:*}\",\"${rest#*:}\":1}}}]"
done
refuse "'units' stands beside class_name" --set 'model.layers=[{"Bidirectional":{"layer":{"class_name":"LSTM","units":3,"config":{"units":3}}}},{"Dense":{"units":4}}]'
refuse "layers[1] (Dense): 'units' stands beside class_name" \
    --set 'model={"class_name":"Sequential","config":{"layers":[{"class_name":"Flatten","config":{"batch_input_shape":[null,8,8]}},{"class_name":"Dense","units":4,"config":{"units":4}}]}}'
refuse "augment: MixUp: 'alpha' stands beside class_name" --set 'data.augment=[{"class_name":"MixUp","alpha":0.1}]'

# ---- data: what is there, and which number is not finite ----
python3 - <<'PYTHON'
import struct, zipfile
def npy(shape, floats):
    head = ("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % "".join(f"{n}," for n in shape)).encode()
    head += b" " * (117 - len(head)) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + struct.pack(f"<{len(floats)}f", *floats)
x = [0.0] * 8 * 64
bad = list(x); bad[3 * 64 + 2 * 8 + 1] = float("nan")
y = npy((8,), [0, 1, 2, 3] * 2)
npz_x = npy((8, 8, 8), x)
for name, arrays in {"no_y": {"x": npy((8, 8, 8), x), "labels": y}, "nan": {"x": npy((8, 8, 8), bad), "y": y}, "none": {},
    "typo": {"x_train": npz_x, "y_train": npy((8,), [0, 1, 2, 0] * 2), "sample_weights": y, "x_test": npz_x, "y_test": y},
    "empty": {"x": npy((0, 8, 8), []), "y": npy((0,), [])},
    "real": {"x": npz_x, "y": npy((8,), [1, 0, 1, 9.49664, 1, 1, 1, 1])},
    "inf_y": {"x": npy((8, 8, 8), x), "y": npy((8,), [0.0] * 5 + [float("inf"), 1, 1])},
    "large_y": {"x": npy((8, 8, 8), x), "y": npy((8,), [0.0] * 6 + [1e30, 1])},
    "inf_weight": {"x": npy((8, 8, 8), x), "y": y, "sample_weight": npy((8,), [1, 1, float("inf")] + [1] * 5)}}.items():
    with zipfile.ZipFile(name + ".npz", "w") as z:
        for key, data in arrays.items():
            z.writestr(key + ".npy", data)
open("nan.npy", "wb").write(npy((8, 8, 8), bad))
open("zero.npy", "wb").write(npy((0, 8, 8), []))
with zipfile.ZipFile("model.keras", "w") as z:
    z.writestr("metadata.json", "{}")
PYTHON
refuse 'no_y.npz: no targets, the model expects 1: no array y (or y_0, y_train); it holds x, labels' --data no_y.npz
says err 'warning: no_y.npz: the array labels is not used'
refuse "unknown loss 'nothing'" --data typo.npz --loss nothing
says err "warning: typo.npz: the array sample_weights is not used (did you mean 'sample_weight'?)"
[ "$(grep -c 'is not used' err)" = 1 ] || { failed 'only what is not used'; show err; }
refuse "fit: class_weight needs whole-number classes; real.npz: y has 9.49664 in row 3" --data real.npz --loss mse --set 'compile.metrics=[]' \
    --set 'model.layers=["Flatten",{"Dense":{"units":1}}]' --set 'fit.class_weight={"1":2}'
run 0 train recipe.json --data typo.npz --set data.test=null --epochs 1 --output weights.h5 --set 'fit.class_weight={"1":2,"3":7}'
says err 'warning: class_weight has 7 for class 3, which does not occur in typo.npz'
[ "$(grep -c 'does not occur' err)" = 1 ] || { failed 'only what does not occur'; show err; }
refuse 'fit: empty.npz: the data has no rows' --data empty.npz --validation-split 0
refuse 'none.npz: it holds no arrays, expected x' --data none.npz
run 1 train recipe.json --data nan.npz --validation-split 0 --no-shuffle --output refused.h5
says err 'warning: nan.npz: x in row 3 at (2, 1) is nan, expected finite numbers'
says err 'is in the data of input input_layer: nan.npz: x in row 3 at (2, 1) is nan'
number() { # FILE TEXT: the message of a training of one number
    run 1 train recipe.json --data "$1.npz" --validation-split 0 --loss mse --set 'compile.metrics=[]' \
        --set 'model.layers=["Flatten",{"Dense":{"units":1}}]' --output refused.h5
    says err "while the outputs of all layers are finite: $1.npz: $2"
}
number inf_y 'y in row 5 is inf'
number large_y 'y in row 6 is 1.00000001'; says err ', too large for the loss'
number inf_weight 'sample_weight in row 2 is inf'
run 0 evaluate model.h5 --data nan.npz; says err 'warning: nan.npz: x in row 3 at (2, 1) is nan'
run 0 predict model.h5 nan.npy; says err 'warning: nan.npy: '; says err ' in row 3 at (2, 1) is nan'
run 1 predict model.h5 zero.npy; says err 'zero.npy: no samples: an array of shape (0, 8, 8), the model expects (None, 8, 8)'
silent out
run 1 predict model.h5 nan.npy --top 5; says err '--top 5: the model has 4 classes'
silent out
run 1 summary model.keras; says err "model.keras: a model in Keras's .keras format"; says err '.save("model.h5")'
run 0 train recipe.json --epochs 1 --quiet --output number.h5 --loss mse --set 'compile.metrics=[]' --set 'model.layers=["Flatten",{"Dense":{"units":1}}]'
run 1 evaluate number.h5 --data data --report; says err '--report counts classes, but the model has one output number and the loss mean_squared_error'
run 1 predict number.h5 nan.npy --top 2; says err '--top: the model is no classifier'
run 2 train recipe.json --threads 100000; says err "--threads wants a whole number from 1 to 1024, not '100000'"
MICA_NUM_THREADS=100000 "$MICA" train recipe.json --check >out 2>err && failed 'MICA_NUM_THREADS=100000 is taken'
says err "MICA_NUM_THREADS is '100000', expected a whole number from 1 to 1024"
finish
