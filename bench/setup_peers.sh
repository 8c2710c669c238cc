#!/bin/sh
# Makes the virtual environment of the peers that `make bench` compares with: setup_peers.sh DIR
# It downloads about 700 MB from PyPI, and far more where only PyTorch's CUDA wheel can be had: the
# small CPU wheel is tried first. Nothing outside DIR is touched.
set -eu
dir=${1:?usage: setup_peers.sh DIR}
[ -x "$dir/bin/python" ] || python3 -m venv "$dir"
pip="$dir/bin/pip --disable-pip-version-check --quiet"
$pip install numpy h5py pandas scikit-learn imbalanced-learn onnx onnxruntime tensorflow-cpu
$pip install --no-deps tf_keras # its only other dependency is the tensorflow that tensorflow-cpu is
$pip install fastapi uvicorn uvloop httptools mlserver || # what bench/serve.py measures
    echo "setup_peers.sh: FastAPI or MLServer are left out" >&2
has_torch() { "$dir/bin/python" -c 'import torch' 2>/dev/null; }
has_torch || $pip install --timeout 15 --retries 0 torch --index-url https://download.pytorch.org/whl/cpu \
    2>/dev/null || true
if ! has_torch; then
    echo "setup_peers.sh: no CPU wheel of PyTorch could be had, taking the one of PyPI (large)" >&2
    $pip install torch || true
fi
has_torch || echo "setup_peers.sh: PyTorch is left out" >&2
"$dir/bin/pip" --disable-pip-version-check list 2>/dev/null |
    grep -iE '^(tensorflow|keras|tf.keras|torch|onnx|pandas|fastapi|mlserver)' || true
