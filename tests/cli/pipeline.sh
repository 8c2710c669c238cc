#!/bin/sh
# Class folders of pictures with augmentation: the same bits for 1, 2 and 8 workers, with and without
# a cache, and after kill -9 in mid-epoch and --resume. take and shard choose rows.
. "$MICA_SOURCE/tests/cli/common.sh"

python3 - <<'PYTHON'
import os, random
random.seed(5)
for c in range(3):
    os.makedirs(f"pictures/class{c}")
    for i in range(50):
        w, h = random.randint(9, 40), random.randint(9, 40)
        pixels = bytes(min(255, 80 * c + random.randrange(60)) for _ in range(w * h * 3))
        with open(f"pictures/class{c}/{i:03}.ppm", "wb") as f:
            f.write(b"P6 %d %d 255\n" % (w, h) + pixels)
PYTHON
cat >recipe.json <<'RECIPE'
{"model": {"input": [12, 12, 3], "layers": [{"Rescaling": {"scale": 0.004}}, "RandomFlip",
  {"RandomRotation": {"factor": 0.1}}, {"RandomBrightness": {"factor": 0.2, "value_range": [0, 1]}},
  {"Conv2D": {"filters": 4, "kernel_size": 3, "activation": "relu"}}, "Flatten",
  {"Dropout": {"rate": 0.2}}, {"Dense": {"units": 3, "activation": "softmax"}}]},
 "data": {"train": "pictures", "preprocessing": {"image_size": [12, 12]}, "validation_split": 0.2},
 "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"},
 "fit": {"epochs": 4, "batch_size": 7}, "seed": 3, "run_folder": false}
RECIPE

# The file without what the card says of the run.
weights() { run 0 predict "$1" pictures/class1/000.ppm --json; mv out "$1.out"; }

run 0 train recipe.json --output one.h5 --threads 1 --quiet
weights one.h5
for threads in 2 8; do
    run 0 train recipe.json --output many.h5 --threads $threads --quiet
    same one.h5 many.h5
done
for workers in 1 2 8; do
    run 0 train recipe.json --output many.h5 --set data.workers=$workers --threads 2 --quiet
    same one.h5 many.h5
done
for workers in 0 -1 1025 1.5 '"all"'; do
    run 1 train recipe.json --output many.h5 --set "data.workers=$workers"
    says err "data.workers is $workers, expected a whole number from 1 to 1024"
done
for cache in memory kept.cache kept.cache; do
    run 0 train recipe.json --output many.h5 --set data.cache=\"$cache\" --quiet
    weights many.h5
    same one.h5.out many.h5.out
done
[ -s kept.cache ] || failed 'no file of the cache'

# kill -9 in mid-epoch: checkpoints are written as often as can be; the step count tells where it is.
long='--set fit.epochs=400 --set fit.checkpoint_seconds=0.001'
place() { # epoch and step of a checkpoint
    python3 - "$1" <<'PYTHON'
import json, struct, sys
bytes = open(sys.argv[1], "rb").read()
size, = struct.unpack_from("<Q", bytes, 12)
tree = json.loads(bytes[20:20 + size])
print(tree["epoch"], tree["step"])
PYTHON
}
mkdir -p more
cp -r pictures/class1 pictures/class2 more/
turns='--set data.train=["pictures","more"] --set data.preprocessing.class_names=["class0","class1","class2"]'
mkdir more/class0
cp pictures/class2/00?.ppm more/class0/
for cache in '' '--set data.cache="killed.cache"' "$turns --set data.sample={\"weights\":[0.7,0.3]}" \
    "$turns --set data.interleave={\"block_length\":3} --set data.shuffle={\"buffer_size\":20}"; do
    epoch=0 step=0 tries=0
    rm -f killed.h5*
    while [ "$step" = 0 ] && [ $tries -lt 40 ]; do # killed between epochs: once more
        tries=$((tries + 1))
        "$MICA" train recipe.json $long $cache --output killed.h5 --quiet --resume >out 2>err </dev/null &
        pid=$!
        until [ -s killed.h5.checkpoint ]; do kill -0 $pid 2>/dev/null || break; sleep 0.02; done
        sleep 0.2
        kill -KILL $pid 2>/dev/null || { failed 'it ended before it was killed'; show err; break; }
        wait $pid 2>/dev/null
        read -r epoch step <<PLACE
$(place killed.h5.checkpoint)
PLACE
    done
    [ "$step" -gt 0 ] || failed "never killed in mid-epoch: epoch $epoch, step $step"
    end="--set fit.epochs=$((epoch + 2))"
    run 0 train recipe.json $end $cache --output whole.h5 --quiet --threads 2
    run 0 train recipe.json $end $cache --output killed.h5 --resume --quiet --threads 8
    same whole.h5 killed.h5
done

# Rows that are chosen.
run 0 train recipe.json --output some.h5 --set data.take=60 --set data.validation_split=0 --epochs 1 --json
run 0 train recipe.json --output some.h5 --set data.take=60 --check --json
json out "it['steps_per_epoch'] == 7 if 'steps_per_epoch' in it else True"
run 0 train recipe.json --output some.h5 --set 'data.shard={"count":4,"index":1}' --epochs 1 --quiet
run 1 train recipe.json --output some.h5 --set 'data.shard={"count":4,"index":4}' --epochs 1
says err 'data.shard: index 4 of 4, expected 0 to count - 1'
run 1 train recipe.json --output some.h5 --set data.take=0
says err 'data.take is 0, expected a whole number from 1'
run 1 train recipe.json --output some.h5 --set data.cache=7
says err 'data.cache is 7, expected "memory" or a path'
run 1 train recipe.json --output some.h5 --set data.cache=\"kept.cache\" --set data.take=50
says err 'remove the file to make it anew'
finish
