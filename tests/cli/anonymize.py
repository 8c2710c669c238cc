#!/usr/bin/env python3
"""mica data anonymize: pseudonyms beside Python's hmac, k and l counted here, what is refused, and
that no cell of a marked column is ever printed."""
import collections
import csv
import hashlib
import hmac
import json
import os
import random
import stat
import subprocess
import sys
import tempfile

MICA = os.environ["MICA"]
KEY = b"0123456789abcdef0123456789abcdef"
SECRETS = []


def mica(*arguments, status=0):
    done = subprocess.run([MICA, "data", "anonymize", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    for secret in SECRETS:
        assert secret not in done.stdout + done.stderr, (secret, done.stdout, done.stderr)
    return done.stderr if status else done.stdout


def policy(name="p.json", **options):
    with open(name, "w", encoding="utf-8") as f:
        json.dump(options, f)
    return name


def apply(source="t.csv", status=0, **options):
    said = mica(source, "--policy", policy(**options), "--output", "out.csv", "--json", status=status)
    if status:
        return said
    with open("out.csv", encoding="utf-8", newline="") as f:
        return json.loads(said), list(csv.DictReader(f))


def people(count):
    rng = random.Random(4)
    for i in range(count):
        yield {"id": 1000 + i, "name": f"Person{i} Secretname{i}", "age": rng.randrange(18, 70), "postcode": f"{rng.choice([1067, 1069, 10115, 10117]):05d}",
               "born": f"{rng.randrange(1950, 2000)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}", "income": round(rng.uniform(1e3, 9e3), 2),
               "card": "4111-1111-1111-1111", "illness": rng.choice(["flu", "cold", "none"]),
               "notes": f"write to person{i}@example.org or 13812345678, thanks" if i % 2 else "nothing"}


def write(name, rows):
    with open(name, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, rows[0])
        out.writeheader()
        out.writerows(rows)


def k_and_l(rows, quasi, sensitive):
    groups = collections.defaultdict(list)
    for row in rows:
        groups[tuple(row[q] for q in quasi)].append(row[sensitive])
    return min(map(len, groups.values())), min(len(set(g)) for g in groups.values()), len(groups)


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        check()
        os.chdir("/")
    return 0


def check():
    rows = list(people(400))
    write("t.csv", rows)
    SECRETS.extend(["Secretname7", "person7@example.org", "1381234"])
    with open("key", "wb") as f:
        f.write(KEY + b"\n")
    os.chmod("key", 0o600)
    check_protections(rows)
    check_anonymity(rows)
    check_names_of_groups()
    check_names_of_rows()
    check_key()
    check_find()
    check_refused()


def check_protections(rows):
    said, out = apply(columns={"name": "drop", "id": {"pseudonym": {"length": 20, "domain": "person"}}, "card": {"mask": {"last": 4, "shape": True}},
                               "age": {"generalise": {"width": 10, "low": 20, "high": 60}}, "postcode": {"generalise": {"prefix": 2, "digits": 5}},
                               "born": {"generalise": {"unit": "month"}}, "notes": "redact", "income": {"noise": {"scale": 50, "decimals": 1}},
                               "illness": "keep"}, key_file="key", seed=3)
    assert "name" not in out[0] and said["rows"] == said["rows_written"] == len(out) == 400 and said["unprotected"] == []
    for row, o in zip(rows, out):
        assert o["id"] == hmac.new(KEY, b"person\0" + str(row["id"]).encode(), hashlib.sha256).hexdigest()[:20], o
        age = row["age"]
        low = age // 10 * 10
        assert o["age"] == ("<20" if age < 20 else ">=60" if age >= 60 else f"{low}-{low + 9}"), (age, o)
        assert o["postcode"] == row["postcode"][:2] + "***" and o["born"] == row["born"][:7] and o["card"] == "****-****-****-1111"
        assert o["notes"] == ("write to [mail] or [chinese_mobile], thanks" if "@" in row["notes"] else "nothing"), o
        assert o["illness"] == row["illness"] and float(o["income"]) == round(float(o["income"]), 1)
    changed = {c["column"]: c["changed"] for c in said["columns"]}
    assert changed["notes"] == 200 and changed["id"] == 400 and changed["illness"] == 0, changed
    noise = [float(o["income"]) - r["income"] for r, o in zip(rows, out)]
    spread = sum(map(abs, noise)) / len(noise)  # of Laplace the mean distance is the scale
    assert abs(sum(noise) / 400) < 15 and 40 < spread < 60, (sum(noise) / 400, spread)
    again = open("out.csv", "rb").read()
    mica("t.csv", "--policy", "p.json", "--output", "again.csv")
    assert again == open("again.csv", "rb").read()
    gauss = apply(columns={"income": {"noise": {"distribution": "gaussian", "scale": 50}}}, seed=1, other_columns="drop")[1]
    deviation = (sum((float(o["income"]) - r["income"]) ** 2 for r, o in zip(rows, gauss)) / 400) ** 0.5
    assert 45 < deviation < 55 and list(gauss[0]) == ["income"], deviation
    unseeded = [apply(columns={"income": {"noise": {"scale": 50}}}, other_columns="drop")[1] for _ in range(2)]
    assert unseeded[0] != unseeded[1]
    named = apply(columns={"notes": {"redact": {"kinds": ["mail"], "replacement": "pseudonym"}}}, key_file="key")[1][1]["notes"]
    assert named == f"write to [mail:{hmac.new(KEY, b'mail' + bytes(1) + b'person1@example.org', hashlib.sha256).hexdigest()[:16]}] or 13812345678, thanks", named
    masked = apply(columns={"notes": {"redact": {"replacement": "mask"}}})[1][1]["notes"]
    assert masked == "write to *******@*******.*** or ***********, thanks", masked
    text = mica("t.csv", "--policy", policy(columns={"age": {"generalise": {"width": 10}}}), "--output", "out.csv")
    assert "age       generalise    400" in text and "not named by the policy" in text and "name: likely personal (by its name)" in text, text


def check_anonymity(rows):
    quasi = ["age", "postcode"]
    marked = {"columns": {"age": {"generalise": {"width": 20}}, "postcode": {"generalise": {"prefix": 2, "digits": 5}}, "name": "drop"},
              "quasi_identifiers": quasi, "sensitive": ["illness"]}
    said, out = apply(**marked)
    plain = [dict(r, postcode=int(r["postcode"])) for r in rows]
    for part, of in (("before", plain), ("after", out)):
        k, l, groups = k_and_l(of, quasi, "illness")
        assert (said[part]["k"], said[part]["l"], said[part]["groups"]) == (k, l, groups), (said[part], k, l, groups)
    reached = said["after"]["k"]
    assert apply(**marked, k=reached)[0]["after"]["k"] == reached
    os.remove("out.csv")
    error = apply(**marked, k=reached + 1, status=1)
    assert f"k-anonymity is {said['before']['k']} before and {reached} after, expected at least {reached + 1}" in error, error
    assert not os.path.exists("out.csv") and not os.path.exists("out.csv.part")
    said, out = apply(**marked, k=reached + 5, suppress=0.5)
    assert said["suppressed"] > 0 and len(out) == 400 - said["suppressed"] == said["rows_written"]
    assert k_and_l(out, quasi, "illness")[0] == said["after"]["k"] >= reached + 5
    assert "l-diversity is" in apply(**marked, l=4, status=1)
    apply(**marked, l=3)
    said, _ = apply(**dict(marked, columns=dict(marked["columns"], age="drop")))  # what is dropped tells nobody
    assert said["after"]["groups"] == 2
    assert "k and l need quasi_identifiers" in apply(columns={}, k=2, status=1)
    assert "no column is sensitive" in apply(columns={}, l=2, quasi_identifiers=["age"], status=1)
    assert "expected one of them" in apply(columns={}, quasi_identifiers=["age"], sensitive=["age"], status=1)


def check_names_of_groups():
    """One group has one name, whatever its cells look like: k is counted by names."""
    def made(column, cells, rule, **more):
        write("g.csv", [{"p": c, "q": i} for i, c in enumerate(cells)])
        said, out = apply("g.csv", columns={"p": {"generalise": rule}}, quasi_identifiers=["p"], **more)
        assert said["after"]["k"] == len(cells), (said, out)
        assert {r["p"] for r in out} == {column}, (column, out)
    made("[5, 10)", ["7", "7.5", "8"], {"width": 5})
    made("5-9", ["7", "8", "5"], {"width": 5})
    made("[5, 10)", ["7", "8", "5.0"], {"width": 5})  # the column is one of numbers, as in pandas
    made("2024-03", ["2024-03-05", "2024-03-05 10:00", "2024-03-31 23:59:59.5"], {"unit": "month"})
    made("01***", ["1067", "01067", " 1067", "1067.0"], {"prefix": 2, "digits": 5})
    write("g.csv", [{"p": c} for c in ["1067", "01069", "n. a.", "1067.0", "10115 "]])
    assert [r["p"] for r in apply("g.csv", columns={"p": {"generalise": {"prefix": 2, "digits": 5}}})[1]] == ["01***", "01***", "n.***", "01***", "10***"]
    # types are those of the whole table: the first block of 16 MiB has whole numbers alone
    with open("big.csv", "w", encoding="utf-8") as f:
        f.write("p,q\n" + "7,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 320000 + "7.5,b\n")
    said, out = apply("big.csv", columns={"p": {"generalise": {"width": 5}}}, quasi_identifiers=["p"])
    assert said["after"] == {"k": 320001, "groups": 1, "exposed_rows": 0, "l": None} and {r["p"] for r in out} == {"[5, 10)"}, said


def check_names_of_rows():
    rows = [{"姓名": "张伟", "first name": "Ann", "tel": "13800138000", "notes": "请打13800138000联系张伟 ann@example.org"},
            {"姓名": "王小明", "first name": "Jo", "tel": "13800138001", "notes": "王小明的电话是空的，小明说好，Jo agreed"},
            {"姓名": "诸葛不平凡", "first name": "Zoë", "tel": "13800138002", "notes": "据诸葛不平凡称zoë to Zoë's Zoëlla"},
            {"姓名": "李伟", "first name": "Will", "tel": "", "notes": "I will call Will, WILLIAM is 张伟的朋友"},
            {"姓名": "", "first name": "", "tel": "", "notes": "王小明的电话是空的，小明说好，Jo agreed"}]
    write("n.csv", rows)
    said, out = apply("n.csv", columns={"姓名": "drop", "first name": {"mask": {}}, "notes": "redact", "tel": "drop"})
    assert [r["notes"] for r in out] == [
        "请打[chinese_mobile]联系[name] [mail]", "[name]的电话是空的，[name]说好，[name] agreed", "据[name]称[name] to [name]'s Zoëlla",
        "I [name] call [name], WILLIAM is [name]的朋友", "[name]的电话是空的，小明说好，Jo agreed"], [r["notes"] for r in out]
    notes = next(c for c in said["columns"] if c["column"] == "notes")
    assert notes == {"column": "notes", "protection": "redact", "changed": 5, "names_of_row": 4}, notes
    assert "notes: names of their row were found in 4 cells" in mica("n.csv", "--policy", "p.json", "--output", "out.csv")
    # columns that the policy lists; a column of names that is redacted gives way as a whole
    said, out = apply("n.csv", columns={"姓名": "redact", "notes": {"redact": {"replacement": "mask"}}}, names=["姓名"], other_columns="drop")
    assert out[2] == {"姓名": "[name]", "notes": "据*****称zoë to Zoë's Zoëlla"}, out[2]
    _, out = apply("n.csv", columns={"姓名": "drop", "notes": {"redact": {"kinds": ["mail"]}}})  # no names wanted
    assert out[1]["notes"] == rows[1]["notes"]
    write("n.csv", [{"surname": "王", "given name": "不凡", "notes": "问王不凡吧"}])  # two columns one behind the other
    assert apply("n.csv", columns={"surname": "drop", "given name": "drop", "notes": "redact"})[1][0]["notes"] == "问[name]吧"
    assert "names: unknown column 'nmae'" in apply("n.csv", status=1, columns={}, names=["nmae"])
    write("n.csv", [{"notes": "Send it to 12 Main Street, Berlin"}])
    assert apply("n.csv", columns={"notes": "redact"})[1][0]["notes"] == "Send it to [street_address]"
    # of finds that overlap nothing stays readable: two that may be cards, a phone in what may be another's number
    write("n.csv", [{"notes": "at +49 30 4111 1111 1111 1111 ok"}, {"notes": "call +1 415 555 2671 192.168.1.20"}])
    _, out = apply("n.csv", columns={"notes": "redact"})
    assert [r["notes"] for r in out] == ["at +49 [card][card] ok", "call +[chinese_mobile][phone] [ipv4]"], out
    # a row's own name in a mail address, at its side and over its end
    write("n.csv", [{"name": "Ann Lee", "notes": "ask ann lee.wood@example.org"}])
    assert apply("n.csv", columns={"name": "drop", "notes": "redact"})[1][0]["notes"] == "ask [name][mail]"


def check_key():
    named = {"columns": {"id": "pseudonym"}}
    assert "need a key" in apply(**named, status=1)
    os.chmod("key", 0o640)
    assert "mode 0640 lets others use the key" in apply(**named, key_file="key", status=1)
    os.chmod("key", 0o600)
    with open("short", "wb") as f:
        f.write(b"0123456789\n")
    os.chmod("short", 0o600)
    assert "a key of 11 bytes, expected 16 to 65536" in apply(**named, key_file="short", status=1)
    assert "absent" in apply(**named, key_file="absent", status=1)
    apply(**named, key_file="key")
    first = open("out.csv", "rb").read()
    mica("t.csv", "--policy", policy(**named), "--key", "key", "--output", "out.csv")
    assert first == open("out.csv", "rb").read() and KEY not in first
    assert stat.S_IMODE(os.stat("out.csv").st_mode) == 0o600
    os.chmod("out.csv", 0o644)
    apply(**named, key_file="key")
    assert stat.S_IMODE(os.stat("out.csv").st_mode) == 0o644


def check_find():
    found = json.loads(mica("t.csv", "--find", "--json"))
    columns = {c["column"]: c for c in found["columns"]}
    assert found["rows"] == 400 and columns["notes"]["kinds"]["mail"] == {"cells": 200, "finds": 200, "whole": 0}, columns
    assert columns["notes"]["likely"] == "mail" and columns["card"]["likely"] == "card" and columns["card"]["kinds"]["card"]["whole"] == 400
    assert columns["name"]["by_name"] and "illness" not in columns and "income" not in columns, columns
    assert "name: likely personal (by its name)" in mica("t.csv", "--find")
    write("plain.csv", [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}])
    assert mica("plain.csv", "--find") == "nothing found in 2 rows\n"


def check_refused():
    cases = [({"colums": {}}, "unknown option 'colums' (did you mean 'columns'?)"), ({"columns": {"nme": "drop"}}, "unknown column 'nme' (did you mean 'name'?)"),
             ({"columns": {"name": "drip"}}, "p.json: column name: unknown protection 'drip' (did you mean 'drop'?)"),
             ({"columns": {"name": {"mask": {"lst": 4}}}}, "p.json: column name: mask: unknown option 'lst' (did you mean 'last'?)"),
             ({"columns": {"name": {"generalise": {"width": 5}}}}, "generalise by width: the column is text, expected numbers"),
             ({"columns": {"age": {"generalise": {"unit": "year"}}}}, "generalise by unit: the column is integer, expected dates"),
             ({"columns": {"age": {"generalise": {"width": -1}}}}, "width is -1, expected above 0"), ({"columns": {"age": "generalise"}}, "expected one of width"),
             ({"columns": {"name": {"noise": {"scale": 1}}}}, "noise: the column is text, expected numbers"), ({"columns": {"age": "noise"}}, "expected a scale above 0"),
             ({"columns": {"age": {"noise": {"scale": 1, "epsilon": 1, "sensitivity": 1}}}}, "expected these or scale"),
             ({"columns": {"age": 3}}, "expected a name, or {NAME"), ({"columns": [1]}, "columns is an array, expected an object"),
             ({"columns": {"notes": {"redact": {"kinds": ["male"]}}}}, "unknown kind 'male' (did you mean 'mail'?)"),
             ({"columns": {}, "quasi_identifiers": ["agee"], "k": 2}, "quasi_identifiers: unknown column 'agee' (did you mean 'age'?)"),
             ({"columns": {}, "other_columns": "drop"}, "no column is left"), ({"columns": {}, "k": -1}, "k is -1, expected 0")]
    for options, message in cases:
        said = apply(**options, status=1)
        assert message in said, (options, message, said)
    assert "no --policy" in mica("t.csv", "--find", "--output", "x.csv", status=2)
    assert "both --policy and --output" in mica("t.csv", "--policy", "p.json", status=2)
    assert "ends in .csv or .tsv" in mica("t.csv", "--policy", "p.json", "--output", "x.xls", status=2)
    with open("broken.jsonl", "w", encoding="utf-8") as f:
        f.write('{"name": "Secretname7" "x"}\n')
    assert "broken.jsonl:1" in mica("broken.jsonl", "--policy", policy(columns={}), "--output", "out.csv", status=1)


if __name__ == "__main__":
    sys.exit(main())
