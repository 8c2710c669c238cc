#!/usr/bin/env python3
"""Records what keras.utils.image_dataset_from_directory makes of tests/recorded/data/images/, for
tests/data/test_image_folder.c: record_image_folder.py [FOLDER]

Writes FOLDER/image_folder.npz (tests/recorded/data): arrays PICTURE_INTERPOLATION_FIT_HxW, FIT
stretch, crop or pad; and splits of a list of names, split_SEED_SHARE_SUBSET: the places of the
files in the sorted list. Needs keras and tensorflow; made with keras 3.15, tensorflow 2.21."""
import os
import pathlib
import shutil
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/recorded/data")
PICTURES = ("rgb.png", "color.jpg")
METHODS = ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic")
SIZES = ((9, 15), (26, 30), (21, 34))
FITS = {"stretch": {}, "crop": {"crop_to_aspect_ratio": True}, "pad": {"pad_to_aspect_ratio": True}}


def pixels(picture, size, method, fit):
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "a"))
        shutil.copy(ROOT / "images" / picture, os.path.join(folder, "a", picture))
        data = keras.utils.image_dataset_from_directory(
            folder, image_size=size, batch_size=1, interpolation=method, shuffle=False, verbose=False, **FITS[fit])
        return next(iter(data))[0].numpy()[0].astype("f4")  # nearest gives bytes


def split(seed, share, subset, count=23):
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, "ab"[i % 2], f"{i:02d}.png") for i in range(count)]
        for name in names:
            os.makedirs(os.path.dirname(name), exist_ok=True)
            shutil.copy(ROOT / "images" / "rgb.png", name)
        order = sorted(names)
        data = keras.utils.image_dataset_from_directory(
            folder, validation_split=share, subset=subset, seed=seed, verbose=False)
        return np.array([order.index(path) for path in data.file_paths], "i4")


def main():
    arrays = {}
    for picture in PICTURES:
        for method in METHODS:
            for fit in FITS:
                for size in SIZES if picture == "rgb.png" else SIZES[:1]:
                    try:
                        arrays[f"{picture}_{method}_{fit}_{size[0]}x{size[1]}"] = pixels(picture, size, method, fit)
                    except ValueError:
                        pass  # Keras does not crop with every interpolation
    for seed, share in ((0, 0.2), (123, 0.3), (4294967295, 0.5)):
        for subset in ("training", "validation"):
            arrays[f"split_{seed}_{share}_{subset}"] = split(seed, share, subset)
    np.savez_compressed(ROOT / "image_folder.npz", **arrays)
    print(len(arrays), "arrays")


if __name__ == "__main__":
    main()
