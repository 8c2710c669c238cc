#!/usr/bin/env python3
"""The image's root file system, without a container engine: read only, an ordinary user, nothing else in it; the server
answers there, is healthy, and the image is small. Needs root and unshare; where they are missing, it says so."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

MICA, SOURCE = os.environ["MICA"], os.environ["MICA_SOURCE"]
MOST_BYTES = 60 << 20
# A sanitizer would look for its suppressions where only mica is.
os.environ.pop("LSAN_OPTIONS", None)
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
# In a mount namespace of its own: the root and the models are bound read only, /tmp is empty, /proc and /dev/shm (which
# clang's OpenMP wants) are there as in containers; then chroot as user 10001.
INSIDE = """set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mkdir -p "$1/proc" "$1/dev/shm"
mount --bind "$2" "$1/models"
mount -o remount,bind,ro "$1/models"
mount -t tmpfs -o size=1m tmpfs "$1/tmp"
mount --rbind /proc "$1/proc"
mount -t tmpfs -o size=1m tmpfs "$1/dev/shm"
mount -o remount,bind,ro "$1"
root=$1
shift 2
exec chroot --userspec=10001:10001 "$root" /usr/bin/mica "$@"
"""


def skip(why):
    print(why)
    sys.exit(77)


def inside(root, models, *arguments):
    return ["unshare", "--mount", "sh", "-c", INSIDE, "sh", root, models, *arguments]


def main():
    if os.geteuid() or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        skip("a mount namespace is not allowed here")
    if not shutil.which("ldd") or not shutil.which("strip"):
        skip("ldd or strip are missing")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        root, models = os.path.join(folder, "root"), os.path.join(folder, "models")
        made = subprocess.run([os.path.join(SOURCE, "tools/make_rootfs.sh"), MICA, root], capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        size = int(made.stdout.split()[-3])
        assert size < MOST_BYTES, f"{size} bytes packed"
        os.mkdir(models)
        shutil.copy(os.path.join(SOURCE, "data/mnist/mnist_model.h5"), models)
        os.chmod(os.path.join(models, "mnist_model.h5"), 0o644)
        process = subprocess.Popen(inside(root, models, "serve", "mnist=/models/mnist_model.h5", "--port", "0", "--control-port", "0", "--json"),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        if '"port"' not in line:
            error = line + process.communicate()[1]
            if "Permission denied" in error and "mount" in error or "Operation not permitted" in error and "mount" in error:
                skip(error)
            raise AssertionError(error)
        port = json.loads(line)["port"]
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as f:
            status = dict(l.split(":", 1) for l in f)
        assert status["Uid"].split() == ["10001"] * 4 and status["Gid"].split() == ["10001"] * 4, status["Uid"]
        picture = open(os.path.join(SOURCE, "data/mnist/seven.png"), "rb").read()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/models/mnist/picture", data=picture) as reply:
            assert json.load(reply)["predictions"][0]["class"] == "7"
        healthy = subprocess.run(inside(root, models, "health", f"http://127.0.0.1:{port}"), capture_output=True, text=True, check=False)
        assert healthy.returncode == 0 or "built without libcurl" in healthy.stderr, healthy.stderr
        refused = subprocess.run(inside(root, models, "train", "--model", "/models/mnist_model.h5", "--data", "none", "--output", "/models/new.h5"),
                                 capture_output=True, text=True, check=False)
        assert refused.returncode == 1 and not os.path.exists(os.path.join(models, "new.h5")), refused.stderr
        process.send_signal(signal.SIGTERM)
        error = process.communicate()[1]
        assert process.returncode == 0 and "as root" not in error, error
        print(f"{size / 1e6:.1f} MB packed")


main()
