#!/usr/bin/env python3
"""Every option of cleaning that changes cells lies on the model's card, and `mica predict` and `mica serve` do with
their rows what it says. The options are those of clean_fields: one without a case here is a fault."""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from serving import MICA, Server, run  # noqa: E402

NUMBERS = [str(i) for i in range(1, 10)] * 4  # mean and median 5; quartiles 3 and 7
CITIES = ["Oslo", "Lima", "New York"] * 12

# option, or option-which: what is asked, cells of the training, the kind of feature; a cell, and that which it becomes
CASES = {
    "missing": ({"missing": "mean"}, NUMBERS, "float", "", "5"),
    "fill_value": ({"missing": "constant", "fill_value": 3}, NUMBERS, "float", "", "3"),
    "fill_text": ({"missing": "constant", "fill_text": "Lima"}, CITIES, "string_categorical", "", "Lima"),
    "na_values": ({"na_values": ["?"], "missing": "mean"}, NUMBERS + ["?"], "float", "?", "5"),
    "na_values-texts": ({"na_values": ["?"], "missing": "constant", "fill_text": "Lima"}, CITIES, "string_categorical", "?", "Lima"),
    "normalize": ({"normalize": "NFC"}, ["Málaga", "Oslo"] * 18, "string_categorical", "Ma\u0301laga", "Málaga"),
    "trim": ({"trim": True}, CITIES, "string_categorical", " Oslo ", "Oslo"),
    "spaces": ({"spaces": True}, CITIES, "string_categorical", "New   York", "New York"),
    "width": ({"width": True}, CITIES, "string_categorical", "Ｏｓｌｏ", "Oslo"),
    "letters": ({"letters": "lower"}, CITIES, "string_categorical", "OSLO", "oslo"),
    "repair": ({"repair": True}, ["$ " + n for n in NUMBERS], "float", "$ 1,007", "1007"),
    "unrepaired": ({"repair": True, "unrepaired": "missing", "missing": "mean"}, ["$ " + n for n in NUMBERS] + ["many"], "float",
                   "nothing", "$ 5"),
    "decimal": ({"repair": True, "decimal": ","}, ["$ " + n for n in NUMBERS], "float", "$ 1.234", "1234"),
    "date_order": ({"repair": True, "date_order": "dmy"}, [f"3/{d}/2024" for d in range(1, 13)] * 3, "float", "4/5/2024", "2024-05-04"),
    "outliers": ({"outliers": "iqr"}, NUMBERS, "float", "1000", "13"),
    "factor": ({"outliers": "iqr", "factor": 3}, NUMBERS, "float", "1000", "19"),
    "outlier_action": ({"outliers": "iqr", "outlier_action": "missing", "missing": "mean"}, NUMBERS, "float", "1000", "5"),
}


def options():
    with open(os.path.join(os.environ["MICA_SOURCE"], "src/data/clean_table.c"), encoding="utf-8") as f:
        table = re.search(r"clean_fields\[\] = \{(.*?)END_OF_FIELDS", f.read(), re.S).group(1)
    return re.findall(r"\(OWNER, (\w+)", table)


def train(name):
    clean, cells, kind, _, _ = CASES[name]
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write("f,y\n" + "".join(f'"{cell}",{i % 5}\n' for i, cell in enumerate(cells)))
    with open("r.json", "w", encoding="utf-8") as f:
        json.dump({"model": {"features": {"f": kind}, "layers": [{"Dense": {"units": 1}}]}, "seed": 3,
                   "data": {"train": "t.csv", "clean": clean, "preprocessing": {"target": "y"}},
                   "compile": {"optimizer": "sgd", "loss": "mse"}, "fit": {"epochs": 1}, "output": name + ".h5", "run_folder": False}, f)
    run("train", "r.json", "--quiet", "--set", "compile.optimizer={\"sgd\": {\"learning_rate\": 1e-6}}")
    column = json.loads(run("card", name + ".h5", "--json"))["table"]["clean"]["columns"][0]
    for key, value in clean.items():
        assert column["options"][key] == value, (name, column)


def forms():
    """Whether this mica was built with normal forms of Unicode."""
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write("f\nOslo\n")
    done = subprocess.run([MICA, "data", "clean", "t.csv", "--normalize", "NFC", "--output", "new.csv"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "built without utf8proc" in done.stderr, done.stderr
    return done.returncode == 0


def predicted(name, cells):
    """Each alone: its column is of the type that the cell has."""
    said = []
    for cell in cells:
        with open("new.csv", "w", encoding="utf-8") as f:
            f.write(f'f,n\n"{cell}",1\n')
        done = subprocess.run([MICA, "predict", name + ".h5", "new.csv", "--json"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (name, cell, done.stderr)
        said.append(json.loads(done.stdout)["outputs"][0][0])
    return said


def served(server, name, cell):
    """Numbers as numbers of JSON, which is how rows have them."""
    value = float(cell) if re.fullmatch(r"[0-9]+", cell) else cell or None
    reply = server.post(f"/v2/models/{name}/rows?outputs=true", [{"f": value}])
    return struct.unpack("<f", struct.pack("<f", reply["outputs"][0]["data"][0]))[0]


def main():
    cases = {name.split("-")[0] for name in CASES}
    assert set(options()) == cases, set(options()) ^ cases
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if not forms():
            del CASES["normalize"]
        for name in CASES:
            train(name)
        with Server(*[f"{name}={name}.h5" for name in CASES]) as server:
            for name, (_, cells, _, dirty, clean) in CASES.items():
                another = next(cell for cell in cells if cell.lower() != clean.lower())
                said = predicted(name, [dirty, clean, another])
                assert said[0] == said[1] != said[2], (name, said)
                answers = [served(server, name, cell) for cell in (dirty, clean)]
                assert answers[0] == answers[1] and abs(answers[0] - said[0]) < 1e-6 * max(1, abs(said[0])), (name, answers, said)


main()
