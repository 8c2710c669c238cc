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
    assert not os.path.exists("n.npz") and not os.path.exists("n.npy")


if __name__ == "__main__":
    sys.exit(main())
