#!/usr/bin/env python3
"""A model that takes for ever to load (its file is a pipe that nobody writes) holds up neither who asks for something else,
nor the watchdog, nor SIGTERM: at the start, on SIGHUP, by request, in a repository. What a request unloaded is loaded again
from where the server had it."""
import fcntl
import http.client
import json
import os
import queue
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

from serving import MICA, Server, run

MODEL = f"{os.environ['MICA_SOURCE']}/tests/recorded/trainings/softmax.h5"
BODY = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]})
LOAD, UNLOAD = "/v2/repository/models/m/load", "/v2/repository/models/m/unload"


def pipe(path):
    if os.path.exists(path):
        os.remove(path)
    os.mkfifo(path)
    return path


def copied(path):
    if os.path.exists(path):
        os.remove(path)
    return shutil.copy(MODEL, path)


def opened(path):
    """Returns when the server reads it, and waits. An empty file once it is closed."""
    return os.open(path, os.O_WRONLY)


def wait_for(what):
    while not what():
        time.sleep(0.01)


class Manager:
    """What systemd is told."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.abspath(name))
        self.environment = {"NOTIFY_SOCKET": os.path.abspath(name), "WATCHDOG_USEC": "300000"}
        self.told = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Always: who tells a socket that is full would wait."""
        while True:
            self.told.put(self.socket.recv(4096).decode())

    def until(self, word):
        while word not in self.told.get():
            pass

    def is_fed(self):
        """For much longer than the watchdog waits."""
        while not self.told.empty():
            self.told.get()
        for _ in range(10):
            self.until("WATCHDOG=1")


def infer(s, code=200, path="/v2/models/m/infer"):
    got, data, _ = s.request("POST", path, BODY)
    assert got == code, (path, got, data)
    return json.loads(data)


def admin(s, path, code=200, method="POST", **body):
    got, data, _ = s.request(method, path, json.dumps(body) if body else b"", control=True)
    assert got == code, (path, got, data)
    return json.loads(data)["error"] if code >= 400 else data


def asked(s, path):
    """A connection that waits for its answer."""
    c = s.connection(control=True)
    c.request("POST", path, b"")
    return c


def answer(c):
    reply = c.getresponse()
    data = reply.read().decode()
    c.close()
    return reply.status, data


def is_alive(s):
    for control in (False, True):
        assert s.request("GET", "/v2/health/live", control=control)[0] == 200
    infer(s)


def audited(log):
    return [json.loads(line) for line in run("audit", "show", log).splitlines()]


def names(s):
    return {(m["name"], m["version"]) for m in json.loads(s.ask("/v2/repository/index", b'{"ready": true}')[1])}


def at_start():
    for sign in (signal.SIGTERM, signal.SIGINT):
        manager = Manager(f"start{sign}")
        process = subprocess.Popen([MICA, "serve", f"m={MODEL}", f"n={pipe('n.h5')}", "--port", "0", "--control-port", "0"],
                                   stderr=subprocess.PIPE, text=True, env={**os.environ, **manager.environment})
        held = opened("n.h5")
        manager.until("EXTEND_TIMEOUT_USEC=")  # m is there, n has as much time again
        process.send_signal(signal.SIGHUP)  # which waits until it is ready
        manager.is_fed()
        process.send_signal(sign)
        error = process.communicate()[1]
        assert process.returncode == 0, (process.returncode, error)
        os.close(held)


def missing_at_start():
    """What is not there yet may come: 503, not 404, and what is there already is answered."""
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        port = any_port.getsockname()[1]
    manager = Manager("missing")
    process = subprocess.Popen([MICA, "serve", f"m={MODEL}", f"n={pipe('n.h5')}", "--port", str(port), "--control-port", "0"],
                               stderr=subprocess.PIPE, text=True, env={**os.environ, **manager.environment})
    held = opened("n.h5")
    manager.until("EXTEND_TIMEOUT_USEC=")
    for model, code in (("m", 200), ("n", 503)):
        c = http.client.HTTPConnection("127.0.0.1", port)
        c.request("POST", f"/v2/models/{model}/infer", BODY)
        reply = c.getresponse()
        text = reply.read().decode()
        assert reply.status == code and (code == 200 or "still being loaded" in text and reply.getheader("Retry-After")), (reply.status, text)
        c.close()
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0
    os.close(held)


def wrong_at_start():
    """What is wrong is told as before, and ends it."""
    process = subprocess.Popen([MICA, "serve", f"m={pipe('n.h5')}", "--port", "0", "--control-port", "0"], stderr=subprocess.PIPE, text=True)
    held = opened("n.h5")
    os.close(held)
    error = process.communicate()[1]
    assert process.returncode == 1 and "n.h5" in error, (process.returncode, error)


def by_sighup():
    config, manager = "serve.json", Manager("hup")

    def write(*models):
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"models": models}, file)
    write(f"m={MODEL}")
    s = Server("--config", config, "--audit-log", "audit-hup", environment=manager.environment)
    write(f"m={MODEL}", f"slow={pipe('slow.h5')}")
    manager.until("READY=1")
    s.process.send_signal(signal.SIGHUP)
    held = opened("slow.h5")
    manager.until("RELOADING=1")
    manager.is_fed()
    is_alive(s)
    write(f"m={MODEL}", f"other={MODEL}")
    s.process.send_signal(signal.SIGHUP)
    manager.until("RELOADING=1")  # it is heard
    assert names(s) == {("m", "1")}
    os.close(held)  # the file that is empty now is refused, and what it names is not taken up; then it reads once more
    manager.until("READY=1\nSTATUS=2 models")
    assert names(s) == {("m", "1"), ("other", "1")}
    assert "slow.h5" in s.said()
    write(f"m={MODEL}", "slow=slow.h5")
    s.process.send_signal(signal.SIGHUP)
    held = opened("slow.h5")
    assert s.end() == 0, s.said()
    os.close(held)
    assert audited("audit-hup")[-1]["action"] == "stop"
    run("audit", "verify", "audit-hup")


def by_request():
    manager = Manager("request")
    copied("m.h5")
    with Server("m=m.h5", f"other={MODEL}", environment=manager.environment) as s:
        pipe("m.h5")
        first = asked(s, LOAD)
        held = opened("m.h5")
        second = asked(s, LOAD.replace("/m/", "/other/"))
        manager.is_fed()
        is_alive(s)
        assert not select.select([first.sock, second.sock], [], [], 0)[0]
        os.close(held)  # an empty file: it is refused, and the old one answers
        status, said = answer(first)
        assert status == 400 and "m.h5" in said, (status, said)
        assert answer(second)[0] == 200
        infer(s)
        too_many(s)


def too_many(s):
    """16 wait behind the one that is loaded; who comes then is told so at once."""
    first = asked(s, LOAD)
    held = opened("m.h5")
    others = [asked(s, LOAD.replace("/m/", "/other/")) for _ in range(17)]
    ready = select.select([c.sock for c in others], [], [])[0]
    assert len(ready) == 1, ready
    refused = next(c for c in others if c.sock in ready)
    others.remove(refused)
    reply = refused.getresponse()
    assert reply.status == 429 and reply.headers["Retry-After"] and b"16 requests to load" in reply.read()
    refused.close()
    is_alive(s)
    os.close(held)
    assert answer(first)[0] == 400
    assert [answer(c)[0] for c in others] == [200] * 16


def ended_meanwhile():
    """Who waits for a load is told that the server ends; logs are whole."""
    logs = ["--audit-log", "audit"]
    copied("m.h5")
    checked = subprocess.run([MICA, "serve", "m=m.h5", "--prediction-log", "sqlite:log.db", "--check"], capture_output=True, text=True, check=False)
    if "built without" not in checked.stderr:
        logs += ["--prediction-log", "sqlite:log.db"]
    s = Server("m=m.h5", *logs)
    pipe("m.h5")
    waiting = [asked(s, LOAD)]
    held = opened("m.h5")
    waiting.append(asked(s, UNLOAD))
    for _ in range(50):
        infer(s)
    assert s.end() == 0, s.said()
    os.close(held)
    for c in waiting:
        status, said = answer(c)
        assert status == 503 and "the server ends" in said, (status, said)
    events = audited("audit")
    assert events[-1]["action"] == "stop", events[-1]
    outcomes = [(e["action"], e.get("outcome")) for e in events]
    assert outcomes.count(("predict", "ok")) == 50 and ("load", "503") in outcomes and ("unload", "503") in outcomes, outcomes
    run("audit", "verify", "audit")
    if len(logs) > 2:
        with sqlite3.connect("file:log.db?mode=ro", uri=True) as db:
            assert db.execute("SELECT count(*) FROM mica_predictions").fetchone() == (50,)


def in_a_repository():
    """The thread that looks rests in a new version, whose file is a regular one as it must be, and leased: who opens it waits until
    the lease is given back, or 45 seconds."""
    os.makedirs("store/m/1")
    copied("store/m/1/model.h5")
    os.makedirs("store/m/.2")
    lease = os.open(copied("store/m/.2/model.h5"), os.O_RDWR)
    try:
        fcntl.fcntl(lease, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        print(f"no leases on this file system ({error}): a repository is left out")
        return
    s = Server("store", "--poll", "0.02", "--audit-log", "audit-store")
    os.rename("store/m/.2", "store/m/2")
    signal.sigwait([signal.SIGIO])  # it opens the file
    is_alive(s)
    waits = asked(s, LOAD)  # behind it
    is_alive(s)
    assert s.end() == 0, s.said()
    os.close(lease)
    assert answer(waits)[0] == 503
    assert "version 2" not in s.said()
    assert audited("audit-store")[-1]["action"] == "stop"
    run("audit", "verify", "audit-store")


def unloaded_and_loaded():
    with Server(f"m={MODEL}") as s:
        for body in ({}, {"parameters": {"version": "1"}}):
            admin(s, UNLOAD, **body)
            assert "no model" in infer(s, 404)["error"]
            assert json.loads(s.ask("/v2/repository/index", b"{}")[1]) == [
                {"name": "m", "version": "1", "state": "UNAVAILABLE", "reason": "it was unloaded by request", "default": False, "aliases": []}]
            admin(s, LOAD, **body)
            assert infer(s)["model_version"] == "1"
            assert [m["state"] for m in json.loads(s.ask("/v2/repository/index", b"{}")[1])] == ["READY"]
        assert 'no version "2"' in admin(s, LOAD, 404, parameters={"version": "2"})
        assert 'no model "x"' in admin(s, LOAD.replace("/m/", "/x/"), 404)
        assert "version is an integer, expected a string" in admin(s, LOAD, 400, parameters={"version": 1})
        assert 'no version "2"' in admin(s, UNLOAD, 404, parameters={"version": "2"})
    config = "versions.json"
    entries = [{"name": "m", "version": "1", "path": MODEL, "default": True, "max_batch": 4}, {"name": "m", "version": "2", "path": MODEL}]
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"models": entries}, file)
    with Server("--config", config) as s:
        assert infer(s)["model_version"] == "1"
        admin(s, UNLOAD, parameters={"version": "1"})
        assert infer(s)["model_version"] == "2"
        admin(s, LOAD)  # all that the file names
        assert infer(s)["model_version"] == "1"  # the default, as the file says
        admin(s, UNLOAD, parameters={"version": "1"})
        admin(s, "/v2/repository/models/m/versions/2/default")
        admin(s, LOAD, parameters={"version": "1"})
        assert infer(s)["model_version"] == "2" and names(s) == {("m", "1"), ("m", "2")}  # another was chosen since
        admin(s, UNLOAD, parameters={"version": "1"})
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"models": entries[1:]}, file)
        said = len(s.said())
        s.process.send_signal(signal.SIGHUP)
        wait_for(lambda: s.request("POST", LOAD, b'{"parameters": {"version": "1"}}', control=True)[0] == 404)
        assert names(s) == {("m", "2")} and "versions.json" not in s.said()[said:]


def main():
    with Server(f"m={MODEL}"):  # leaves this test out where there is no server
        pass
    at_start()
    missing_at_start()
    wrong_at_start()
    by_sighup()
    by_request()
    ended_meanwhile()
    in_a_repository()
    unloaded_and_loaded()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGIO])  # of leases
    main()
