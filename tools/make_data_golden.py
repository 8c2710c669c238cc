#!/usr/bin/env python3
"""Makes the files that tests of codec/, transform/ and data/ read: make_data_golden.py [FOLDER]

Writes tests/recorded/data/: arrays by NumPy (npy/, npz/), pictures by Pillow (images/), and what
TensorFlow decodes and resizes them to (pixels.npz, arrays NAME_CHANNELS; resized.npz, arrays
NAME_METHOD_HEIGHTxWIDTH; damaged pictures are not in them). Needs numpy, pillow and tensorflow."""
import io
import json
import pathlib
import sys
import zipfile

import numpy as np
import PIL
import tensorflow as tf
from PIL import Image

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/recorded/data")
DTYPES = ["f4", "f8", "f2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]


def ramp(dtype, shape):
    """0, 1, 2 … less 3 for signed types, in C order: what the tests expect."""
    values = np.arange(int(np.prod(shape)))
    if np.dtype(dtype).kind in "if":
        values = values - 3
    if np.dtype(dtype).kind == "b":
        values = values % 2
    return values.astype(dtype).reshape(shape)


def save(path, array, version=None):
    with open(path, "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def arrays():
    folder = ROOT / "npy"
    folder.mkdir(parents=True, exist_ok=True)
    for name in DTYPES:
        little, big = np.dtype(name).newbyteorder("<"), np.dtype(name).newbyteorder(">")
        save(folder / f"{name}_little.npy", ramp(little, (2, 3)))
        save(folder / f"{name}_big.npy", ramp(big, (2, 3)))
    save(folder / "fortran.npy", np.asfortranarray(ramp("<i4", (2, 3, 4))))
    save(folder / "fortran_big.npy", np.asfortranarray(ramp(">f8", (4, 1, 3))))
    save(folder / "version2.npy", ramp("<f4", (2, 3)), (2, 0))
    save(folder / "version3.npy", ramp("<f4", (2, 3)), (3, 0))
    save(folder / "scalar.npy", np.array(7.5))
    save(folder / "empty.npy", np.zeros((0, 5), "<f4"))
    save(folder / "rank8.npy", ramp("<u1", (1, 2, 1, 2, 1, 2, 1, 2)))
    save(folder / "rank9.npy", np.zeros((1,) * 9, "<u1"))
    save(folder / "complex.npy", np.zeros(2, "<c8"))
    texts = np.array([["ab", "", "\u4e2d\u6587"], ["a\u00e9", "\U0001f600", "z z"]])
    for name, array in (("text", texts), ("text_big", texts.astype(">U3")), ("text_fortran", np.asfortranarray(texts)),
                        ("text_bytes", np.char.encode(texts, "utf-8"))):
        save(folder / f"{name}.npy", array)
    save(folder / "structured.npy", np.zeros(2, [("a", "<i4"), ("b", "<f4")]))
    save(folder / "object.npy", np.array([None, 1], dtype=object))


def archives():
    folder = ROOT / "npz"
    folder.mkdir(parents=True, exist_ok=True)
    x, y = ramp("u1", (5, 2, 3)), ramp("i8", (5,)) + 3
    np.savez(folder / "stored.npz", x=x, y=y)
    np.savez_compressed(folder / "deflated.npz", x=x, y=y)
    np.savez(folder / "several.npz", x_0=x, x_1=ramp("f4", (5, 2)), y_0=y, y_1=ramp("f4", (5, 1)),
             sample_weight=np.linspace(0, 1, 5))
    np.savez_compressed(folder / "keras.npz", x_train=x, y_train=y, x_test=x[:3] + 1, y_test=y[:3])
    np.savez(folder / "other_names.npz", images=x, labels=y)
    np.savez(folder / "counts.npz", x=x, y=y[:4])
    with zipfile.ZipFile(folder / "zip64.npz", "w") as file:
        for name, array in (("x", x), ("y", y)):
            with file.open(name + ".npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array)


def pictures():
    folder = ROOT / "images"
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    h, w = 21, 34
    yy, xx = np.mgrid[0:h, 0:w]
    rgb = np.stack([xx * 7, yy * 12, (xx * yy) % 256], 2).clip(0, 255).astype("u1")
    rgb[5:9, 6:20] = rng.integers(0, 256, (4, 14, 3))
    rgba = np.concatenate([rgb, (255 - xx * 5).clip(0, 255).astype("u1")[..., None]], 2)
    gray16 = (xx * 1900 + yy * 77).astype("<u2")
    image = Image.fromarray(rgb)
    image.save(folder / "rgb.png")
    Image.fromarray(rgba, "RGBA").save(folder / "rgba.png")
    image.convert("L").save(folder / "gray.png")
    image.convert("LA").save(folder / "gray_alpha.png")
    Image.fromarray(gray16).save(folder / "gray16.png")
    image.convert("1").save(folder / "bits1.png")
    palette = image.quantize(16)
    palette.save(folder / "palette.png")
    palette.save(folder / "palette_transparent.png", transparency=3)
    (folder / "rgb16.png").write_bytes(tf.io.encode_png(rgb.astype("u2") * 257 + 100).numpy())
    image.save(folder / "color.jpg", quality=90)
    image.save(folder / "subsampled.jpg", quality=75, subsampling=2)
    image.save(folder / "progressive.jpg", quality=85, progressive=True)
    image.convert("L").save(folder / "gray.jpg", quality=90)
    image.convert("CMYK").save(folder / "cmyk.jpg", quality=90)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(folder / "rotated.jpg", quality=90, exif=exif)
    image.save(folder / "rgb.bmp")
    image.quantize(32).save(folder / "palette.bmp")
    image.save(folder / "rgb.ppm")
    image.convert("L").save(folder / "gray.pgm")
    (folder / "interlaced.png").write_bytes(interlaced(rgb))
    return folder


def interlaced(rgb):
    """Adam7 by hand: Pillow does not write it."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    h, w, _ = rgb.shape
    rows = b""
    for y0, x0, dy, dx in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)):
        for row in rgb[y0::dy, x0::dx]:
            rows += b"\0" + row.tobytes() if row.size else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 1))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def decoded(folder):
    pixels = {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        for channels in (1, 3, 4):
            try:
                array = tf.image.decode_image(content, channels=channels, expand_animations=False).numpy()
            except (tf.errors.InvalidArgumentError, ValueError):  # PPM; four channels of a JPEG
                continue
            pixels[f"{path.name}_{channels}"] = array
    np.savez_compressed(ROOT / "pixels.npz", **pixels)
    resized = {}
    for name in ("rgb.png", "gray.png"):
        channels = 1 if name.startswith("gray") else 3
        for size in ((9, 15), (21, 34), (40, 17), (1, 1), (50, 70)):
            for method in ("bilinear", "nearest"):
                array = tf.image.resize(pixels[f"{name}_{channels}"], size, method).numpy().astype("f4")
                resized[f"{name}_{method}_{size[0]}x{size[1]}"] = array
    np.savez_compressed(ROOT / "resized.npz", **resized)
    return pixels


def main():
    arrays()
    archives()
    decoded(pictures())
    versions = {"numpy": np.__version__, "pillow": PIL.__version__, "tensorflow": tf.__version__}
    (ROOT / "versions.json").write_text(json.dumps(versions) + "\n")


main()
