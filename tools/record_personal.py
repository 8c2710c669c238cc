#!/usr/bin/env python3
"""Records numbers of persons that python-stdnum takes for valid, and ones that it refuses:
record_personal.py [FOLDER]

Writes FOLDER/personal.json (tests/recorded by default): for each kind "valid" and "wrong", made-up
numbers of the right shape; a wrong one differs from a valid one in one sign. Needs the package
python-stdnum.
"""
import json
import pathlib
import random
import sys

import stdnum
from stdnum import iban, luhn
from stdnum.be import nn
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

R = random.Random(5)
DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def digits(n, first=DIGITS):
    return R.choice(first) + "".join(R.choice(DIGITS) for _ in range(n - 1))


def date(form):
    y, m, d = R.randint(1930, 2009), R.randint(1, 12), R.randint(1, 28)
    return form.format(Y=y, y=y % 100, m=m, d=d)


def italian():
    return ("".join(R.choice("BCDFGLMNPRSTV") for _ in range(6)) + f"{R.randint(0, 99):02}" + R.choice("ABCDEHLMPRST") +
            f"{R.randint(1, 28) + R.choice((0, 40)):02}" + R.choice("ABCDEFGHIL") + digits(3) + R.choice(LETTERS))


def bank():
    country, length = R.choice((("DE", 22), ("NL", 18), ("ES", 24), ("PL", 28), ("AT", 20), ("BE", 16)))
    account = ("ABNA" + digits(10)) if country == "NL" else digits(length - 4)
    rest = "".join(str(int(c, 36)) for c in account + country + "00")
    return f"{country}{98 - int(rest) % 97:02}{account}"


def german(value):
    """python-stdnum lets a digit come more than three times, and three in a row; the rule does not."""
    first = value[:10]
    return idnr.is_valid(value) and all(first.count(c) <= 3 and c * 3 not in first for c in first)


KINDS = {
    "card": (lambda: R.choice(("4", "51", "37", "62", "35", "6011")), luhn.is_valid),
    "iban": (bank, lambda v: iban.is_valid(v, check_country=False)),
    "chinese_id": (lambda: R.choice(("110105", "310101", "440301", "510104")) + date("{Y}{m:02}{d:02}") + digits(3) + R.choice(DIGITS + "X"), ric.is_valid),
    "us_ssn": (lambda: f"{digits(3)}-{digits(2)}-{digits(4)}", ssn.is_valid),
    "spanish_dni": (lambda: R.choice((digits(8), R.choice("XYZ") + digits(7))) + R.choice("TRWAGMYFPDXBNJZSQVHLCKE"), lambda v: dni.is_valid(v) or nie.is_valid(v)),
    "french_nir": (lambda: R.choice("12") + date("{y:02}{m:02}") + R.choice(("75", "13", "2A", "2B", "69")) + digits(8), nir.is_valid),
    "italian_fiscal_code": (italian, codicefiscale.is_valid),
    "german_tax_id": (lambda: digits(11, "123456789"), german),
    "dutch_bsn": (lambda: digits(9, "123456789"), bsn.is_valid),
    "polish_pesel": (lambda: date("{y:02}{m:02}{d:02}") + digits(5), pesel.is_valid),
    "swedish_number": (lambda: date("{y:02}{m:02}{d:02}-") + digits(4), personnummer.is_valid),
    "finnish_code": (lambda: date("{d:02}{m:02}{y:02}") + R.choice("-A") + R.choice("0123456") + digits(2) + R.choice("0123456789ABCDEFHJKLMNPRSTUVWXY"), hetu.is_valid),
    "belgian_number": (lambda: date("{y:02}.{m:02}.{d:02}-") + digits(3) + "." + digits(2), nn.is_valid),
}


def cards():
    lengths = {"4": 16, "51": 16, "37": 15, "62": 16, "35": 16, "6011": 16}
    def made():
        prefix = KINDS["card"][0]()
        body = prefix + digits(lengths[prefix] - len(prefix) - 1)
        return body + R.choice(DIGITS)
    return made


def mutate(value):
    at = R.randrange(len(value))
    pool = DIGITS if value[at].isdigit() else LETTERS if value[at].isalpha() else value[at]
    return value[:at] + R.choice(pool) + value[at + 1:]


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/recorded")
    out = {}
    for name, (make, valid) in KINDS.items():
        if name == "card":
            make = cards()
        good, wrong = [], []
        while len(good) < 40:
            value = make()
            if valid(value):
                good.append(value)
        while len(wrong) < 40:
            value = mutate(R.choice(good))
            if not valid(value):
                wrong.append(value)
        out[name] = {"valid": good, "wrong": wrong}
    lines = ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in out.items())
    (folder / "personal.json").write_text(f'{{"made_with": {{"python-stdnum": "{stdnum.__version__}"}},\n{lines}}}\n')


if __name__ == "__main__":
    main()
