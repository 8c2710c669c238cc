#!/bin/sh
# Class folders of pictures: names of classes go onto the card and come out again, aligned as they show.
. "$MICA_SOURCE/tests/cli/common.sh"
picture() { # FILE, gray of the upper half, of the lower half: 6x4, PPM needs no library
    { printf 'P5 6 4 255\n'; printf "\\$2%.0s" 1 2 3 4 5 6 7 8 9 a b c; printf "\\$3%.0s" 1 2 3 4 5 6 7 8 9 a b c; } >"$1"
}
mkdir -p '数据/dog' '数据/猫咪'
for i in 1 2 3 4 5 6 7 0; do
    picture "数据/dog/$i.pgm" "30$i" "00$i"
    picture "数据/猫咪/$i.pgm" "01$i" "31$i"
done
[ -f '数据/dog/1.pgm' ] && for f in 数据/*/*.pgm; do mv "$f" "${f%.pgm}.ppm"; done
cat >recipe.json <<'RECIPE'
{"model": {"input": [4, 6, 1], "layers": [{"Rescaling": {"scale": 0.004}}, "Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]},
 "data": {"train": "数据", "test": "数据", "preprocessing": {"image_size": [4, 6], "color_mode": "grayscale"}},
 "compile": {"optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.05}},
             "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
 "fit": {"epochs": 30, "batch_size": 4}, "output": "animals.h5"}
RECIPE
run 0 train recipe.json --json
json out "it['evaluate']['accuracy'] == 1"
run 0 card animals.h5 --json
json out "it['classes'] == ['dog', '猫咪'] and it['inputs'][0]['color_mode'] == 'grayscale' and it['data']['rows'] == 16"
run 0 predict animals.h5 数据/dog/3.ppm 数据/猫咪/2.ppm
says out '数据/dog/3.ppm	dog '
says out '数据/猫咪/2.ppm	猫咪 '
run 0 predict animals.h5 数据/猫咪/2.ppm --json --top 2
json out "it['class'] == '猫咪' and it['top'][1]['class'] == 'dog' and it['top'][1]['index'] == 0"
for locale in C C.UTF-8; do
    LC_ALL=$locale "$MICA" evaluate animals.h5 --data 数据 --report >out 2>err
    says out 'dog               1.0000  1.0000  1.0000        8'
    says out '猫咪              1.0000  1.0000  1.0000        8'
    says out 'true \ predicted  dog  猫咪'
    says out '猫咪                0     8'
done
# Without preprocessing, pictures are brought to what the model's input asks.
run 0 train recipe.json --set data=null --data 数据 --epochs 1 --output other.h5 --quiet
# The last part of class folders would be the last class: they are shuffled before the split.
run 0 train recipe.json --validation-split 0.25 --output split.h5 --json
json out "it['epochs'][29]['val_accuracy'] == 1"
# A broken picture is left out and named; too many are an error.
printf 'P5 6 4 255\n' >数据/dog/broken.ppm
run 0 evaluate animals.h5 --data 数据
says err '1 file is broken and left out: 数据/dog/broken.ppm'
cp 数据/dog/broken.ppm 数据/dog/broken2.ppm
run 1 evaluate animals.h5 --data 数据
says err 'broken.ppm'
rm 数据/dog/broken2.ppm
# ---- broken pictures that are left out are told, and all of them are counted ----
cp -r 数据 torn; printf 'P5 6 4 x' >torn/dog/1.ppm; printf junk >torn/dog/2.ppm
run 0 train recipe.json --data torn --epochs 1 --output torn.h5 --quiet --set 'data.preprocessing={"max_broken":0.2}'
says err 'warning: torn: 3 files are broken and left out: torn/dog/1.ppm, torn/dog/2.ppm, torn/dog/broken.ppm'
says torn.h5.run/report.html 'Broken files, left out'; says torn.h5.run/report.html 'torn/dog/2.ppm: '
run 1 train recipe.json --data torn --epochs 1 --output torn.h5 --quiet
says err 'torn: 3 of 17 files are broken, more than the 1 %'
# Found only while training.
run 0 train recipe.json --data torn --epochs 1 --output late.h5 --quiet --set 'data.preprocessing={"max_broken":0.2,"check":"nothing"}'
says err 'warning: torn: 3 files are broken'; says late.h5.run/run.json 'torn/dog/2.ppm: '
run 1 train recipe.json --data torn --epochs 1 --output late.h5 --quiet --set 'data.preprocessing={"check":"nothing"}'
says err 'torn: at least '

# ---- settings beside the picture's size do not change that: it is the model's ----
mkdir -p sized/a sized/b
python3 - <<'PYTHON'
for name, level in (("a", 248), ("b", 20)):
    for i in range(20):
        with open(f"sized/{name}/{i}.pgm", "wb") as f:
            f.write(b"P5 20 20 255\n" + bytes([level + i % 8]) * 400)
PYTHON
cat >sized.json <<'RECIPE'
{"model": {"input": [12, 10, 1], "layers": ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]},
 "data": {"train": "sized", "preprocessing": {"interpolation": "nearest"}},
 "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}, "output": "sized.h5"}
RECIPE
run 0 train sized.json --quiet
run 0 card sized.h5 --json
json out "it['inputs'][0]['image_size'] == [12, 10] and it['inputs'][0]['color_mode'] == 'grayscale' and it['inputs'][0]['interpolation'] == 'nearest'"
run 0 evaluate sized.h5 --data sized --quiet
run 0 card sized.h5; grep -q '^x .* 255$' out || { failed 'pixels end at 255'; show out; }
run 1 train sized.json --set 'data.preprocessing={"image_size":[9,9]}'; says err '(9, 9, 1), the model expects (12, 10, 1)'
finish
