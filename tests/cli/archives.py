#!/usr/bin/env python3
"""Pictures in archives that Python wrote: the commands of mica data give what the folder gives."""
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile

MICA = os.environ["MICA"]


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, f"mica {' '.join(arguments)}: {done.returncode}\n{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def picture(number):
    return b"P6 5 4 255\n" + bytes((number * 40 + i * 7) % 256 for i in range(60))


def make_folder():
    for i in range(24):
        folder = ("pets/猫", "pets/dog", "pets/dog/old", "pets/emu")[i % 4]
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/{i}.ppm", "wb") as f:
            f.write(picture(i))
    with open("pets/dog/broken.jpg", "wb") as f:
        f.write(b"not a picture")


def make_archives():
    for ending, mode in (("tar", "w"), ("tar.gz", "w:gz"), ("tar.xz", "w:xz"), ("tbz2", "w:bz2")):
        with tarfile.open(f"pets.{ending}", mode) as t:
            t.add("pets")
        yield f"pets.{ending}"
    for name, method in (("stored.zip", zipfile.ZIP_STORED), ("pets.zip", zipfile.ZIP_DEFLATED)):
        with zipfile.ZipFile(name, "w", method) as z:
            for folder, _, files in sorted(os.walk("pets"), reverse=True):
                for file in files:
                    z.write(os.path.join(folder, file))
        yield name


def described(spec):
    said = json.loads(mica("data", "describe", spec, "--json"))
    said["broken_files"] = [os.path.basename(b["path"]) for b in said["broken_files"]]
    return said


def same_arrays(archive, *options):
    mica("data", "convert", "pets", "folder.npz", *options)
    mica("data", "convert", archive, "archive.npz", *options)
    with open("folder.npz", "rb") as a, open("archive.npz", "rb") as b:
        assert a.read() == b.read(), (archive, options)


def all_commands(archive):
    clean = ["--image-size", "8x6"]
    same_arrays(archive, *clean)
    same_arrays(archive, *clean, "--label-mode", "categorical", "--interpolation", "lanczos3", "--pad-to-aspect-ratio")
    same_arrays(archive, *clean, "--validation-split", "0.3", "--subset", "validation", "--color-mode", "grayscale")
    same_arrays(archive, *clean, "--validation-split", "0.3", "--test", "--crop-to-aspect-ratio")
    benched = json.loads(mica("data", "bench", archive, *clean, "--json"))
    assert benched["samples"] == 24 and benched["broken"] == 0
    for spec in ("pets", archive):
        mica("data", "preview", spec, *clean, "--output", "sheet.png", "--seed", "3")
        os.replace("sheet.png", f"{spec}.png")
    with open("pets.png", "rb") as a, open(f"{archive}.png", "rb") as b:
        assert a.read() == b.read()


def training():
    recipe = {"model": {"input": [8, 8, 3], "layers": ["Flatten", {"Dense": {"units": 3, "activation": "softmax"}}]},
              "data": {"train": "pets.tar.gz", "preprocessing": {"max_broken": 0.1}}, "seed": 4,
              "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 2, "batch_size": 4}}
    losses = []
    for data in ("pets.tar.gz", "pets"):
        recipe["data"]["train"] = data
        with open("recipe.json", "w", encoding="utf-8") as f:
            json.dump(recipe, f)
        mica("train", "recipe.json", "--output", "m.h5", "--no-run-folder")
        losses += [json.loads(mica("evaluate", "m.h5", "--data", other, "--json"))["loss"] for other in ("pets.zip", "pets")]
    assert len(set(losses)) == 1, losses


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["TMPDIR"] = spool = os.path.join(folder, "spool")
        os.mkdir(spool)
        make_folder()
        for archive in make_archives():
            if "built without libarchive" in subprocess.run([MICA, "data", "describe", archive], capture_output=True,
                                                            text=True, check=False).stderr:
                print("skipped: this build has no libarchive")
                return 77
            assert described(archive) == described("pets")
            said = mica("data", "convert", archive, "x.npz", "--image-size", "4", status=1)
            assert f"{archive}/pets/dog/broken.jpg: not a picture" in said and "max_broken" in said, said
        os.remove("pets/dog/broken.jpg")
        for archive in make_archives():
            all_commands(archive)
        training()
        assert os.listdir(spool) == []
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
