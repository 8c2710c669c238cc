#!/usr/bin/env python3
"""Progress of mica train: a live line on a terminal, no wider than it; lines that stay elsewhere."""
import fcntl
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios

MICA = os.environ["MICA"]
RECIPE = """{"model": {"input": [2], "layers": [{"Dense": {"units": 1}}]}, "data": "data.npz",
  "compile": {"optimizer": "sgd", "loss": "mse"}, "fit": {"epochs": 2, "batch_size": 2}, "output": "out.h5"}"""


def npy(values, shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}f", *values)


def on_terminal(columns, *arguments, expected=0, **environment):
    """What mica (train, where no arguments are given) writes to a terminal of that width."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen([MICA, *(arguments or ("train", "recipe.json"))], stdout=subprocess.DEVNULL, stderr=follower,
                               env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment})
    os.close(follower)
    text = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        text += piece
    os.close(leader)
    assert process.wait() == expected, process.returncode
    return text.decode()


def main():
    import zipfile
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with zipfile.ZipFile("data.npz", "w") as file:
            file.writestr("x.npy", npy([0.1 * i for i in range(40)], (20, 2)))
            file.writestr("y.npy", npy([0.2 * i for i in range(20)], (20, 1)))
        with open("recipe.json", "w", encoding="utf-8") as file:
            file.write(RECIPE)
        text = on_terminal(100)
        live = [line for line in text.split("\r\033[2K")[1:] if "samples/s" in line]
        assert live and all("Epoch" in line and "/10" in line and " left" in line and "loss: " in line for line in live), text
        assert "\r\033[2KEpoch 2/2  " in text, text
        narrow = on_terminal(20)
        lines = [line for line in narrow.split("\r\033[2K")[1:] if "\n" not in line]
        assert lines and max(map(len, lines)) <= 19, narrow
        assert "\033" not in on_terminal(100, TERM="dumb")
        wrong = ("summary", "absent.h5")
        assert "\033[1;31mmica: \033[0mabsent.h5" in on_terminal(80, *wrong, expected=1)
        assert "\033" not in on_terminal(80, *wrong, expected=1, NO_COLOR="1")
        assert "\033" not in on_terminal(80, *wrong, expected=1, TERM="dumb")
        piped = subprocess.run([MICA, "train", "recipe.json"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
        assert "\033" not in piped.stderr and "\r" not in piped.stderr and piped.stderr.count("Epoch ") == 2, piped.stderr


main()
sys.exit(0)
