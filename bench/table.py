"""The tables that compare.py and serve.py measure: numbers, verdicts, rows of Markdown, their place in a page."""
import re
import sys


def number(value, digits, unit=""):
    return "-" if value is None else f"{value:,.{digits}f} {unit}".strip()


def verdict(reached):
    """None: it was not measured."""
    return {True: "yes", False: "**no**", None: "not measured"}[reached]


def row(cells):
    return "| " + " | ".join(cells) + " |"


def markdown(head, rows, rule="---"):
    """rule stands under each cell of the head."""
    return "\n".join([row(head), "|" + f"{rule}|" * len(head), *map(row, rows)])


def update(path, text, name):
    """Replaces what is between the markers called name in the page."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    with open(path, encoding="utf-8") as f:
        page = f.read()
    if begin not in page or end not in page:
        sys.exit(f"{path}: the markers {begin} and {end} are missing")
    page = re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: f"{begin}\n\n{text}\n\n{end}", page, flags=re.S)
    with open(path, "w", encoding="utf-8") as f:
        f.write(page)
