#!/usr/bin/env python3
"""No instruction beyond the baseline stands outside the twin that is chosen for it: check_isa.py BUILD

Disassembles every object of the library. ymm registers may be in the twins avx2 and avx512 only; zmm,
mask registers and xmm16 to xmm31 in avx512 only; and each of those twins must have them.
"""
import re
import subprocess
import sys

AVX512 = re.compile(r"%zmm|%k[0-7]\b|%[xy]mm(1[6-9]|2\d|3[01])\b")
AVX2 = re.compile(r"%ymm|\tv[a-z0-9]+ ")


def main():
    library = sys.argv[1] + "/src/libmica_internal.a"
    command = ["objdump", "-d", "--no-show-raw-insn", library]
    member, wrong, found, objects = "", [], {"avx2": 0, "avx512": 0}, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as dump:
        for line in dump.stdout:
            if ":     file format" in line:
                member, objects = line.split(":     file format")[0], objects + 1
            elif "\t" in line:
                need = "avx512" if AVX512.search(line) else "avx2" if AVX2.search(line) else None
                if not need:
                    continue
                allowed = ("simd_avx512" in member) or (need == "avx2" and "simd_avx2" in member)
                if allowed and f"simd_{need}" in member:
                    found[need] += 1
                elif not allowed:
                    wrong.append(f"{member}: {need}: {line.strip()}")
    for line in wrong[:20]:
        print(line)
    for name, count in found.items():
        print(f"{count} instructions of {name} in its twin")
    print(f"{objects} objects, {len(wrong)} instructions where they must not be")
    return 1 if dump.returncode or wrong or not all(found.values()) or objects < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
