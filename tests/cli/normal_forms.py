#!/usr/bin/env python3
"""Normal forms of Unicode: every character and many strings of them as Python's unicodedata has them, the
conformance test of Debian's unicode-data where it is installed, and recipes that look texts up in a form."""
import bz2
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import unicodedata

MICA = os.environ["MICA"]
FORMS = "NFC", "NFD", "NFKC", "NFKD"
CONFORMANCE = "/usr/share/unicode/NormalizationTest.txt.bz2"


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stderr if status else done.stdout


def normalized(texts, form):
    """What mica makes of the texts, each of which begins with a letter that keeps it a text."""
    with open("t.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["t"])
        writer.writerows([text] for text in texts)
    mica("data", "clean", "t.csv", "--output", "c.csv", "--normalize", form)
    with open("c.csv", encoding="utf-8", newline="") as file:
        found = [row[0] for row in csv.reader(file)][1:]
    assert len(found) == len(texts), (form, len(found), len(texts))
    return found


def compare(texts, form, expected):
    for text, got, want in zip(texts, normalized(texts, form), expected):
        assert got == want, (form, text.encode("unicode_escape"), got.encode("unicode_escape"), want.encode("unicode_escape"))


def assigned():
    """All characters that this Python knows; a later Unicode may give others a form. No NUL, which CSV lacks."""
    return [chr(c) for c in range(1, 0x110000) if not 0xD800 <= c <= 0xDFFF and unicodedata.category(chr(c)) != "Cn"]


def check_all_characters():
    characters = assigned()
    assert len(characters) > 270000 or unicodedata.unidata_version < "13"
    texts = ["x " + c + " y" for c in characters]
    for form in FORMS:
        compare(texts, form, [unicodedata.normalize(form, text) for text in texts])


def check_strings():
    draw = random.Random(3)
    marks = [c for c in assigned() if unicodedata.combining(c)]
    letters = [c for c in assigned() if unicodedata.decomposition(c)] + [chr(c) for c in range(0x1100, 0x1200)]
    texts = ["x " + "".join(draw.choice(draw.choice((marks, letters))) for _ in range(draw.randint(2, 9))) for _ in range(20000)]
    for form in FORMS:
        compare(texts, form, [unicodedata.normalize(form, text) for text in texts])


def check_conformance():
    """Columns source, NFC, NFD, NFKC, NFKD: Unicode's own invariants."""
    if not os.path.exists(CONFORMANCE):
        return
    with bz2.open(CONFORMANCE, "rt", encoding="utf-8") as file:
        lines = [line.split("#")[0].split(";")[:5] for line in file if line[0] not in "#@\n"]
    cells = [["x " + "".join(chr(int(c, 16)) for c in cell.split()) for cell in line] for line in lines]
    assert len(cells) > 18000
    for column, form in enumerate(FORMS, 1):
        for source in (0, 1, 2) if column < 3 else range(5):
            compare([line[source] for line in cells], form, [line[column] for line in cells])


def check_cleaning():
    with open("rules.json", "w", encoding="utf-8") as file:
        json.dump({"b": {"normalize": "NFD", "letters": "upper"}}, file)
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write("a,b\né,é\n")
    mica("data", "clean", "t.csv", "--output", "c.csv", "--rules", "rules.json")
    with open("c.csv", encoding="utf-8") as file:
        assert file.read() == "a,b\né,E\u0301\n"
    assert "did you mean 'NFKC'?" in mica("data", "clean", "t.csv", "--output", "c.csv", "--normalize", "NFKX", status=1)


def check_lookup():
    """One category for each text that looks the same, when trained and when predicted."""
    with open("train.csv", "w", encoding="utf-8") as file:
        file.write("city,y\n" + "".join(f"{'ＰＡＲＩＳ' if i % 3 else 'PARIS'},{i % 7}\nNi{'é' if i % 2 else 'e' + chr(0x301)}l,{i % 5}\n"
                                        for i in range(40)))
    with open("new.csv", "w", encoding="utf-8") as file:
        file.write("city\nPARIS\nＰＡＲＩＳ\nNiél\nNie\u0301l\n")
    recipe = {"model": {"features": {"city": "string_categorical"}, "layers": [{"Dense": {"units": 1}}]},
              "data": {"train": "train.csv", "test": "train.csv", "preprocessing": {"target": "y", "normalize": "NFKC"}},
              "compile": {"optimizer": "sgd", "loss": "mean_squared_error"}, "fit": {"epochs": 1}}
    with open("recipe.json", "w", encoding="utf-8") as file:
        json.dump(recipe, file)
    mica("train", "recipe.json", "--output", "model.h5")
    said = json.loads(mica("data", "describe", "train.csv", "--json"))
    assert said["columns"][0]["distinct"] == 4, said
    mica("predict", "model.h5", "new.csv", "--output", "p.csv")
    with open("p.csv", encoding="utf-8") as file:
        predicted = [line for line in file][1:]
    assert len(predicted) == 4 and predicted[0] == predicted[1] != predicted[2] == predicted[3], predicted


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        with open("t.csv", "w", encoding="utf-8") as file:
            file.write("t\nx é\n")
        done = subprocess.run([MICA, "data", "clean", "t.csv", "--output", "c.csv", "--normalize", "NFD"], capture_output=True,
                              text=True, check=False)
        if "built without utf8proc" in done.stderr:
            assert done.returncode == 1 and "libutf8proc-dev" in done.stderr and not os.path.exists("c.csv")
            assert not subprocess.run([MICA, "data", "clean", "t.csv", "--output", "c.csv", "--normalize", "none"], check=False,
                                      stdout=subprocess.DEVNULL).returncode
        else:
            for check in (check_cleaning, check_lookup, check_all_characters, check_strings, check_conformance):
                check()
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
