#!/usr/bin/env python3
"""Libraries that are loaded when they are needed: no command starts with them, and where they are missing or
broken the command that needs them says so."""
import os
import subprocess
import sys
import tempfile

MICA = os.environ["MICA"]


def said_by(*arguments, folder=None):
    environment = dict(os.environ, **({"LD_LIBRARY_PATH": folder} if folder else {}))
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stderr


def loaded():
    """The libraries that the start of a command loads."""
    done = subprocess.run([MICA, "--version"], capture_output=True, text=True, check=True,
                          env=dict(os.environ, LD_TRACE_LOADED_OBJECTS="1"))
    return done.stdout


def main():
    asked = {"libpq": (["data", "describe", "postgresql://h/d", "--table", "t"], ["libpq.so.5"], "libpq, which asks PostgreSQL")}
    libraries = loaded()
    for name, (arguments, files, who) in asked.items():
        if f"built without {name}" in said_by(*arguments):
            continue
        if f"{name}." in libraries or f"{name}-" in libraries:
            print(f"{name} is linked here")  # -Dlibpq_lazy=false
            continue
        assert "cannot be loaded" not in said_by(*arguments)
        with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
            for file in files:
                with open(os.path.join(folder, file), "w", encoding="utf-8") as broken:
                    broken.write("no library")
            said = said_by(*arguments, folder=folder)
            assert f"{who}, cannot be loaded" in said and files[-1] in said, said
            subprocess.run([MICA, "--version"], check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, LD_LIBRARY_PATH=folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
