#!/bin/sh
# mica predict: files in, names and numbers out.
. "$MICA_SOURCE/tests/cli/common.sh"
cases=$MICA_SOURCE/tests/verify
digits=$cases/keras3_digits
x=$digits/test_data_set_0/input_0.npy

run 0 predict "$digits/model.h5" "$x"
[ "$(wc -l <out)" -gt 1 ] || failed 'a line for each sample'
says out "$x:0	"
run 0 predict "$digits/model.h5" "$x" --top 3
[ "$(head -n 1 out | tr '\t' '\n' | wc -l)" = 4 ] || { failed '--top 3'; show out; }
run 0 predict "$digits/model.h5" "$x" --json --top 2
head -n 1 out >line
json line "it['row'] == 0 and len(it['top']) == 2 and it['top'][0]['class'] == it['class'] and len(it['outputs'][0]) == 10"
json line "abs(sum(it['outputs'][0]) - 1) < 1e-5 and it['score'] == max(it['outputs'][0])"
"$MICA" predict "$digits/model.h5" - <"$x" >out 2>err || failed 'standard input'
says out '-:0	'

# What is written is read again, and is what was recorded.
run 0 predict "$digits/model.h5" "$x" --output y.npy
silent out
python3 - y.npy "$digits/test_data_set_0/output_0.npy" <<'PYTHON' || failed 'the outputs differ from the recorded ones'
import struct, sys
def floats(path):
    bytes = open(path, "rb").read()
    at = 10 + struct.unpack_from("<H", bytes, 8)[0]
    assert b"'<f4'" in bytes[:at], bytes[:at]
    return struct.unpack(f"<{(len(bytes) - at) // 4}f", bytes[at:])
a, b = map(floats, sys.argv[1:])
assert len(a) == len(b) and all(abs(x - y) < 1e-5 for x, y in zip(a, b))
PYTHON
run 0 predict "$digits/model.h5" "$x" "$x" --output twice.npy
[ "$(wc -c <twice.npy)" -gt "$(wc -c <y.npy)" ] || failed 'two files below each other'

# Several inputs, several outputs.
two=$cases/keras3_functional
run 0 predict "$two/model.h5" --input "$two/test_data_set_0/input_0.npy" --input "$two/test_data_set_0/input_1.npy" --json
head -n 1 out >line
json line "len(it['outputs'][0]) == 4"
run 1 predict "$two/model.h5" "$two/test_data_set_0/input_0.npy"; says err '2 inputs'
run 1 predict "$two/model.h5" --input "$two/test_data_set_0/input_0.npy"; says err '1 --input given, the model has 2 inputs'
both=$cases/keras3_two_outputs
run 1 predict "$both/model.h5" "$both/test_data_set_0/input_0.npy" --output y.npy; says err 'ends in .npz'
run 0 predict "$both/model.h5" "$both/test_data_set_0/input_0.npy" --output y.npz
python3 -c "import zipfile; assert sorted(zipfile.ZipFile('y.npz').namelist()) == ['left.npy', 'right.npy']" ||
    failed 'y.npz names the outputs'
run 1 predict "$both/model.h5" "$both/test_data_set_0/input_0.npy" --output y.txt; says err '.npy or .npz'
run 1 predict "$both/model.h5" "$both/test_data_set_0/input_0.npy" --top 2; says err '--top'

# An .npz by the name x, a picture (PPM needs no library), one sample without its batch axis.
make_data data 60 20
make_recipe recipe.json
run 0 train recipe.json --quiet --set model.input=[8,8,1]
{ printf 'P5 8 8 255\n'; printf '\310%.0s' 1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8; head -c 48 /dev/zero; } >first.ppm
run 0 predict model.h5 first.ppm
says out 'first.ppm	0 '
run 0 predict model.h5 first.ppm first.ppm --json
[ "$(wc -l <out)" = 2 ] || failed 'a line for each file'

# A folder is a list of what it holds; one bad file does not end the rest.
mkdir -p pictures/deep; cp first.ppm pictures/b.ppm; cp first.ppm pictures/deep/a.ppm; echo x >pictures/notes.txt
run 0 predict model.h5 pictures
[ "$(cut -f1 out | tr '\n' ' ')" = 'pictures/b.ppm pictures/deep/a.ppm ' ] || { failed 'the pictures of a folder'; show out; }
printf 'P5 8 8 x' >pictures/c.ppm
run 1 predict model.h5 pictures absent.npy first.ppm
[ "$(wc -l <out)" = 3 ] || { failed 'all that can be predicted'; show out; }
says err 'warning: pictures/c.ppm: '; says err 'warning: absent.npy: '; says err 'mica: 2 of 5 files and folders could not be predicted'
run 1 predict model.h5 pictures --output rows.npy; [ ! -e rows.npy ] || failed 'rows that belong to no file'
mkdir empty; run 1 predict model.h5 empty; says err 'empty: this folder holds no pictures'
[ "$(wc -l <err)" = 1 ] || { failed 'one folder is told once'; show err; }
run 1 predict model.h5 empty first.ppm; says out 'first.ppm	0 '
says err 'warning: empty: this folder'; says err '1 of 2 files and folders could not be predicted'
run 1 predict model.h5 empty empty; says err '2 folders, and nothing to predict in them'
# What may not be read: as somebody who is not root, where the test is.
as_nobody= ; [ "$(id -u)" = 0 ] && as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --'
mkdir -p closed/in; cp first.ppm closed/a.ppm; cp first.ppm closed/in/b.ppm; cp first.ppm secret.ppm; chmod 0 closed/in secret.ppm; chmod 755 .
if $as_nobody true 2>/dev/null && $as_nobody "$MICA" info >/dev/null 2>&1; then
    $as_nobody "$MICA" predict model.h5 closed secret.ppm first.ppm >out 2>err; [ $? = 1 ] || failed 'exit 1'
    [ "$(cut -f1 out | tr '\n' ' ')" = 'closed/a.ppm first.ppm ' ] || { failed 'what can be read'; show out; }
    says err 'warning: closed/in: open: Permission denied'; says err 'warning: secret.ppm: open: Permission denied'
    says err '2 of 4 files and folders could not be predicted'
fi
chmod 755 closed/in; chmod 644 secret.ppm
python3 - <<'PYTHON'
import struct
head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 8, 8, 1), }"
head += b" " * (117 - len(head)) + b"\n"
open("nan.npy", "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + struct.pack("<64I", *[0xffc00000] * 64))
PYTHON
run 0 predict model.h5 nan.npy; grep -q -e '-nan' out && { failed 'nan without a sign'; show out; }

# What does not fit says so.
printf 'no picture' >text.txt
run 1 predict model.h5 text.txt; says err 'text.txt: 10 bytes of an unknown kind, expected .npy, .npz'
run 1 predict model.h5 absent.npy; says err 'absent.npy: open: No such file or directory'
head -c 100 "$x" >cut.npy
run 1 predict model.h5 cut.npy; says err cut.npy
run 1 predict model.h5 "$cases/keras3_mlp/test_data_set_0/input_0.npy"; says err 'the model expects (8, 8, 1)'
run 1 predict "$cases/keras3_mlp/model.h5" first.ppm; says err 'a picture does not fit'
finish
