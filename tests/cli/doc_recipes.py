#!/usr/bin/env python3
"""Every complete recipe that README*.md and docs/*.md print is valid by docs/recipe.schema.json and
passes `mica train --check` on data of the shape that it is about; so are parts ("data": …) by the
schema."""
import glob
import json
import math
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from schema import valid  # pylint: disable=wrong-import-position

ROOT, MICA = os.environ["MICA_SOURCE"], os.environ["MICA"]


def table(name, head, row, rows):
    with open(name, "w", encoding="utf-8") as out:
        out.write(head + "\n" + "".join(row(i) + "\n" for i in range(rows)))


def make_pictures():
    for i in range(30):
        os.makedirs(f"pictures/class{i % 10}", exist_ok=True)
        with open(f"pictures/class{i % 10}/{i}.ppm", "wb") as out:
            out.write(b"P6 4 4 255\n" + bytes((i * k) % 256 for k in range(48)))


def make_mnist():
    os.makedirs("data")
    os.symlink(os.path.join(ROOT, "data/mnist"), "data/mnist")


# What stands in the recipes as data; of a new recipe's data a line is to be added.
MADE = {"genes.csv": lambda: table("genes.csv", "gene_a,gene_b,smokes,city,visit,ill",
                                   lambda i: f"{i % 7}.5,{i % 5},{i % 2},{'xyz'[i % 3]},2024-01-{i % 28 + 1:02},{'no' if i % 3 else 'yes'}", 60),
        "power.csv": lambda: table("power.csv", "time,load,temperature",
                                   lambda i: f"2024-03-{i // 24 + 1:02} {i % 24:02}:00,{math.sin(i / 4):.4f},{i % 24}", 300),
        "pictures": make_pictures,
        "data/mnist": make_mnist}


def printed():
    """(place, recipe, whether it is complete)."""
    for path in sorted(glob.glob(f"{ROOT}/README*.md") + glob.glob(f"{ROOT}/docs/*.md")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for block in re.finditer(r"^```\w*\n(.*?)^```$", text, re.M | re.S):
            place = f"{os.path.relpath(path, ROOT)}:{text.count(chr(10), 0, block.start()) + 2}"
            content = block[1].strip()
            part = re.match(r'"(data|model|compile|fit)": \{', content)
            if not part and not (content.startswith("{") and re.search(r'"model":\s*[\[{]|"train":', content)):
                continue
            try:
                recipe = json.loads("{" + content.rstrip(",") + "}" if part else content)
            except ValueError as error:
                assert "…" in content, f"{place}: no JSON: {error}"
                continue
            yield place, recipe, not part and "data" in recipe


def main():
    with open(f"{ROOT}/docs/recipe.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    found = list(printed())
    complete = [(place, recipe) for place, recipe, whole in found if whole]
    assert len(complete) >= 8 and len(found) > len(complete), [place for place, _, _ in found]
    faults = [f"{place}: not valid by recipe.schema.json" for place, recipe, whole in found
              if not valid(recipe if whole else {"model": "m.h5", "data": "x", **recipe}, schema, schema)]
    os.chdir(tempfile.mkdtemp())
    for place, recipe in complete:
        train = recipe["data"]["train"] if isinstance(recipe["data"], dict) else recipe["data"]
        assert train in MADE, f"{place}: {train}: this test does not know how to make such data"
        if not os.path.exists(train):
            MADE[train]()
        with open("recipe.json", "w", encoding="utf-8") as out:
            json.dump(recipe, out)
        done = subprocess.run([MICA, "train", "recipe.json", "--check"], capture_output=True, text=True, check=False)
        if done.returncode:
            faults.append(f"{place}: {done.stderr.strip()}")
    assert not faults, "\n".join(faults)
    # What is not written has Keras's default: compile's optimizer too.
    genes = next(recipe for _, recipe in complete if recipe["output"] == "genes.h5")
    assert "optimizer" not in genes["compile"]
    with open("genes.json", "w", encoding="utf-8") as out:
        json.dump(genes, out)
    subprocess.run([MICA, "train", "genes.json"], capture_output=True, check=True)
    with open("genes.h5", "rb") as file:
        assert b"RMSprop" in file.read()


if __name__ == "__main__":
    main()
