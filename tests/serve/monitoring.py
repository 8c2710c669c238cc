#!/usr/bin/env python3
"""Every figure that the dashboard, the alerts and the autoscaler ask for is one that the server tells."""
import glob
import os
import re
import urllib.request

from serving import Server

SOURCE = os.environ["MICA_SOURCE"]
NAME = re.compile(r"\bmica_[a-z_]+")


def main():
    asked = {}
    for path in glob.glob(os.path.join(SOURCE, "deploy/monitoring/*")) + glob.glob(os.path.join(SOURCE, "deploy/kubernetes/*/*.yaml")):
        with open(path, encoding="utf-8") as f:
            for name in NAME.findall(f.read()):
                asked.setdefault(name, os.path.relpath(path, SOURCE))
    assert len(asked) > 10, asked
    with Server(f"m={SOURCE}/tests/recorded/trainings/softmax.h5") as server:
        with urllib.request.urlopen(server.control + "/metrics") as reply:
            told = {line.split("{")[0].split(" ")[0] for line in reply.read().decode().splitlines() if not line.startswith("#")}
    unknown = {name: path for name, path in asked.items() if name not in told}
    assert not unknown, unknown


main()
