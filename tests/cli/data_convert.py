#!/usr/bin/env python3
"""mica data convert: arrays as the table has them; text that reads back; errors."""
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

MICA = os.environ["MICA"]


def mica(*arguments, status=0):
    done = subprocess.run([MICA, "data", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done.stderr if status else done.stdout


def array(npy):
    """Type, shape and numbers of an .npy, without NumPy."""
    length = struct.unpack("<H", npy[8:10])[0]
    header = eval(npy[10:10 + length])  # written by the program under test, as NumPy's own reader evaluates it
    kind = {"<f4": "f", "<i4": "i"}[header["descr"]]
    data = npy[10 + length:]
    return header["descr"], header["shape"], list(struct.unpack(f"<{len(data) // 4}{kind}", data))


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        check()
        os.chdir("/")
    return 0


def check():
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write('a,name,c,y\n1,"x, y",u,no\n,"q ""z""",v,yes\n3,中,u,no\n4.5,"two\nlines",v,yes\n')
    mica("convert", "t.csv", "t.npz", "--target", "y", "--ignore", "name", "--impute", "mean")
    with zipfile.ZipFile("t.npz") as z:
        assert sorted(z.namelist()) == ["x.npy", "y.npy"], z.namelist()
        kind, shape, x = array(z.read("x.npy"))
        assert (kind, shape) == ("<f4", (4, 2)) and x[0::2][0] == 1 and abs(x[2] - 8.5 / 3) < 1e-6 and x[1::2] == [0, 1, 0, 1]
        assert array(z.read("y.npy")) == ("<i4", (4,), [0, 1, 0, 1])
    mica("convert", "t.csv", "x.npy", "--feature", "a", "--impute", "constant", "--fill-value", "-7")
    with open("x.npy", "rb") as f:
        assert array(f.read()) == ("<f4", (4, 1), [1, -7, 3, 4.5])
    for first, second in (("t.csv", "u.tsv"), ("u.tsv", "v.csv")):
        mica("convert", first, second)
        assert json.loads(mica("describe", second, "--json")) == json.loads(mica("describe", "t.csv", "--json"))
    with open("t.jsonl", "w", encoding="utf-8") as f:
        f.write('{"a": 1, "b": "x"}\n{"b": "y,z"}\n')
    mica("convert", "t.jsonl", "w.csv")
    with open("w.csv", encoding="utf-8") as f:
        assert f.read() == 'a,b\n1,x\n,"y,z"\n'
    assert "column a: the cell in data row 2 is missing" in mica("convert", "t.csv", "n.npz", "--ignore", "name", status=1)
    assert "write an .npz" in mica("convert", "t.csv", "n.npy", "--target", "y", "--feature", "c", status=1)
    assert "ends in .npz" in mica("convert", "t.csv", "n.xls", status=2)
    check_pictures()
    assert not os.path.exists("n.npz") and not os.path.exists("n.npy")


def pictures(*options, file="p.npz"):
    mica("convert", "pics", file, "--image-size", "2x4", *options)
    with zipfile.ZipFile(file) as z:
        return {name[:-4]: array(z.read(name)) for name in z.namelist()}


def check_pictures():
    for c in range(3):
        os.makedirs(f"pics/{'abc'[c]}")
        for i in range(4):
            with open(f"pics/{'abc'[c]}/{i}.ppm", "wb") as f:
                f.write(b"P6 2 1 255\n" + bytes([100 * c + i] * 3 + [0, 0, 60]))
    plain = pictures("--no-shuffle")
    kind, shape, x = plain["x"]
    assert (kind, shape) == ("<f4", (12, 2, 4, 3)) and plain["y"] == ("<i4", (12,), [0] * 4 + [1] * 4 + [2] * 4)
    assert x[0::24] == [100 * c + i for c in range(3) for i in range(4)] and x[:6] == [0, 0, 0, 0, 0, 15]  # bilinear, half-pixel centres
    assert pictures("--no-shuffle", "--interpolation", "nearest")["x"][2][3:9] == [0, 0, 0, 0, 0, 60]
    shuffled = pictures()
    firsts = shuffled["x"][2][0::24]
    assert sorted(firsts) == x[0::24] and firsts != x[0::24] and [int(v) // 100 for v in firsts] == shuffled["y"][2]
    assert pictures()["y"] == shuffled["y"] != pictures("--seed", "1")["y"]
    hot = pictures("--no-shuffle", "--label-mode", "categorical")["y"]
    assert hot[0:2] == ("<f4", (12, 3)) and hot[2] == [1, 0, 0] * 4 + [0, 1, 0] * 4 + [0, 0, 1] * 4, hot
    assert sorted(pictures("--label-mode", "none")) == ["x"]
    assert pictures("--no-shuffle", "--color-mode", "grayscale")["x"][1] == (12, 2, 4, 1)
    for options, message in [(("--label-mode", "intt"), "did you mean 'int'?"), (("--interpolation", "bilnear"), "did you mean 'bilinear'?"), (("--label-mode", "binary"), "binary")]:
        assert message in mica("convert", "pics", "n.npz", *options, status=1), options
    assert "image_size" in mica("convert", "t.csv", "n.npz", "--image-size", "2x2", status=1)


if __name__ == "__main__":
    sys.exit(main())
