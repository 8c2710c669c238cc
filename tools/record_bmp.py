#!/usr/bin/env python3
"""Records what Pillow reads of BMPs of all kinds, for tests/codec/test_bmp.c: record_bmp.py [FOLDER]

Writes FOLDER/bmp.npz (tests/recorded/data): arrays KIND.file, the bytes, and KIND.pixels, height x
width x 3 or 4. Bit masks that Pillow refuses are computed by NumPy. Made with Pillow 13.0."""
import io
import pathlib
import struct
import sys

import numpy as np
from PIL import Image

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/recorded/data")
H, W = 7, 13
rng = np.random.default_rng(5)
PLAIN, RLE8, RLE4, MASKS = range(4)


def bmp(bits, pixels, packing=PLAIN, header=40, palette=b"", colours=0, offset=None, masks=(), height=H):
    if header == 12:
        head = struct.pack("<IHHHH", 12, W, height, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", header, W, height, 1, bits, packing, len(pixels), 2835, 2835, colours, 0)
        if header > 40:
            head += struct.pack(f"<{len(masks)}I", *masks)
            head += bytes(header - len(head))
        elif masks:
            palette = struct.pack("<3I", *masks[:3])
    before = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", before + len(pixels), 0, 0, before if offset is None else offset) + head + palette + pixels


def rows(bits, numbers):
    """Numbers (H, W) as rows from the first, filled to 4 bytes."""
    out = b""
    for row in numbers:
        if bits < 8:
            text = "".join(format(n, f"0{bits}b") for n in row)
            row = bytes(int(text[i:i + 8].ljust(8, "0"), 2) for i in range(0, len(text), 8))
        else:
            row = b"".join(int(n).to_bytes(bits // 8, "little") for n in row)
        out += row + bytes(-len(row) % 4)
    return out


def numbers(bits):
    return rng.integers(0, 1 << bits, (H, W))


def colours(count, entry=4):
    return b"".join(bytes(rng.integers(0, 256, 3).tolist()) + bytes(entry - 3) for _ in range(count))


FILES = {
    "palette1": bmp(1, rows(1, numbers(1)), palette=colours(2)),
    "palette4": bmp(4, rows(4, numbers(4)), palette=colours(16)),
    "palette8": bmp(8, rows(8, numbers(8)), palette=colours(256)),
    "palette8_down": bmp(8, rows(8, numbers(8)), palette=colours(256), height=-H),
    "palette8_short": bmp(8, rows(8, numbers(4)), palette=colours(9), colours=9),  # beyond it: black
    "palette4_forgotten": bmp(4, rows(4, numbers(4)), palette=colours(16), offset=54),
    "gray8": bmp(8, rows(8, numbers(8)), palette=b"".join(bytes([i, i, i, 0]) for i in range(256))),
    "core1": bmp(1, rows(1, numbers(1)), header=12, palette=colours(2, 3)),
    "core8": bmp(8, rows(8, numbers(8)), header=12, palette=colours(256, 3)),
    "core24": bmp(24, rows(24, numbers(24)), header=12),
    "plain16": bmp(16, rows(16, numbers(16))),
    "plain24_os2": bmp(24, rows(24, numbers(24)), header=64),
    "masks16_565": bmp(16, rows(16, numbers(16)), MASKS, masks=(0xF800, 0x7E0, 0x1F)),
    "masks16_555": bmp(16, rows(16, numbers(16)), MASKS, 52, masks=(0x7C00, 0x3E0, 0x1F), height=-H),
    "masks24": bmp(24, rows(24, numbers(24)), MASKS, 56, masks=(0xFF0000, 0xFF00, 0xFF)),
    "masks32_none": bmp(32, rows(32, numbers(32)), MASKS, 108),
    "masks32_40": bmp(32, rows(32, numbers(32)), MASKS, masks=(0xFF0000, 0xFF00, 0xFF)),
}
for i, masks in enumerate(((0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF00, 0xFF, 0),
                           (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
                           (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF00, 0xFF, 0xFF0000))):
    FILES[f"masks32_{i}"] = bmp(32, rows(32, numbers(32)), MASKS, (56, 108, 124)[i % 3], masks=masks)


def runs(bits, height=H, end=True):
    """Each row in turn by one run, by short runs, one by one, and cut by a step to the right."""
    def pack(values):
        values = [int(v) for v in values]
        if bits == 8:
            return bytes(values)
        return bytes(a << 4 | b for a, b in zip(values[::2], values[1::2] + [0] * (len(values) % 2)))

    out, many = b"", (1 << bits) - 1
    for y in range(H):
        values = rng.integers(0, many + 1, W)
        if y % 4 == 0:
            out += bytes([W]) + pack(values[:2])[:1]
        elif y % 4 == 1:
            for x in range(0, W, 4):
                out += bytes([min(4, W - x)]) + pack(values[x:x + 2] if x + 1 < W else [values[x], 0])[:1]
        elif y % 4 == 2:
            single = pack(values)
            out += bytes([0, W]) + single + bytes(len(single) % 2)
        else:
            out += bytes([3]) + pack(values[:2])[:1] + bytes([0, 2, 4, 0]) + bytes([W - 7]) + pack(values[2:4])[:1]
        out += bytes(2)
    return bmp(bits, out + (b"\0\1" if end else b""), RLE8 if bits == 8 else RLE4, palette=colours(1 << bits), height=height)


FILES["runs8"], FILES["runs4"] = runs(8), runs(4)
FILES["runs8_without_end"], FILES["runs4_down"] = runs(8, end=False), runs(4, height=-H)


def pillow(data):
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("RGBA" if "A" in image.mode else "RGB"))


arrays = {}
for name, data in FILES.items():
    arrays[name + ".file"], arrays[name + ".pixels"] = np.frombuffer(data, "u1"), pillow(data)
for name, bits, masks in (("masks16_4444", 16, (0xF00, 0xF0, 0xF, 0xF000)), ("masks32_1010102", 32, (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)),
                          ("masks16_5551", 16, (0xF800, 0x7C0, 0x3E, 1))):
    values = numbers(bits).astype("u8")
    shifts = [(mask & -mask).bit_length() - 1 for mask in masks]
    pixels = [(values >> s & mask >> s) * 255 // (mask >> s) for s, mask in zip(shifts, masks)]
    arrays[name + ".file"] = np.frombuffer(bmp(bits, rows(bits, values), MASKS, 108, masks=masks, height=-H), "u1")
    arrays[name + ".pixels"] = np.stack(pixels, -1).astype("u1")
np.savez(ROOT / "bmp.npz", **arrays)
print(len(arrays) // 2, "pictures")
