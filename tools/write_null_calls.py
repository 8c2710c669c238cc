#!/usr/bin/env python3
"""Writes C that calls every public function with NULL for each of its pointers in turn, and with an
array that holds NULL for each array of pointers that it reads.

    write_null_calls.py HEADER... > calls.h

For tests/public/test_null.c, which has the values that stand for the other parameters. Options and
user data may be NULL anyhow and stay as they are.
"""
import re
import sys

PROTOTYPE = re.compile(
    r"(?:^|[;}\n])\s*((?:const\s+)?[a-z_0-9]+\s*\**)\s*(mica_\w+)"
    r"\(((?:[^();]|\((?:[^()]|\([^()]*\))*\))*)\)\s*;")
PLAIN = {"double": "0.5", "int64_t": "1", "int": "1", "size_t": "64", "uint64_t": "1",
         "bool": "false", "mica_axes": "MICA_AXES(0)", "mica_shape": "MICA_SHAPE(2, 3)",
         "mica_dtype": "MICA_FLOAT32"}
OPTIONAL = re.compile(r"_options \*$|^void \*user$|^(const )?void \*frame$")


def functions(path):
    with open(path, encoding="utf-8") as header:
        text = header.read()
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"(?m)^\s*#(?:[^\n\\]|\\.|\\\n)*$", "", text)
    for match in PROTOTYPE.finditer(text):
        yield " ".join(match[1].split()), match[2], parameters(match[3])


def parameters(text):
    parts, depth = [""], 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    parts = [" ".join(p.split()) for p in parts]
    return [] if parts == ["void"] else [split(p) for p in parts]


def split(parameter):
    """Its type and its name."""
    if "(*" in parameter:
        name = re.search(r"\(\*(\w+)\)", parameter)[1]
        return parameter, name
    match = re.fullmatch(r"(.*?)(\w+)(\[\w*\])?", parameter)
    kind = match[1].strip() + (" *" if match[3] else "")
    return kind, match[2]


def is_pointer(kind):
    return "*" in kind or kind in ("mica_body",)


def word(kind, name):
    """The macro of the test that stands for a value of this type."""
    if "(*" in kind or kind in ("mica_body", "mica_rate_of_epoch *"):
        return "FUNCTION_" + name
    if kind.endswith("_options *") or kind == "void *":
        return "NULL"
    if kind == "const void *const *":
        return "CONST_VOID_PP"
    if not is_pointer(kind):
        return PLAIN.get(kind, "0")
    text = kind.replace("const ", "").replace("*const", "*")
    stars = text.count("*")
    base = text.replace("*", "").strip()
    if base == "char" and not kind.startswith("const"):
        return "OUT_TEXT"
    return f"{base.upper()}_{'P' * stars}"


def with_null(kind, counted):
    """Arrays of this type whose first or, where their number is told, second element is NULL, with
    the number of elements; none for a type that is no array which is read."""
    element = re.fullmatch(r"(.*\*) ?const \*", kind)
    if not element:
        return []
    own = element[1]
    pair = f"(({own}[8]){{{word(own, '')}, NULL}})"
    return [(f"(({own}[8]){{NULL}})", "1")] + ([(pair, "2")] if counted else [])


def main():
    number = 0
    table = []
    for path in sys.argv[1:]:
        for result, name, params in functions(path):
            pointers = [i for i, (kind, n) in enumerate(params) if is_pointer(kind)
                        and not OPTIONAL.search(kind if kind.endswith("options *")
                                                else f"{kind}{n}")]
            counted = any(kind == "int" for kind, _ in params)
            calls = [(i, "NULL", "1", "0") for i in pointers]
            calls += [(i, *array, array[1]) for i in pointers
                      for array in with_null(params[i][0], counted)]
            for missing, nothing, count, held in calls:
                arguments = [nothing if i == missing else count if kind == "int" else word(kind, n)
                             for i, (kind, n) in enumerate(params)]
                call = f"{name}({', '.join(arguments)})"
                kind, parameter = params[missing]
                print(f"static int call_{number}(void) {{")
                if result in ("mica_tensor *",):
                    print(f"    return tensor_result({call});")
                elif result == "mica_status":
                    print(f"    return (int){call};")
                else:
                    print(f"    {call};\n    return NO_RESULT;")
                print("}")
                table.append(f'    {{"{name}", "{parameter}", "{kind}", "{result}", '
                             f"call_{number}, {held}}},")
                number += 1
    print("static const null_call calls[] = {")
    print("\n".join(table))
    print("};")


if __name__ == "__main__":
    main()
