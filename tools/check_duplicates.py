#!/usr/bin/env python3
"""Finds code that is written twice: check_duplicates.py ROOT.

Functions of 4 lines or more whose bodies are the same text, in any two files of src/, and runs of
12 or more equal lines in two files (licence and include lines do not count)."""
import os
import re
import sys

FUNCTION = re.compile(r"^(?!typedef|struct|enum|union|#)[^\n;{}]*?(\w+)\([^;{}]*\) \{\n(.*?)^\}", re.M | re.S)
RUN = 12


def sources(root):
    for where, folders, names in os.walk(os.path.join(root, "src")):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                path = os.path.join(where, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, root), file.read()


def twin_functions(files):
    seen = {}
    for path, text in files:
        for match in FUNCTION.finditer(text):
            name, body = match.group(1), re.sub(r"\s+", " ", match.group(2))
            if match.group(2).count("\n") >= 4:
                other = seen.setdefault(body, (path, name))
                if other[0] != path:
                    yield f"{path}: {name} has the body of {other[1]} in {other[0]}"


def twin_runs(files):
    seen, told = {}, set()
    for path, text in files:
        lines = [line.strip() for line in text.split("\n")]
        lines = [line for line in lines if line and not line.startswith(("#include", "/*", "*"))]
        for i in range(len(lines) - RUN + 1):
            run = "\n".join(lines[i:i + RUN])
            if sum(map(len, lines[i:i + RUN])) < 200:
                continue
            other = seen.setdefault(run, path)
            if other != path and (other, path) not in told:
                told.add((other, path))
                yield f"{path}: {RUN} lines are those of {other}, from: {lines[i]}"


def main():
    files = list(sources(sys.argv[1] if len(sys.argv) > 1 else "."))
    faults = [*twin_functions(files), *twin_runs(files)]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
