#!/usr/bin/env python3
"""mica data preview after augmentation: the pixels of the sheet are what the layers make of pictures
of known colours, labels are mixed with the shares that pixels are, and names have a legend."""
import json
import os
import struct
import subprocess
import tempfile
import zlib

MICA = os.environ["MICA"]
GAP = 4


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def read_png(path):
    """Rows of (r, g, b)."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, packed, width, height = 8, b"", 0, 0
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, color = struct.unpack(">IIBB", body[:10])
            assert (depth, color) == (8, 2)
        if kind == b"IDAT":
            packed += body
        at += 12 + size
    raw, rows, before = zlib.decompress(packed), [], bytearray(3 * width)
    for y in range(height):
        method, line = raw[y * (3 * width + 1)], bytearray(
            raw[y * (3 * width + 1) + 1:(y + 1) * (3 * width + 1)])
        for i in range(3 * width):
            a = line[i - 3] if i >= 3 else 0
            b, c = before[i], before[i - 3] if i >= 3 else 0
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[i] = (line[i] + (0, a, b, (a + b) // 2, near)[method]) & 255
        rows.append([tuple(line[3 * x:3 * x + 3]) for x in range(width)])
        before = line
    return rows


def write_ppm(path, width, height, pixel):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(b"P6 %d %d 255\n" % (width, height))
        f.write(bytes(v for y in range(height) for x in range(width) for v in pixel(x, y)))


def shown(*arguments):
    """The sheet's cells of one size as lists of rows, and what was said."""
    said = json.loads(mica("data", "preview", *arguments, "--output", "sheet.png", "--json"))
    return read_png("sheet.png"), said


def first_pixel(sheet, i, across, width, height):
    return sheet[GAP + i // across * (height + 14 + GAP)][GAP + i % across * (width + GAP)]


def recipe(path, layers, **data):
    tree = {"model": {"input": [8, 8, 3], "layers": [
        *layers, "Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]},
        "data": {"train": "colours", **data},
        "compile": {"optimizer": "sgd", "loss": "categorical_crossentropy"},
        "fit": {"batch_size": 8}, "seed": 5, "output": "m.h5"}
    with open(path, "w", encoding="utf-8") as f:
        json.dump(tree, f)


def test_recipe_layers():
    """Brightness of a fixed factor, before and after Rescaling, in a model as a layer, on BGR."""
    fixed = {"RandomBrightness": {"factor": [0.2, 0.2]}}
    for layers, prepared in (
            ([fixed, {"Rescaling": {"scale": 0.01}}], {}),
            ([{"Rescaling": {"scale": 1 / 255}},
              {"RandomBrightness": {"factor": [0.2, 0.2], "value_range": [0, 1]}}], {})):
        recipe("r.json", layers, preprocessing={"label_mode": "categorical", **prepared})
        sheet, said = shown("r.json")
        assert "RandomBrightness" in said["augmentation"] and said["samples"] == 8, said
        for i, label in enumerate(said["labels"]):
            want = {"dark": (61, 71, 81), "light": (251, 241, 231)}[label]
            got = first_pixel(sheet, i, 3, 40, 8)
            assert max(abs(a - b) for a, b in zip(got, want)) <= 1, (layers, label, got)
    # what the network takes is BGR without the means: it is shown as it was
    recipe("r.json", [{"RandomFlip": {"mode": "horizontal"}}],
           preprocessing={"label_mode": "categorical", "preprocess_input": "caffe"})
    sheet, said = shown("r.json")
    for i, label in enumerate(said["labels"]):
        got = first_pixel(sheet, i, 3, 40, 8)
        assert got == {"dark": (10, 20, 30), "light": (200, 190, 180)}[label], got
    again, _ = shown("r.json", "--no-shuffle")
    assert again != sheet


def test_mix_up():
    """The shares of labels are those of pixels."""
    recipe("r.json", [], preprocessing={"label_mode": "categorical"},
           augment=[{"MixUp": {"alpha": 1}}])
    sheet, said = shown("r.json")
    mixed = 0
    assert said["augmentation"] == "MixUp"
    for i, label in enumerate(said["labels"]):
        share = {"dark": 0.0, "light": 0.0}
        for part in label.split(", "):
            name, _, number = part.partition(" ")
            share[name] = float(number or 1)
        assert abs(sum(share.values()) - 1) < 0.011, label
        want = 10 * share["dark"] + 200 * share["light"]
        width = 4 * 2 * max(len(x.replace(",", "")) for x in said["labels"])
        got = first_pixel(sheet, i, 3, width, 8)[0]
        assert abs(got - want) < 3, (label, got, want)
        mixed += len(label.split(", ")) == 2
    assert mixed >= 2, said
    recipe("r.json", [], augment=["MixUp"])  # numbers of classes cannot be mixed
    assert "one-hot" in mica("data", "preview", "r.json", status=1)


def test_spec():
    """--augment of a SPEC: mirrored or not, by the seed alone; sizes change."""
    flip = ("edges", "--image-size", "8x8", "--no-shuffle", "--augment", "RandomFlip")
    plain, _ = shown("edges", "--image-size", "8x8", "--no-shuffle")
    one, said = shown(*flip, "--seed", "1")
    assert said["augmentation"] == "RandomFlip"
    same, _ = shown(*flip, "--seed", "1")
    assert one == same and one != plain
    assert shown(*flip, "--seed", "2")[0] != one
    small, said = shown("edges", "--image-size", "8x8", "--augment",
                        '{"CenterCrop": {"height": 4, "width": 6}}')
    assert len(small) == GAP + 3 * (4 + 14 + GAP), len(small)
    cut, said = shown("edges", "--augment", "CutMix", "--label-mode", "categorical")
    assert said["augmentation"] == "CutMix"
    for wrong, says in (("Dense", "units"), ("Flatten", "a layer that changes pictures"),
                        ("{", "--augment"), ("RandomFlp", "RandomFlip")):
        assert says in mica("data", "preview", "edges", "--augment", wrong, status=1), wrong


def test_legend():
    write_ppm("动物/猫/1.ppm", 4, 4, lambda x, y: (9, 9, 9))
    write_ppm("动物/猫/2.ppm", 4, 4, lambda x, y: (9, 9, 9))
    write_ppm("动物/dog/1.ppm", 4, 4, lambda x, y: (9, 9, 9))
    out = mica("data", "preview", "动物", "--image-size", "4x4").split("\n")
    assert [line.split() for line in out[:2]] == [["class", "name", "count"], ["1", "猫", "2"]], out
    said = json.loads(mica("data", "preview", "动物", "--json"))
    assert said["legend"] == [{"number": 1, "name": "猫", "count": 2}], said
    assert sorted(said["labels"]) == ["dog", "猫", "猫"], said
    assert mica("data", "preview", "colours") == ""


def test_usage():
    assert "ends in .png" in mica("data", "preview", "colours", "--output", "x.jpg", status=2)
    assert not os.path.exists("x.jpg")
    recipe("r.json", [])
    assert "the recipe says" in mica("data", "preview", "r.json", "--test", status=2)
    assert "--set is of recipes" in mica("data", "preview", "colours", "--set", "seed=1", status=2)
    assert "absent.json" in mica("data", "preview", "absent.json", status=1)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for i in range(8):
            write_ppm(f"colours/dark/{i}.ppm", 8, 8, lambda x, y: (10, 20, 30))
            write_ppm(f"colours/light/{i}.ppm", 8, 8, lambda x, y: (200, 190, 180))
            write_ppm(f"edges/{i % 2}/{i}.ppm", 8, 8,
                      lambda x, y: (200 if x < 3 else 5, 40 * (y < 2), 0))
        for name, test in list(globals().items()):
            if name.startswith("test_"):
                test()


if __name__ == "__main__":
    main()
