#!/usr/bin/env python3
"""Finds C files that no build compiles and headers that nobody includes: check_forgotten.py ROOT
BUILD, where BUILD has every feature on."""
import json
import os
import re
import subprocess
import sys


def main():
    root, build = os.path.realpath(sys.argv[1]), sys.argv[2]
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        built = {os.path.realpath(os.path.join(c["directory"], c["file"]))
                 for c in json.load(file)}
    listed = subprocess.run(["git", "-C", root, "ls-files", "*.c", "*.h", "*.def"],
                            capture_output=True, text=True, check=True).stdout.split()
    included, faults = set(), []
    for path in listed:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            included.update(os.path.basename(name) for name in
                            re.findall(r'^\s*#\s*include\s*["<]([^">]+)[">]', file.read(), re.M))
    for path in listed:
        if path.endswith(".c") and path.startswith(("src/", "tests/", "examples/", "bench/")):
            if (os.path.join(root, path) not in built and os.path.basename(path) not in included):
                faults.append(f"{path}: no build compiles it")
        elif path.startswith("src/") and not path.endswith(".c"):
            if os.path.basename(path) not in included:
                faults.append(f"{path}: nobody includes it")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
