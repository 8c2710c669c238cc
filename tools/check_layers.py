#!/usr/bin/env python3
"""Holds src/ to docs/map.md: check_layers.py ROOT [BUILD].

A file uses its own room and rooms of a strictly lower level, in its includes and (where a build
folder is given) in the symbols of its object. Public headers include only public headers. No file
is longer than 800 lines. Two headers that one file may
include never define the same name. Prints median and largest."""
import json
import os
import re
import statistics
import subprocess
import sys

ROOF = 800
ROW = re.compile(r"^\| *([\d.]+) *\| *`([\w/*.]+)` *\|", re.M)
INCLUDE = re.compile(r'^ *# *include *([<"])([^>"]+)[>"]', re.M)
STRUCT = re.compile(r"^(?:typedef )?(?:struct|union|enum) (\w+) \{", re.M)
GENERATED = {"build_config.h", "serve/web_files.h"}


def read_levels(root):
    with open(os.path.join(root, "docs/map.md"), encoding="utf-8") as page:
        levels = {room: float(level) for level, room in ROW.findall(page.read())}
    if len(levels) < 10:
        sys.exit("docs/map.md: the table of rooms was not found")
    return levels


def room_of(path, levels):
    """The room of a path below src/, and its level; None where the map does not know it."""
    parts = path.split("/")
    if path in levels:  # one file with a level of its own
        return path, levels[path]
    if parts[0] + "/*" in levels and len(parts) > 2:
        return "/".join(parts[:2]), levels[parts[0] + "/*"]
    if parts[0] in levels and len(parts) > 1:
        return parts[0], levels[parts[0]]
    return None


def find(root, folder):
    for where, folders, names in os.walk(os.path.join(root, folder)):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".c", ".h", ".def")):
                yield os.path.relpath(os.path.join(where, name), root)


class Check:
    def __init__(self, root):
        self.root, self.levels, self.faults = root, read_levels(root), []

    def fault(self, text):
        self.faults.append(text)

    def arrow(self, source, target, how):
        """One use of a room by another."""
        a, b = room_of(source, self.levels), room_of(target, self.levels)
        if a is None or b is None:
            lost = source if a is None else target
            self.fault(f"src/{lost}: its room is not in docs/map.md")
        elif a[0] != b[0] and b[1] >= a[1]:
            self.fault(f"src/{source} ({a[0]}, level {a[1]:g}) uses src/{target} "
                       f"({b[0]}, level {b[1]:g}): {how}")

    def includes(self, path, text):
        public = path.startswith("include/")
        for quote, name in INCLUDE.findall(text):
            if quote == "<" or name in GENERATED:
                continue
            if name.startswith("mica/"):
                if not os.path.exists(os.path.join(self.root, "include", name)):
                    self.fault(f"{path}: there is no include/{name}")
            elif public:
                self.fault(f"{path}: a public header includes \"{name}\"")
            elif not os.path.exists(os.path.join(self.root, "src", name)):
                self.fault(f"{path}: there is no src/{name} (paths are relative to src/)")
            else:
                self.arrow(path[len("src/"):], name, "#include")

    def size(self, path, text, sizes):
        lines = text.count("\n")
        sizes.append((lines, path))
        if lines > ROOF and not path.endswith(".def"):
            self.fault(f"{path}: {lines} lines, the roof is {ROOF}")

    def names(self, path, text, seen):
        room = room_of(path[len("src/"):], self.levels) if path.startswith("src/") else None
        if not path.endswith(".h") or room and room[0] + "/" in path and "/" in room[0]:
            return  # a backend's own headers are seen by nobody else
        for name in STRUCT.findall(text):
            other = seen.setdefault(name, path)
            if other != path:
                self.fault(f"{path}: {name} is defined in {other} too")

    def files(self):
        sizes, seen = [], {}
        for path in [*find(self.root, "include"), *find(self.root, "src")]:
            with open(os.path.join(self.root, path), encoding="utf-8") as file:
                text = file.read()
            self.includes(path, text)
            self.size(path, text, sizes)
            self.names(path, text, seen)
        return sizes

    def symbols(self, build):
        """Who calls whom, from the objects that the build made."""
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
            commands = json.load(file)
        defined, used, objects = {}, [], {}
        source_root = os.path.realpath(os.path.join(self.root, "src"))
        for command in commands:
            source = os.path.realpath(os.path.join(command["directory"], command["file"]))
            made = os.path.join(command["directory"], command.get("output", ""))
            if source.startswith(source_root + os.sep) and os.path.isfile(made):
                objects[made] = os.path.relpath(source, source_root)
        for line in subprocess.run(["nm", "-A", "-P", "-g", *objects], capture_output=True,
                                   text=True, check=True).stdout.splitlines():
            made, rest = line.split(": ", 1)
            name, kind = rest.split()[:2]
            if kind == "U":
                used.append((objects[made], name))
            elif kind in "TDBRVW":
                defined[name] = objects[made]
        wrong = set()
        for source, name in used:
            target = defined.get(name)
            if target is None or (source, target) in wrong:
                continue
            before = len(self.faults)
            self.arrow(source, target, f"calls {name}")
            if len(self.faults) > before:
                wrong.add((source, target))


def main():
    check = Check(sys.argv[1] if len(sys.argv) > 1 else ".")
    sizes = check.files()
    if len(sys.argv) > 2:
        check.symbols(sys.argv[2])
    code = [size for size in sizes if not size[1].endswith(".def")]
    lines, largest = max(code)
    print(f"median {statistics.median(n for n, _ in code):.0f} lines of {len(code)} files")
    print(f"largest {largest}, {lines} lines")
    for fault in check.faults:
        print(fault)
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
