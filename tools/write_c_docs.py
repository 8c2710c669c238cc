#!/usr/bin/env python3
"""Writes docs/c/, a page for every public header, from the comments in it: write_c_docs.py ROOT [--check]

Each declaration becomes a section, with the comment above it; the comment `/* ---- name ---- */` a
heading. What is indented in a comment is an example (```c, which
check_snippets.py compiles); declarations stand in ```C. With --check nothing is written: the exit
status says whether the pages are what the headers say."""
import glob
import os
import re
import sys

PLUMBING = re.compile(r"^(#include .*|#ifndef MICA_\w+_H|#define MICA_\w+_H|MICA_API_(BEGIN|END)|#endif)$")


def code_of(line, comment):
    """What of a line is no comment, and whether one is open behind it; `comment`: one is open before it."""
    if comment:
        if "*/" not in line:
            return "", True
        line = line.split("*/", 1)[1]
    line = re.sub(r"/\*.*?\*/", "", line)
    return line.split("/*", 1)[0], "/*" in line


def paragraphs(text):
    """Pieces between empty lines that are outside comments and braces."""
    piece, depth, comment = [], 0, False
    for line in text.splitlines():
        if not line.strip() and depth == 0 and not comment:
            if piece:
                yield "\n".join(piece)
            piece = []
            continue
        if not piece and PLUMBING.match(line):
            continue
        if not PLUMBING.match(line) or depth or comment:
            piece.append(line)
        bare, comment = code_of(line, comment)
        depth += bare.count("{") - bare.count("}")
    if piece:
        yield "\n".join(piece)


def split(piece):
    """The comment at the beginning, and the rest."""
    found = re.match(r"/\*(.*?)\*/\n?(.*)", piece, re.S)
    return (found[1], found[2]) if found else ("", piece)


def prose(comment):
    """A comment as Markdown: paragraphs joined, indented lines as code."""
    out, kind = [], None
    for line in comment.strip("\n").splitlines():
        line = re.sub(r"^ ?\* ?", "", line).rstrip()
        now = None if not line.strip() else "code" if line.startswith("    ") else "text"
        if now is None and kind == "code" or now == "text" and kind == "code":
            out.append("```")
        if now == "code" and kind != "code":
            out += ["", "```c"]
        if now == "text" and kind != "text":
            out.append("")
        if now == "code":
            out.append(line[4:])
        elif now == "text":
            text = escape(line.strip())
            if kind == "text":
                out[-1] += " " + text
            else:
                out.append(text)
        kind = now
    if kind == "code":
        out.append("```")
    return "\n".join(out).strip("\n")


def escape(text):
    """`*` is of formulas here, not emphasis."""
    return re.sub(r"([*<])", r"\\\1", text)


def declarations_of(code):
    """(comment, declaration) for each declaration: up to its `;` outside of braces, or a macro's last line."""
    piece, depth, comment = [], 0, False
    for line in code.splitlines():
        piece.append(line)
        bare, comment = code_of(line, comment)
        depth += bare.count("{") - bare.count("}")
        text = re.sub(r"/\*.*?\*/", "", "\n".join(piece), flags=re.S).strip()
        macro = text.startswith("#define") and not line.endswith("\\")
        if not comment and depth == 0 and text and (macro or text.endswith(";")):
            yield split("\n".join(piece))
            piece = []
    if piece:
        yield split("\n".join(piece))


def name_of(declaration):
    """What a declaration declares: a function, else a type or a macro."""
    bare = re.sub(r"/\*.*?\*/", "", declaration, flags=re.S).strip()
    found = re.match(r"#define (MICA_\w+)", bare) or re.match(r"[^{(]*?\b(mica_\w+)\s*\(", bare) or \
        re.search(r"\}\s*(mica_\w+)\s*;$", bare) or re.search(r"\b(mica_\w+)\s*;$", bare) or \
        re.search(r"\(\*(mica_\w+)\)", bare)
    return found[1] if found else ""


def page(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    base = os.path.basename(path)
    out = [f"# `mica/{base}`", "", f"Written by `tools/write_c_docs.py` from [include/mica/{base}](../../include/mica/{base}).", ""]
    first = True
    for piece in paragraphs(text):
        comment, declarations = split(piece)
        heading = re.fullmatch(r" ?-+ ?(.*?) ?-+ ?", comment.strip(), re.S)
        if heading:
            out += [f"## {heading[1]}", ""]
            comment = ""
        if first or heading or not declarations.strip():
            out += [prose(comment), ""] if comment else []
            comment = ""
        for own, declaration in declarations_of(declarations) if declarations.strip() else ():
            if name := name_of(declaration):
                out += [f"### `{name}`", ""]
            for words in (comment, own):
                out += [prose(words), ""] if words else []
            out += ["```C", declaration.strip("\n"), "```", ""]
            comment = ""
        first = False
    return "\n".join(out).rstrip("\n") + "\n", prose(split(next(paragraphs(text)))[0]).split("\n")[0]


def main():
    root, check = sys.argv[1], "--check" in sys.argv
    folder = os.path.join(root, "docs/c")
    pages, index = {}, ["# The C interface, page by page", "", "One page for every public header; "
                        "[c_api.md](../c_api.md) is a walk through them. Every example is compiled by a test.", ""]
    for path in sorted(glob.glob(os.path.join(root, "include/mica/*.h"))):
        name = os.path.basename(path)[:-2]
        text, first = page(path)
        pages[f"{name}.md"] = text
        sentence = re.match(r".*?[.](?= |$)", first)
        index.append(f"- [`mica/{name}.h`]({name}.md): {sentence[0] if sentence else first}")
    pages["README.md"] = "\n".join(index) + "\n"
    stale = [name for name in os.listdir(folder) if name not in pages] if os.path.isdir(folder) else []
    for name, text in pages.items():
        try:
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                same = f.read() == text
        except FileNotFoundError:
            same = False
        if not same:
            stale.append(name)
    if check:
        for name in stale:
            print(f"docs/c/{name} is not what the headers say: tools/write_c_docs.py . writes it")
        return bool(stale)
    os.makedirs(folder, exist_ok=True)
    for name in stale:
        path = os.path.join(folder, name)
        if name in pages:
            with open(path, "w", encoding="utf-8") as f:
                f.write(pages[name])
        else:
            os.remove(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
