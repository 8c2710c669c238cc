#!/usr/bin/env python3
"""systemd's own tool accepts the units, and finds little that they leave open."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.environ["MICA_SOURCE"]
UNITS = os.path.join(SOURCE, "deploy/systemd")


def analyze(*arguments, folder):
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": folder + ":", "SYSTEMD_COLORS": "0"}
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False, env=environment)


def exposure(folder):
    done = analyze("security", "--offline=yes", os.path.join(folder, "mica.service"), folder=folder)
    found = re.search(r"Overall exposure level for mica.service: ([\d.]+)", done.stdout)
    return float(found.group(1)) if found else None


def main():
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is missing")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        for path in glob.glob(UNITS + "/*.s*"):
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as f:
                    text = f.read().replace("/usr/bin/mica", os.environ["MICA"]).replace("Documentation=man:mica-serve(1)\n", "")
                with open(os.path.join(folder, os.path.basename(path)), "w", encoding="utf-8") as f:
                    f.write(text)
        names = sorted(os.listdir(folder))
        assert names == ["mica-control.socket", "mica.service", "mica.socket"], names

        def verify():
            done = analyze("verify", "--man=no", *[os.path.join(folder, name) for name in names], folder=folder)
            # what it cannot ask the kernel for here, and what it says of other units, is not about these
            said = [line for line in done.stderr.splitlines() if "mica" in line]
            assert done.returncode == 0 and not said, done.stderr
        verify()
        with open(os.path.join(folder, "mica.service"), encoding="utf-8") as f:
            generated = f.read()
        assert "MemoryDenyWriteExecute" not in re.sub("#.*", "", generated)
        open_to = exposure(folder)
        if open_to is None:
            print("systemd-analyze security looks at no files here: left out")
        else:
            assert open_to <= 1.5, open_to
        shutil.copytree(os.path.join(UNITS, "mica.service.d"), os.path.join(folder, "mica.service.d"))
        verify()
        with open(os.path.join(folder, "mica.service"), "a", encoding="utf-8") as f:  # --offline reads no drop-ins
            f.write(open(os.path.join(UNITS, "mica.service.d/no-generated-code.conf"), encoding="utf-8").read())
        if open_to is not None:
            assert exposure(folder) <= open_to, "without generated code less is open"


main()
