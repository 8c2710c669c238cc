#!/usr/bin/env python3
"""Prints what failed, how it ended and the last lines that it said, then 'N passed, N failed', for a testlog.json of
Meson; exits 1 where a test failed or none ran.

A cmocka program counts once per test function, a script that ends with such a line by that line,
any other program once. A program that dies counts as one failure more."""
import json
import re
import sys

CASE = re.compile(r"^\[ +(OK|FAILED) +\] \w+", re.M)
SAID = 30  # lines
LINE = re.compile(r"^(\d+) passed, (\d+) failed", re.M)


def count(test):
    """(passed, failed) of one line of the log."""
    if test["result"] == "SKIP":
        return 0, 0
    text = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
    summary = LINE.findall(text)
    if summary:
        passed, failed = map(int, summary[-1])
    else:
        body = text.split("[==========]")
        cases = CASE.findall("\n".join(body[:2])) if len(body) > 1 else []
        passed, failed = cases.count("OK"), cases.count("FAILED")
    ok = test["result"] in ("OK", "EXPECTEDFAIL")
    if ok and not passed:
        passed = 1
    if not ok and not failed:
        failed = 1
    return passed, failed


def main():
    passed = failed = 0
    bad = []
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            p, f = count(test)
            passed, failed = passed + p, failed + f
            if f:
                bad.append(test)
    for test in bad:
        print(f"-- {test['name']}: {test['result']}, exit status {test['returncode']}")
        for stream in ("stdout", "stderr"):
            print(*(test.get(stream) or "").splitlines()[-SAID:], sep="\n")
    if bad:
        print("failed:", ", ".join(test["name"] for test in bad))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
