#!/usr/bin/env python3
"""What describe, preview, convert and init say of a folder of pictures, good and broken, is the same whatever the
number of threads that read them."""
import os
import subprocess
import tempfile

MICA = os.environ["MICA"]
folder = tempfile.TemporaryDirectory(prefix="mica_test_")  # gone at the end
os.chdir(folder.name)
for k, name in enumerate(("ant", "bee", "cow")):
    os.makedirs(f"pictures/{name}")
    for i in range(40):
        width, height = 5 + (7 * i + k) % 11, 4 + (3 * i + k) % 9
        with open(f"pictures/{name}/{i:02}.{'bmp' if i % 13 == 5 else 'ppm'}", "wb") as out:
            whole = b"P6 %d %d 255\n" % (width, height) + bytes((i * 31 + n * k) % 256 for n in range(3 * width * height))
            out.write(b"BM is none" if i % 13 == 5 else whole)


def said(threads, *arguments):
    done = subprocess.run([MICA, *arguments], capture_output=True, check=False, env={**os.environ, "MICA_NUM_THREADS": str(threads)})
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout, done.stderr


for command, made in ((["data", "describe", "pictures", "--json"], None), (["data", "describe", "pictures"], None),
                      (["data", "describe", "pictures", "--html", "p.html"], "p.html"),
                      (["data", "convert", "pictures", "p.npz", "--max-broken", "0.2", "--image-size", "8x8"], "p.npz"),
                      (["init", "pictures", "--output", "r.json", "--force", "--max-broken", "0.2"], "r.json")):
    results = []
    for threads in (1, 2, 5):
        result = said(threads, *command)
        results.append((result, open(made, "rb").read() if made else b""))
    assert results[0] == results[1] == results[2], (command, [r[0] for r in results])
