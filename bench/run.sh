#!/bin/sh
# make bench: mica beside TensorFlow, PyTorch and ONNX Runtime: run.sh BUILD [options of compare.py]
# The peers' virtual environment is $MICA_PEERS, or build-peers/, made where it is missing.
set -eu
cd "$(dirname "$0")/.."
build=${1:?usage: run.sh BUILD [options of compare.py]}
shift
peers=${MICA_PEERS:-build-peers}
if [ ! -e "$peers/bin/python" ]; then
    echo "Making the peers' virtual environment in $peers (once, some minutes)" >&2
    bench/setup_peers.sh "$peers" || echo "bench: peers are missing: only mica is measured" >&2
fi
[ $# -gt 0 ] || set -- --update docs/benchmarks.md
exec python3 bench/compare.py --build "$build" --python "$peers/bin/python" "$@"
