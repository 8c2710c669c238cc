#!/bin/sh
# Where output cannot go: full disks, closed pipes, folders that may not be written.
. "$MICA_SOURCE/tests/cli/common.sh"
make_data data 60 20
make_recipe recipe.json
run 0 train recipe.json --quiet
cp model.h5 kept.h5

"$MICA" list layers >/dev/full 2>err; got=$?
[ "$got" = 1 ] || failed "/dev/full: exit $got"
says err 'mica: standard output: No space left on device'
"$MICA" evaluate model.h5 --data data --json >/dev/full 2>err; got=$?
[ "$got" = 1 ] || failed "/dev/full with --json: exit $got"
{ "$MICA" summary model.h5 2>err; echo "$?" >code; } | true
[ "$(cat code)" = 0 ] || [ "$(cat code)" = 1 ] || failed "a closed pipe: exit $(cat code)"
silent err
# The training itself goes on where nobody reads: the model is saved.
rm -f piped.h5
{ "$MICA" train recipe.json --output piped.h5 2>err; echo "$?" >code; } | true
[ -s piped.h5 ] || { failed 'a closed pipe ended the training'; show err; }

run 1 train recipe.json --output model.txt; says err 'output: model.txt: no model format has this ending, expected one of .h5'
run 1 train recipe.json --output absent/model.h5; says err 'absent/model.h5'
mkdir folder.h5
run 1 train recipe.json --output folder.h5; says err 'folder'
mkdir locked; chmod a-w locked
if [ ! -w locked ]; then # root may write everywhere
    run 1 train recipe.json --output locked/model.h5; says err 'locked/model.h5'
fi
for bad in absent/model.h5 folder.h5 model.txt; do
    run 1 train recipe.json --output "$bad"
    grep -q '^Epoch' err && failed "$bad: said only after an epoch"
done

# A limit of file sizes below what the model needs: said before the first epoch, the old file stays.
(ulimit -f 8; run 1 train recipe.json --set 'model.layers=["Flatten",{"Dense":{"units":4096}},{"Dense":{"units":4}}]'
 says err 'the limit of file sizes is'; says err ' MiB are needed'; says err 'is 4.0 KiB'
 exit "$failures") || failures=$((failures + 1))
same kept.h5 model.h5
# Of y.npy's 15 KiB four fit; less stops the OpenMP runtime of clang before mica begins.
(ulimit -f 8; run 1 predict "$MICA_SOURCE/tests/verify/keras3_upsampling/model.h5" \
     "$MICA_SOURCE/tests/verify/keras3_upsampling/test_data_set_0/input_0.npy" --output y.npy
 says err 'y.npy'
 exit "$failures") || failures=$((failures + 1))
[ ! -e y.npy ] || failed 'a part of y.npy was left'
finish
