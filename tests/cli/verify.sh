#!/bin/sh
# mica verify: recorded cases pass; wrong ones are counted and named.
. "$MICA_SOURCE/tests/cli/common.sh"
cases=$MICA_SOURCE/tests/verify
run 0 verify "$cases/keras3_mlp" "$cases/tf_keras_digits" "$cases/keras3_two_outputs"
says out '3 passed, 0 failed'
silent err
run 0 verify "$cases/keras3_mlp" --rtol 1e-4 --atol 1e-5 --json
json out "it == {'passed': 1, 'failed': 0, 'failures': []}"

mkdir -p wrong/test_data_set_0
cp "$cases/keras3_mlp/model.h5" wrong
cp "$cases/keras3_mlp/test_data_set_0/input_0.npy" wrong/test_data_set_0
run 1 verify wrong; says err 'wrong: test_data_set_0/output_0.npy: no such file'
python3 - "$cases/keras3_mlp/test_data_set_0/output_0.npy" <<'PYTHON'
import struct, sys
bytes = bytearray(open(sys.argv[1], "rb").read())
last, = struct.unpack_from("<f", bytes, len(bytes) - 4)
struct.pack_into("<f", bytes, len(bytes) - 4, last + 0.1)
open("wrong/test_data_set_0/output_0.npy", "wb").write(bytes)
PYTHON
run 1 verify "$cases/keras3_mlp" wrong
says out '1 passed, 1 failed'
says err 'output_0.npy: element '
run 0 verify wrong --atol 0.2
run 1 verify wrong absent --json
json out "it['failed'] == 2 and it['failures'][1]['case'] == 'absent'"
mkdir empty; cp wrong/model.h5 empty
run 1 verify empty; says err 'empty: no folder test_data_set_0'
finish
