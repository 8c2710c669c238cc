#!/usr/bin/env python3
"""Compiles the C examples in README*.md, docs/*.md and docs/c/*.md: check_snippets.py ROOT COMPILER…

A block ```c that defines functions is compiled as it is, with <mica/mica.h> in front where it lacks
an include. Any other block becomes the body of a function that has the names of PARAMETERS.
"""
import glob
import os
import re
import subprocess
import sys

PARAMETERS = ("mica_context *ctx, mica_model *model, mica_tensor *x, mica_tensor *y, mica_tensor **parameters, "
              "mica_optimizer *adam, mica_body body, mica_tensor **gradients, int count, mica_tensor *y_true, mica_tensor *y_pred, "
              "const float *pixels, float *scores, mica_error *err")
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-unused-function", "-Wno-missing-field-initializers",
            "-Wno-unused-but-set-variable", "-Wno-unused-variable"]


def blocks(path):
    """(line, text) of every ```c block."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for found in re.finditer(r"^```c\n(.*?)^```$", text, re.M | re.S):
        yield text.count("\n", 0, found.start()) + 2, found[1]


def program(path, line, text):
    include = "" if "#include" in text else "#include <mica/mica.h>\n"
    place = f'#line {line} "{path}"\n'
    if re.search(r"^(static |int |const |mica_\w+ )[^;=]*\{$", text, re.M):
        return include + place + text
    return f"{include}mica_status snippet({PARAMETERS});\nmica_status snippet({PARAMETERS}) {{\n{{\n{place}{text}}}\nreturn MICA_OK;\n}}\n"


def main():
    root, compiler = sys.argv[1], sys.argv[2:]
    passed = failed = 0
    for path in sorted(glob.glob(f"{root}/README*.md") + glob.glob(f"{root}/docs/*.md") + glob.glob(f"{root}/docs/c/*.md")):
        for line, text in blocks(path):
            command = [*compiler, "-std=c11", "-D_GNU_SOURCE", *WARNINGS, f"-I{root}/include", f"-I{root}/src",
                       "-fsyntax-only", "-x", "c", "-"]
            source = program(os.path.relpath(path, root), line, text)
            result = subprocess.run(command, input=source, capture_output=True, text=True)
            passed, failed = (passed, failed + 1) if result.returncode else (passed + 1, failed)
            sys.stdout.write(result.stderr)
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main())
