#!/usr/bin/env python3
"""A command that a signal ends leaves nothing of what it was writing, keeps what was there, and dies
of the signal; one that was started to ignore it (nohup) goes on."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

MICA = os.environ["MICA"]
COMMAND = [MICA, "data", "anonymize", "t.csv", "--policy", "p.json", "--output", "out.csv"]
BEFORE = "as it was\n"


def start(**options):
    """One that writes: where this script did not get to look at it before it ended, another is started."""
    while True:
        p = subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
        while p.poll() is None and not os.path.exists("out.csv.part"):
            time.sleep(0.001)
        p.send_signal(signal.SIGSTOP)  # it writes as long as this script pleases
        if p.returncode is None and os.waitid(os.P_PID, p.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT).si_code == os.CLD_STOPPED and \
                os.path.exists("out.csv.part"):
            return p
        p.send_signal(signal.SIGCONT)
        assert p.wait() == 0, p.stderr.read()
        with open("out.csv", "w", encoding="utf-8") as f:
            f.write(BEFORE)


def end(p, number):
    p.send_signal(number)
    p.send_signal(signal.SIGCONT)
    p.communicate()


def check():
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write("a,b\n")
        f.writelines(f"{i % 1000},some text {i}\n" for i in range(1500000))
    with open("p.json", "w", encoding="utf-8") as f:
        json.dump({"columns": {"b": {"mask": {"first": 2}}}}, f)
    for number in signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT:
        with open("out.csv", "w", encoding="utf-8") as f:
            f.write(BEFORE)
        p = start(preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))  # whatever this script was started with
        end(p, number)
        assert p.returncode == -number, (number, p.returncode)
        assert sorted(os.listdir()) == ["out.csv", "p.json", "t.csv"], (number, os.listdir())
        with open("out.csv", encoding="utf-8") as f:
            assert f.read() == BEFORE
    p = start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    end(p, signal.SIGHUP)
    assert p.returncode == 0
    assert sorted(os.listdir()) == ["out.csv", "p.json", "t.csv"]
    assert os.path.getsize("out.csv") > 1000000


def main():
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        check()
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
