#!/usr/bin/env python3
"""mica serve --check says what a start would: also beside a server that runs with the same settings; it leaves no trace."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["MICA_SOURCE"], "tests/serve"))
from serving import MICA, Server, run  # noqa: E402

MODEL = "m=" + os.environ["MICA_SOURCE"] + "/tests/recorded/trainings/softmax.h5"
LOGS = ("--audit-log", "audit", "--audit-key", "key", "--audit-bodies", "--access-log", "access.jsonl", "--prediction-log", "sqlite:log.db",
        "--deidentify", "keep.json")
INFER = {"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [0.5, 2, 3]}]}


def traces():
    """All that lies here, with content and times of change."""
    found = {}
    for folder, folders, files in os.walk("."):
        for name in folders + files:
            path = os.path.join(folder, name)
            facts = os.stat(path)
            content = None if os.path.isdir(path) else open(path, "rb").read()
            found[path] = (facts.st_mtime_ns, facts.st_mode, content)
    return found


def check(*options, status=0):
    before = traces()
    done = subprocess.run([MICA, "serve", MODEL, "--check", "--json", *options], capture_output=True, text=True, check=False)
    assert done.returncode == status, (options, done.returncode, done.stdout, done.stderr)
    assert traces() == before, (options, sorted(set(traces()) ^ set(before)))
    return done.stderr if status else json.loads(done.stdout)


def before_the_first_start():
    said = check(*LOGS)
    assert said["logs"] == {"access_log": "access.jsonl", "audit_log": "audit", "prediction_log": "sqlite:log.db"}, said
    assert [m["name"] for m in said["models"]] == ["m"], said


def beside_a_server():
    """Also one that has just written: what it has open stays as it is."""
    with Server(MODEL, *LOGS) as server:
        check_beside(server)
        server.post("/v2/models/m/infer", INFER)
    assert not os.path.exists("log.db-wal"), "the server's end takes its log of changes over"
    check(*LOGS)
    run("audit", "verify", "audit", "--key", "key")
    lines = [json.loads(line) for line in open("audit/audit-00000001.jsonl", encoding="utf-8")]
    assert [r["action"] for r in lines].count("start") == 1, lines


def check_beside(server):
    """The logs' own threads write when they like: only files that a check could make are looked at."""
    before = set(traces())
    done = subprocess.run([MICA, "serve", MODEL, "--check", "--port", str(server.port), *LOGS], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "All of this is right" in done.stdout, done
    assert set(traces()) == before


def wrong_logs():
    """What the start would refuse."""
    def refused(text, *options):
        said = check(*options, status=1)
        assert text in said, (options, said)
    with open("other", "w", encoding="utf-8") as f:
        f.write("another key of many bytes")
    os.chmod("other", 0o600)
    refused("audit-00000001.jsonl", "--audit-log", "audit", "--audit-key", "other")
    refused("absent", "--audit-log", "absent/audit")
    refused("expected a folder", "--audit-log", "key")
    refused("other.key", "--audit-log", "audit", "--audit-key", "other.key")
    refused("want a policy", "--audit-log", "audit", "--audit-key", "key", "--audit-bodies")
    refused("absent/a.jsonl", "--access-log", "absent/a.jsonl")
    refused("expected a file", "--access-log", "audit")
    refused("absent/log.db", "--prediction-log", "sqlite:absent/log.db")
    refused("expected sqlite:", "--prediction-log", "log.db")
    with open("text.db", "w", encoding="utf-8") as f:
        f.write("no database " * 100)
    refused("text.db", "--prediction-log", "sqlite:text.db")
    shutil.copy("log.db", "newer.db")
    with sqlite3.connect("newer.db") as db:
        db.execute("UPDATE mica_schema SET version = 2")
    db.close()
    refused("schema version 2", "--prediction-log", "sqlite:newer.db")
    with sqlite3.connect("foreign.db") as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    check("--prediction-log", "sqlite:foreign.db")  # tables are made beside others


def a_repository():
    """It is looked at, and not watched."""
    run("publish", MODEL[2:], "m", "--repository", "store")
    before = traces()
    assert '"m"' in run("serve", "store", "--check", "--json")
    assert traces() == before


def main():
    if "built without SQLite" in subprocess.run([MICA, "data", "describe", "sqlite:/dev/null"], capture_output=True, text=True, check=False).stderr:
        print("skipped: this build has no SQLite")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in (("key", "0123456789abcdef"), ("keep.json", "{}")):
            with open(name, "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(name, 0o600)
        with Server(MODEL):  # leaves this test out where there is no server
            pass
        before_the_first_start()
        beside_a_server()
        wrong_logs()
        a_repository()
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
