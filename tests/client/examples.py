#!/usr/bin/env python3
"""examples/client: what they print of a server is what mica predict says here."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["MICA_SOURCE"], "tests/serve"))
from serving import Server, run  # noqa: E402

EXAMPLES = os.path.join(os.environ["MICA_BUILD"], "examples")
MNIST = os.path.join(os.environ["MICA_SOURCE"], "data/mnist")
MODEL = os.path.join(MNIST, "mnist_model.h5")


def example(name, *arguments, status=0):
    done = subprocess.run([os.path.join(EXAMPLES, name), *arguments], capture_output=True, text=True, check=False)
    if "libcurl" in done.stderr:
        print(done.stderr.strip())
        sys.exit(77)
    assert done.returncode == status, (name, done)
    return done.stderr if status else done.stdout


def pictures(server):
    seven = os.path.join(MNIST, "seven.png")
    said = example("client", server.url, "mnist", seven).splitlines()
    here = run("predict", MODEL, seven, "--top", "3").strip().split("\t")[1:]
    assert said[0].startswith("mnist takes ") and [" ".join(line.split()) for line in said[1:]] == here, (said, here)
    assert "model other: HTTP 404" in example("client", server.url, "other", seven, status=1)


def tensors(server):
    if not os.path.exists(os.path.join(EXAMPLES, "client_cpp")):
        print("no C++ compiler: client_cpp was not built")
        return
    said = [float(line) for line in example("client_cpp", server.url, "mnist").split()]
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        path = os.path.join(folder, "x.npy")
        write_npy(path, [i / 784 for i in range(784)])
        here = [float(t) for t in run("predict", MODEL, path, "--output", os.path.join(folder, "y.csv")) or
                open(os.path.join(folder, "y.csv"), encoding="utf-8").read().splitlines()[1].split(",")[2:]]
    assert len(said) == 10 and all(abs(a - b) < 1e-5 for a, b in zip(said, here)), (said, here)


def write_npy(path, numbers):
    import struct
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 28, 28, 1), }"
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(numbers)}f", *numbers))


def main():
    with Server(f"mnist={MODEL}") as server:
        pictures(server)
        tensors(server)


if __name__ == "__main__":
    main()
