#!/usr/bin/env python3
"""Writes files as arrays of a C header: embed_files.py OUT FILE …; app.js becomes file_app_js."""
import os
import re
import sys


def main():
    out, paths = sys.argv[1], sys.argv[2:]
    with open(out, "w", encoding="ascii") as header:
        header.write("/* Written by tools/embed_files.py. */\n")
        for path in paths:
            with open(path, "rb") as file:
                data = file.read()
            name = re.sub(r"\W", "_", os.path.basename(path))
            header.write(f"static const unsigned char file_{name}[{len(data)}] = {{\n")
            for i in range(0, len(data), 24):
                header.write(",".join(map(str, data[i:i + 24])) + ",\n")
            header.write("};\n")


if __name__ == "__main__":
    main()
