# Sourced by the tests of the command: a folder of their own, made-up data, checks. $MICA is the
# command, $MICA_SOURCE the source tree. Each test ends with `finish`.
set -u
: "${MICA:?}" "${MICA_SOURCE:?}"
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

failed() { failures=$((failures + 1)); printf 'FAILED: %s\n' "$*" >&2; }
show() { sed 's/^/    | /' "$1" >&2; }
# run STATUS ARGUMENTS…: runs mica; its output is in the files out and err.
run() {
    status=$1; shift
    "$MICA" "$@" >out 2>err </dev/null
    got=$?
    [ "$got" = "$status" ] || { failed "mica $*: exit $got, expected $status"; show err; }
}
# says FILE TEXT: a line holds that text.
says() { grep -qF -- "$2" "$1" || { failed "$1 lacks: $2"; show "$1"; }; }
silent() { [ ! -s "$1" ] || { failed "$1 is not empty"; show "$1"; }; }
same() { cmp -s "$1" "$2" || failed "$1 and $2 differ"; }
# json FILE EXPRESSION: one line, a JSON object `it` for which the Python expression is true.
json() {
    python3 - "$1" "$2" <<'PYTHON' || { failed "$1 is not as expected: $2"; show "$1"; }
import json, sys
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
assert len(lines) == 1, f"{len(lines)} lines"
it = json.loads(lines[0])
assert isinstance(it, dict) and eval(sys.argv[2]), it
PYTHON
}

# An IDX folder of 8x8 images in four classes: class k has two bright rows. make_data FOLDER TRAIN TEST.
put_images() { # number of images
    printf "\\0\\0\\010\\003\\0\\0\\0\\$(printf %o "$1")\\0\\0\\0\\010\\0\\0\\0\\010"
    i=0
    while [ "$i" -lt "$1" ]; do
        row=0
        while [ "$row" -lt 8 ]; do
            if [ $((row / 2)) = $((i % 4)) ]; then printf '\310\311\312\313\310\311\312\313'
            else printf "\\$(printf %o $((i % 7)))\\1\\2\\3\\4\\5\\6\\$(printf %o $((i % 5)))"; fi
            row=$((row + 1))
        done
        i=$((i + 1))
    done
}
put_labels() {
    printf "\\0\\0\\010\\001\\0\\0\\0\\$(printf %o "$1")"
    i=0
    while [ "$i" -lt "$1" ]; do printf "\\$(printf %o $((i % 4)))"; i=$((i + 1)); done
}
make_data() {
    mkdir -p "$1"
    put_images "$2" >"$1/train-images-idx3-ubyte"; put_labels "$2" >"$1/train-labels-idx1-ubyte"
    put_images "$3" >"$1/t10k-images-idx3-ubyte"; put_labels "$3" >"$1/t10k-labels-idx1-ubyte"
}
make_recipe() { # the recipe in the file $1, for data in the folder data
    cat >"$1" <<'RECIPE'
{"model": {"input": [8, 8], "layers": [{"Rescaling": {"scale": 0.004}}, "Flatten",
    {"Dense": {"units": 16, "activation": "relu"}}, {"Dropout": {"rate": 0.1}},
    {"Dense": {"units": 4, "activation": "softmax"}}]},
 "data": {"train": "data", "test": "data", "validation_split": 0.25},
 "compile": {"optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.02}},
             "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
 "fit": {"epochs": 20, "batch_size": 16}, "seed": 3, "output": "model.h5"}
RECIPE
}

finish() {
    [ "$failures" = 0 ] || { echo "$failures checks failed" >&2; exit 1; }
    exit 0
}
