#!/bin/sh
# SIGTERM and Ctrl-C: a checkpoint and exit 143, 130; kill -9; --resume ends in the same bits.
. "$MICA_SOURCE/tests/cli/common.sh"
make_data data 200 20
make_recipe recipe.json
long='--set fit.epochs=3000 --set fit.batch_size=4'

wait_for() { # TEXT: until err holds it, or the training is gone
    while ! grep -qF "$1" err 2>/dev/null; do
        kill -0 "$pid" 2>/dev/null || { failed "ended before: $1"; show err; break; }
        sleep 0.02
    done
}
start() { # in the background, where sh ignores SIGINT: give it back
    : >err
    env --default-signal=INT "$MICA" train recipe.json $long --output "$@" >out 2>err </dev/null &
    pid=$!
}

start stopped.h5
wait_for 'Epoch 2/3000 '
kill -TERM "$pid"; wait "$pid"; got=$?
[ "$got" = 143 ] || { failed "SIGTERM: exit $got"; show err; }
says err 'stopped; the same command with --resume goes on from stopped.h5.checkpoint'
[ -s stopped.h5.checkpoint ] && [ ! -e stopped.h5 ] || failed 'a checkpoint, and no model'

start interrupted.h5 --json
wait_for 'Epoch 3/3000 '
kill -INT "$pid"; wait "$pid"; got=$?
[ "$got" = 130 ] || { failed "SIGINT: exit $got"; show err; }
silent out

start killed.h5
wait_for 'Epoch 2/3000 '
kill -KILL "$pid"; wait "$pid" 2>/dev/null

# Two trainings do not write one output; a killed one holds nothing.
start shared.h5
wait_for 'Epoch 2/3000 '
"$MICA" train recipe.json $long --output shared.h5 >out2 2>err2; got=$?
[ "$got" = 1 ] || failed "a second training of shared.h5: exit $got"
says err2 "output shared.h5: shared.h5.checkpoint: another training writes it: shared.h5.checkpoint.lock is held by process $pid"
says err2 '(mica explain BUSY)'
run 0 train recipe.json $long --output shared.h5 --check
run 0 runs list; grep -q 'shared.h5.run *started' out || { failed 'a run that goes on'; show out; }
"$MICA" train recipe.json --epochs 1 --output beside.h5 --quiet || failed 'another output'
[ ! -e beside.h5.checkpoint.lock ] || failed 'a lock stays after the training'
kill -KILL "$pid"; wait "$pid" 2>/dev/null
[ -e shared.h5.checkpoint.lock ] || failed 'the file that the killed one held'
run 0 runs list; grep -q 'shared.h5.run .*killed (resume possible)' out || { failed 'a killed run is told'; show out; }
run 0 runs list --json; json out "[r['state'] for r in it['runs'] if r['run'] == 'shared.h5.run'] == ['killed']"
run 0 train recipe.json --epochs 1 --output shared.h5 --quiet
[ ! -e shared.h5.checkpoint.lock ] || failed 'the lock of the killed one stays'
rm -rf shared.h5* beside.h5*

# As many epochs as all three have seen, and a few more: the same bits as without a signal.
epochs=$(python3 - *.checkpoint <<'PYTHON'
import json, struct, sys
def epoch(path):
    bytes = open(path, "rb").read()
    size, = struct.unpack_from("<Q", bytes, 12)
    return json.loads(bytes[20:20 + size])["epoch"]
assert len(sys.argv) == 4, sys.argv
print(max(map(epoch, sys.argv[1:])) + 3)
PYTHON
)
long="--set fit.epochs=$epochs --set fit.batch_size=4"
run 0 train recipe.json $long --output whole.h5 --quiet
for name in interrupted stopped killed; do
    run 0 train recipe.json $long --output "$name.h5" --resume --json
    says err 'resumed at epoch '
    json out "len(it['epochs']) == $epochs and it['output'] == '$name.h5'"
    same whole.h5 "$name.h5"
done
# Where there is no checkpoint, it starts anew.
run 0 train recipe.json $long --output fresh.h5 --resume --quiet
same whole.h5 fresh.h5
says err 'warning: no fresh.h5.checkpoint: starting at epoch 1'
run 0 train recipe.json --epochs 1 --output other.h5 --resume --quiet --lang zh
says err '没有 other.h5.checkpoint：从第 1 轮开始'

# A training that was killed in its first epoch is not the one that its checkpoint is of.
ln fresh.h5.checkpoint fresh.h5.checkpoint.before
run 0 train recipe.json $long --output fresh.h5 --resume --quiet
says err 'fresh.h5.checkpoint is of the training before the last one, which was killed in its first epoch'

# Another training is refused with the difference; more epochs are allowed; starting anew says so.
cp -r whole.h5.run whole.before
run 1 train recipe.json $long --output whole.h5 --resume --seed 9
diff -r whole.before whole.h5.run >differences || { failed 'a refused training changes the record of the one that is there'; show differences; }
says err 'whole.h5.checkpoint: this is another training: seed: 9 now, 3 then'
run 1 train recipe.json --set fit.epochs=$epochs --set fit.batch_size=5 --output whole.h5 --resume
says err 'batch_size: 5 now, 4 then'
run 0 train recipe.json --set fit.epochs=$((epochs + 1)) --set fit.batch_size=4 --output whole.h5 --resume --json
json out "len(it['epochs']) == $((epochs + 1))"
cp whole.h5 before.h5; rm whole.h5
run 0 train recipe.json --set fit.epochs=$((epochs + 1)) --set fit.batch_size=4 --output whole.h5 --resume
says err "the training is whole: $((epochs + 1)) epochs are made, $((epochs + 1)) are asked for; --epochs with more than $((epochs + 1)) goes on"
grep -q 'resumed at' err && failed 'a whole training resumes nothing'
same before.h5 whole.h5
run 0 train recipe.json --epochs 2 --set fit.batch_size=4 --output whole.h5 --resume --json
says err "$((epochs + 1)) epochs are made, 2 are asked for"
json out "it['evaluate']['accuracy'] > 0 and len(it['epochs']) == $((epochs + 1))"
stopping='--set fit.early_stopping={"monitor":"loss","min_delta":100,"patience":1}'
run 0 train recipe.json --output early.h5 $stopping
run 0 train recipe.json --output early.h5 $stopping --resume
says err 'the training is whole: a callback ended it after epoch 2 of 20'

run 0 train recipe.json --output whole.h5 --epochs 1
says err 'starting anew replaces it'
head -c 2000 whole.h5.checkpoint >cut; mv cut whole.h5.checkpoint
run 1 train recipe.json --output whole.h5 --epochs 1 --resume
says err 'whole.h5.checkpoint: not a whole checkpoint'
finish
