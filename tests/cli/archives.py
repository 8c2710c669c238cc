#!/usr/bin/env python3
"""Pictures in archives that Python wrote: the commands of mica data give what the folder gives."""
import io
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
    said["broken_files"] = [os.path.basename(b["path"]) for b in said.get("broken_files", [])]
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


WAV = (b"RIFF" + (44).to_bytes(4, "little") + b"WAVEfmt " + bytes([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0])
       + b"data" + (8).to_bytes(4, "little") + bytes(8))


def packed(name, files):
    """An archive of {path: bytes}."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(name, "w") as z:
            for path, content in files.items():
                z.writestr(path, content)
    else:
        with tarfile.open(name, "w:gz") as t:
            for path, content in files.items():
                info = tarfile.TarInfo(path)
                info.size = len(content)
                t.addfile(info, io.BytesIO(content))
    return name


def kinds(sounds):
    """What an archive holds is seen inside, whatever its name says."""
    texts = {f"reviews/{c}/{i}.txt": f"{c} {i}".encode() for c in ("neg", "pos") for i in range(3)}
    pictures = {f"{c}/{i}.ppm": picture(i) for c in ("cat", "dog") for i in range(3)}
    for ending in ("tgz", "zip"):
        said = described(packed(f"t.{ending}", {"reviews/README.txt": b"of films", "reviews/urls.txt": b"", **texts}))
        assert said["rows"] == 6 and "texts" in said, said
        parts = {path.replace("reviews/", f"{part}/"): content for part in ("train", "test") for path, content in texts.items()}
        assert "texts" in described(packed(f"t.{ending}", {"train/urls.txt": b"", **parts}))
        said = described(packed(f"p.{ending}", {"licence.txt": b"free", "pets/about.txt": b"", **{f"pets/{p}": b for p, b in pictures.items()}}))
        assert said["rows"] == 6 and "pictures" in said, said
        if sounds:
            said = described(packed(f"s.{ending}", {f"{c}/{i}.wav": WAV for c in "ab" for i in range(2)}))
            assert said["rows"] == 4 and said["sounds"]["sampling_rate"] == 8000, said
        mixed = packed(f"m.{ending}", {**pictures, "dog/a.txt": b"a", "cat/x.wav": WAV, "cat/._1.txt": b""})
        said = mica("data", "describe", mixed, status=1)
        assert (f"{mixed}: class folders with files of several kinds: 6 pictures (cat/0.ppm), 1 texts (dog/a.txt), 1 sounds (cat/x.wav); "
                f"say which are meant: image_folder:{mixed}, text_folder:{mixed}, audio_folder:{mixed}") in said, said
        assert described(f"image_folder:{mixed}")["rows"] == 6 and described(f"text_folder:{mixed}")["rows"] == 2
        late = packed(f"l.{ending}", {**{f"a/{i}.ppm": picture(i) for i in range(300)}, "b/late.txt": b"late"})
        said = mica("data", "describe", late, status=1)
        assert "300 pictures (a/0.ppm), 1 texts (b/late.txt)" in said, said
        said = mica("data", "describe", packed(f"n.{ending}", {"a/x.dat": b"\xff\xd8\xff\xe0 jpeg", "a/y.csv": b"1"}), status=1)
        assert "found 2 files, such as a/x.dat, by its first bytes a JPEG without the ending of one" in said, said
        for spec in (mixed, late):
            assert "several kinds" in mica("init", spec, "--output", "r.json", status=1)
        assert "text_folder" in mica("init", f"t.{ending}", "--output", f"{ending}.json") or os.path.exists(f"{ending}.json")


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
            said = mica("data", "convert", archive, "x.npz", "--image-size", "4", "--max-broken", "0",
                        status=1)
            assert f"{archive}/pets/dog/broken.jpg: not a picture" in said and "max_broken" in said, said
        os.remove("pets/dog/broken.jpg")
        kinds(sounds=True)
        for archive in make_archives():
            all_commands(archive)
        training()
        assert os.listdir(spool) == []
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
