#!/bin/sh
# kill -9 at random instants, 20 times one after another, each time with --resume: the final weights
# are those of an undisturbed run, bit for bit.
. "$MICA_SOURCE/tests/cli/common.sh"
make_data data 200 20
make_recipe recipe.json

milliseconds() { echo $(($(date +%s%N) / 1000000)); }
random() { od -An -N2 -tu2 /dev/urandom | tr -d ' '; }
start() {
    "$MICA" train recipe.json --set fit.epochs=100000 --set fit.batch_size=4 --output killed.h5 \
        --resume >out 2>err </dev/null &
    pid=$!
}
stop() {
    kill -KILL "$pid" 2>/dev/null || { failed "ended before it was killed"; show err; }
    wait "$pid" 2>/dev/null
}

# How long a start takes here says from when to when an instant may be: the start, between epochs,
# within a write.
begin=$(milliseconds)
start
while [ ! -s killed.h5.checkpoint ] && kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
stop
span=$((2 * ($(milliseconds) - begin) + 50))

kills=1
while [ "$kills" -lt 20 ] && [ "$failures" = 0 ]; do
    start
    after=$(($(random) % span))
    sleep "$((after / 1000)).$(printf %03d $((after % 1000)))"
    stop
    kills=$((kills + 1))
done
[ ! -e killed.h5 ] || failed 'a model before the end'

epochs=$(python3 - killed.h5.checkpoint <<'PYTHON'
import json, struct, sys
bytes = open(sys.argv[1], "rb").read()
size, = struct.unpack_from("<Q", bytes, 12)
print(json.loads(bytes[20:20 + size])["epoch"] + 2)
PYTHON
)
long="--set fit.epochs=$epochs --set fit.batch_size=4"
run 0 train recipe.json $long --output killed.h5 --resume --quiet
run 0 train recipe.json $long --output whole.h5 --quiet
same killed.h5 whole.h5
finish
