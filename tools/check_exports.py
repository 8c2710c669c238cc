#!/usr/bin/env python3
"""Holds the libraries to the public headers: check_exports.py ROOT BUILD.

libmica.so exports exactly the functions that include/mica declares, all named mica_; the global
symbols of libmica.a are the same; every declaration stands between MICA_API_BEGIN and _END."""
import os
import re
import subprocess
import sys

WORD = re.compile(r"\b(mica_\w+)\s*\(")


def outer(text):
    """The text outside of all braces and parentheses' bodies, declaration by declaration."""
    depth, out = 0, []
    for char in text:
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                out.append(" { } ")
        elif depth == 0:
            out.append(char)
    return "".join(out)


def declared(root):
    folder = os.path.join(root, "include")
    names = sorted(n for n in os.listdir(os.path.join(folder, "mica")) if n.endswith(".h"))
    source = "".join(f'#include "mica/{name}"\n' for name in names)
    text = subprocess.run(["cc", "-std=c11", "-E", "-P", "-I", folder, "-x", "c", "-"],
                          input=source, capture_output=True, text=True, check=True).stdout
    functions = set()
    for statement in re.split(r";", outer(text)):
        # A body before it belongs to an inline function or a type.
        statement = statement.rsplit("{ }", 1)[-1] if "typedef" not in statement else ""
        words = WORD.findall(statement)
        if words and not re.search(r"\bstatic\b|\binline\b", statement):
            functions.add(words[0])
    return functions


def open_headers(root):
    """Headers that declare functions without MICA_API_BEGIN, or that mica.h does not include."""
    folder = os.path.join(root, "include/mica")
    with open(os.path.join(folder, "mica.h"), encoding="utf-8") as file:
        whole = file.read()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        if name != "mica.h" and f'#include "mica/{name}"' not in whole:
            yield f"include/mica/mica.h: does not include mica/{name}"
        prototypes = re.search(r"^[\w ]+[ *]mica_\w+\([^;{]*\);", text, re.M)
        if prototypes and "MICA_API_BEGIN" not in text and name != "api.h":
            yield f"include/mica/{name}: no MICA_API_BEGIN around its declarations"


def exported(path, *flags):
    lines = subprocess.run(["nm", "-P", "-g", *flags, path], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    return {line.split()[0] for line in lines
            if len(line.split()) > 2 and line.split()[1] in "TDBRVWi"}


def main():
    root, build = sys.argv[1], sys.argv[2]
    wanted = declared(root)
    faults = list(open_headers(root))
    for path, flags in (("libmica.so", ["-D"]), ("libmica.a", [])):
        found = exported(os.path.join(build, "src", path), "--defined-only", *flags)
        found = {name for name in found if not name.startswith(("__odr", "__asan", "__"))}
        faults += [f"{path}: exports {n}, which no public header declares"
                   for n in sorted(found - wanted)]
        faults += [f"{path}: lacks {n}, which a public header declares"
                   for n in sorted(wanted - found)]
    print("\n".join([*faults, f"{len(wanted)} public functions"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
