#!/bin/sh
# Texts from folders of files to a model that predicts texts; windows of a time series; sounds.
. "$MICA_SOURCE/tests/cli/common.sh"

python3 - <<'PYTHON' || failed 'the texts cannot be made'
import os
place = "M\u00fcnchen"
good, bad = "great lovely wonderful fine best".split(), "awful bad poor worst dull".split()
for i in range(60):
    for name, words in (("neg", bad), ("pos", good)):
        os.makedirs(f"reviews/{name}", exist_ok=True)
        with open(f"reviews/{name}/{i:02}.txt", "w", encoding="utf-8") as out:
            out.write(f"The {words[i % 5]}, {words[i // 5 % 5].upper()} film of {('Paris', place)[i % 2]}!\n")
open("words.txt", "w").write("great\nlovely\nawful\nbad\n")
PYTHON
cat >recipe.json <<'RECIPE'
{"model": {"input": [], "dtype": "string",
           "layers": [{"TextVectorization": {"max_tokens": 50, "output_sequence_length": 8}},
                      {"Embedding": {"input_dim": 50, "output_dim": 8}}, "GlobalAveragePooling1D", {"Dense": {"units": 1, "activation": "sigmoid"}}]},
 "data": {"train": "reviews", "preprocessing": {"label_mode": "binary"}, "validation_split": 0.2},
 "compile": {"optimizer": {"adam": {"learning_rate": 0.05}}, "loss": "binary_crossentropy", "metrics": ["accuracy"]},
 "fit": {"epochs": 10, "batch_size": 16}, "seed": 3, "output": "model.h5"}
RECIPE
run 0 train recipe.json --json
json out "it['epochs'][-1]['val_accuracy'] > 0.95"

# ---- the saved model: the vocabulary is in it, texts are predicted ----
printf 'What a lovely, wonderful film\n' >new.txt
run 0 predict model.h5 new.txt --json; json out "it['class'] == 'pos'"
printf 'the worst. awful!' >other.txt
run 0 predict model.h5 other.txt; says out neg
mkdir some; cp new.txt other.txt some
run 0 predict model.h5 some; says out 'some/new.txt'; says out 'some/other.txt'
printf 'gr\374n' >latin.txt
run 1 predict model.h5 latin.txt; says err 'latin.txt: no UTF-8 (byte 0xfc at 2)'
run 0 evaluate model.h5 --data reviews --json; json out "it['accuracy'] > 0.95"
run 0 card model.h5 --json; json out "it['classes'] == ['neg', 'pos'] and it['inputs'][0]['dtype'] == 'string'"
run 0 data convert reviews texts.npz
run 0 predict model.h5 texts.npz --output out.npy
python3 - <<'PYTHON' || failed 'the vocabulary is not of the training part'
import re
model = open("model.h5", "rb").read()
words = re.search(rb'"vocabulary": \[(.*?)\]', model).group(1)
assert words.startswith(b'"the", "of", "film", "paris"') or words.startswith(b'"the", "of", "film", "m'), words[:200]
PYTHON
run 0 train recipe.json --set model.layers[0].TextVectorization.vocabulary=words.txt --set fit.epochs=1 --set output=own.h5
grep -aq '"vocabulary": \["great", "lovely", "awful", "bad"\]' own.h5 || failed 'own.h5 has not the vocabulary of words.txt'
run 1 train recipe.json --set model.layers[0].TextVectorization.vocabulary=none.txt; says err 'none.txt'
run 1 train recipe.json --set model.dtype=strings; says err "unknown dtype 'strings' (did you mean 'string'?)"
run 0 train recipe.json --set 'model.layers=[{"TextVectorization": {"max_tokens": 50, "pad_to_max_tokens": true, "output_mode": "tf_idf"}}, {"Dense": {"units": 1, "activation": "sigmoid"}}]' --set output=tf_idf.h5 --json
json out "it['epochs'][-1]['val_accuracy'] > 0.95"
run 1 train recipe.json --set model.layers[0].TextVectorization.output_sequence_length=null; says err 'expected an output_sequence_length'

# ---- what is learned is of the rows that are trained on; elsewhere it has to be given ----
awk 'BEGIN { print "x,y"; for (i = 0; i < 100; i++) print (i < 80 ? i % 3 % 2 : 77) "," i % 2 }' >ids.csv
cat >ids.json <<'RECIPE'
{"model": {"input": [1], "layers": [{"IntegerLookup": {"output_mode": "multi_hot", "max_tokens": 5, "pad_to_max_tokens": true}}, {"Dense": {"units": 1}}]},
 "data": {"train": "ids.csv", "preprocessing": {"target": "y", "target_type": "number"}, "validation_split": 0.2},
 "compile": {"optimizer": "sgd", "loss": "mse"}, "output": "ids.h5"}
RECIPE
run 0 train ids.json
grep -aq '"vocabulary": \[0, 1\]' ids.h5 || failed 'the vocabulary of ids.h5 is not that of the first 80 rows'
awk 'BEGIN { print "x,y"; for (i = 0; i < 100; i++) print (i < 80 ? i % 2 : 77) "," i % 2 }' >numbers.csv
run 0 train ids.json --set data.train=numbers.csv --set 'model.layers=["Flatten", {"Normalization": {}}, {"Dense": {"units": 1}}]' --set output=numbers.h5
run 0 summary numbers.h5
# ---- what data there is ----
run 0 data describe reviews --json; json out "it['rows'] == 120 and it['texts']['words']['min'] == 6 and it['arrays'][0]['type'] == 'string'"
run 0 data describe reviews; says out 'words: 6 to 6, mean 6.0'
run 0 data preview reviews --batch-size 4; says out film
run 0 data preview reviews --no-shuffle --batch-size 1 --json; json out "it['rows'][0] == {'label': 'neg', 'text': 'The awful, AWFUL film of Paris! '}"
run 1 data preview reviews --output x.png; says err 'texts and sounds are shown as lines'
run 0 data convert reviews texts.npz --json
python3 - <<'PYTHON' || failed 'the converted texts differ'
import zipfile
data = zipfile.ZipFile("texts.npz").read("x.npy")
assert b"'<U" in data[:128] and "The awful, AWFUL film of Paris!".encode("utf-32-le") in data
PYTHON

# ---- windows of a time series ----
awk 'BEGIN { print "value,next"; for (i = 0; i < 400; i++) print sin(i / 5) "," sin(i / 5) }' >wave.csv
cat >wave.json <<'RECIPE'
{"model": {"input": [10, 1], "layers": [{"LSTM": {"units": 8}}, {"Dense": {"units": 1}}]},
 "data": {"train": "wave.csv", "preprocessing": {"target": "next"},
          "windows": {"sequence_length": 10, "target_offset": 10}, "validation_split": 0.25},
 "compile": {"optimizer": {"adam": {"learning_rate": 0.02}}, "loss": "mse"},
 "fit": {"epochs": 5, "batch_size": 32}, "output": "wave.h5"}
RECIPE
run 0 train wave.json --json
json out "it['epochs'][-1]['val_loss'] < 0.1"
run 0 evaluate wave.h5 --data wave.csv --json; json out "it['loss'] < 0.1"
run 1 train wave.json --set 'data.validation_split={"fraction": 0.2}'; says err 'validation_split of windows by chance'
run 0 train wave.json --set 'data.validation_split={"fraction": 0.2, "shuffle": false}' --set fit.epochs=1
run 1 train wave.json --set 'data.validation_split={"fraction": 0.2, "groups": "next"}'; says err 'validation_split of windows by chance'
run 1 train wave.json --set data.windows.sequence_length=500; says err 'a window reads 500 rows'
# as docs/data.md has it: the target's own past and another column, the time left out
awk 'BEGIN { print "time,load,temperature"; for (i = 0; i < 600; i++)
    printf "2024-01-%02d %02d:00,%.2f,%.2f\n", 1 + i / 24, i % 24, 50 + 20 * sin(i * 0.2618), 10 + 8 * sin((i - 5) * 0.2618) }' >power.csv
cat >power.json <<'RECIPE'
{"data": {"train": "power.csv",
          "preprocessing": {"target": "load", "features": ["load", "temperature"]},
          "windows": {"sequence_length": 48, "target_offset": 48}, "validation_split": 0.2},
 "model": {"input": [48, 2], "layers": ["Normalization", {"LSTM": {"units": 16}}, {"Dense": {"units": 1}}]},
 "compile": {"loss": "mse", "optimizer": {"adam": {"learning_rate": 0.02}}},
 "fit": {"epochs": 30, "batch_size": 32}, "output": "power.h5"}
RECIPE
run 0 train power.json --json; json out "it['epochs'][-1]['val_loss'] < 60"
grep -q 'is a date' err && failed 'a date that is no feature is warned of'
tail -n 50 power.csv >rows; { head -n 1 power.csv; cat rows; } >last.csv
run 0 predict power.h5 last.csv --json; says out '"row": 2'; [ "$(wc -l <out)" = 3 ] || failed 'three windows are in 50 rows'
cut -d, -f1,3 last.csv >no_target.csv
run 1 evaluate wave.h5 --data no_target.csv; says err 'no_target.csv'
grep -q measured err && { failed 'measured is said of what was not'; show err; }
printf 'P5 2 48 255\n' >window.pgm; head -c 96 /dev/zero >>window.pgm; mv window.pgm window.ppm
run 1 predict power.h5 window.ppm; says err 'a picture does not fit the model'
run 1 train power.json --check --output nowhere/power.h5; says err 'output: nowhere/power.h5: '
run 0 train power.json --epochs 1 --output names.h5 --set 'model.layers=["Normalization", {"LSTM": {"units": 4, "name": "电力负荷"}}, {"Dense": {"units": 1}}]'
run 0 summary names.h5
python3 - out <<'PYTHON' || failed 'columns of a summary are aligned'
import sys, unicodedata
wide = lambda text: sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
assert len({wide(line[:line.index("(None")]) for line in lines if "(None" in line}) == 1, lines
PYTHON
run 0 train power.json --set 'data.preprocessing={"target": "load", "ignore": ["load"]}' --epochs 1
says err 'warning: column time is a date'
run 1 train wave.json --set data.windows.lenght=5; says err lenght
run 1 train wave.json --set data.preprocessing.validation_split=0.2; says err 'windows of rows that validation_split chooses by chance'
run 1 train wave.json --set data.preprocessing.test_split=0.2; says err 'windows of rows that test_split chooses'

# ---- in an archive, which is read as the folder that it would unpack to ----
if tar -czf reviews.tar.gz reviews && "$MICA" data describe text_folder:reviews.tar.gz --json >out 2>err; then
    json out "it['rows'] == 120 and [c['name'] for c in it['classes']] == ['neg', 'pos'] and it['texts']['words']['min'] == 6"
    run 0 train recipe.json --set data.train=text_folder:reviews.tar.gz --set output=packed.h5 --json
    json out "it['epochs'][-1]['val_accuracy'] > 0.95"
    run 0 evaluate packed.h5 --data reviews --json; json out "it['accuracy'] > 0.95"
else
    says err 'libarchive'
fi
run 0 data split reviews --by-class --output part; says part-test.csv 'neg/'

# ---- sounds ----
mkdir -p sounds/a sounds/b
cp "$MICA_SOURCE/tests/recorded/data/sounds/mono.wav" sounds/a/1.wav
cp "$MICA_SOURCE/tests/recorded/data/sounds/mono.flac" sounds/b/2.flac
if "$MICA" data describe sounds >out 2>err; then
    says out '8000 frames a second, 1 channels, 0.006 seconds'
    run 0 data preview sounds; says out 'peak 1.0000'
    run 0 data convert sounds sounds.npz
    if tar -czf sounds.tgz sounds && "$MICA" data describe audio_folder:sounds.tgz >out 2>err; then
        says out '8000 frames a second, 1 channels, 0.006 seconds'
        run 0 data convert audio_folder:sounds.tgz packed.npz
        cmp sounds.npz packed.npz || failed 'sounds in an archive are others'
    else
        says err 'libarchive'
    fi
    # different numbers of channels: told, and mixed down where that is said
    cp -r sounds mixed; cp "$MICA_SOURCE/tests/recorded/data/sounds/stereo.wav" mixed/b/3.wav
    run 0 data describe mixed; says err 'of different channels (a/1.wav 1, b/3.wav 2)'
    says out 'channels: 1 (2 files), 2 (1 files)'; says out 'seconds: 0.004 to 0.006, mean 0.005'
    run 0 data describe mixed --json
    json out "it['sounds']['channel_counts'] == [{'channels': 1, 'files': 2}, {'channels': 2, 'files': 1}] and it['sounds']['durations']['max'] == 50 / 8000 and it['broken'] == 0"
    run 1 data convert mixed mixed.npz; says err 'channels "mono" makes one of them'
    cat >mono.json <<'JSON'
{"data": {"train": "mixed", "preprocessing": {"channels": "mono", "output_sequence_length": 40}},
 "model": {"input": [40, 1], "layers": [{"Flatten": {}}, {"Dense": {"units": 2, "activation": "softmax"}}]},
 "compile": {"loss": "sparse_categorical_crossentropy", "optimizer": "sgd"}, "fit": {"epochs": 1}, "output": "mono.h5"}
JSON
    run 0 train mono.json
    run 0 predict mono.h5 mixed/b/3.wav mixed/a/1.wav # of two channels, and of one
    run 0 evaluate mono.h5 --data mixed
else
    says err 'it lacks libsndfile'
fi
finish
