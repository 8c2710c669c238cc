#!/usr/bin/env python3
"""The audit log of a server: who did what, with which outcome; what a kill leaves, a disk that is full, segments that
expire; and the chain, checked by Python's hashlib as the docs say it is made."""
import glob
import hashlib
import hmac
import http.client
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time

MICA = os.environ["MICA"]
SOURCE = os.environ["MICA_SOURCE"]
sys.path.insert(0, os.path.join(SOURCE, "tests/serve"))
from guarded import token  # noqa: E402

MODEL = "m=" + SOURCE + "/tests/recorded/trainings/softmax.h5"
KEY = b"0123456789abcdef0123456789abcdef"
LINE = b',"hash":"'


def mica(*arguments, status=0):
    done = subprocess.run([MICA, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stderr if status else done.stdout


class Server:
    def __init__(self, *options, limit=None):
        def limited():
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        self.process = subprocess.Popen(
            [MICA, "serve", MODEL, "--port", "0", "--control-port", "0", "--json", "--audit-log", "log", *options], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limited)
        line = self.process.stdout.readline()
        if '"port"' not in line:
            error = line + self.process.communicate()[1]
            if "built without libmicrohttpd" in error:
                sys.exit(77)
            raise AssertionError(error)
        said = json.loads(line)
        self.port, self.control = said["port"], said["control_port"]
        with self.connection() as c:
            c.request("GET", "/v2/models/m", headers={"Authorization": "Bearer " + os.environ.get("KEY", "")})
            reply = json.loads(c.getresponse().read())
        if "inputs" in reply:
            v = reply["inputs"][0]
            shape = [1] + [n if n > 0 else 1 for n in v["shape"][1:]]
            count = 1
            for n in shape:
                count *= n
            Server.body = json.dumps({"inputs": [{"name": v["name"], "datatype": v["datatype"], "shape": shape, "data": [1] * count}]})

    def connection(self, control=False):
        class Closing(http.client.HTTPConnection):
            def __enter__(self):
                return self

            def __exit__(self, *unused):
                self.close()
        return Closing("127.0.0.1", self.control if control else self.port, timeout=60)

    def ask(self, path="/v2/models/m/infer", control=False, method="POST", body=None, **headers):
        with self.connection(control) as c:
            c.request(method, path, body if body is not None else self.body,
                      {name.replace("_", "-"): value for name, value in headers.items()})
            reply = c.getresponse()
            return reply.status, reply.read().decode(), reply.headers["X-Request-Id"]

    def metric(self, name):
        for line in self.ask("/metrics", True, "GET", "")[1].splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        raise AssertionError(name)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        error = self.process.communicate()[1]
        assert self.process.returncode == 0, error
        return error

    def kill(self):
        self.process.kill()
        self.process.communicate()


def lines():
    for path in sorted(glob.glob("log/audit-*.jsonl")):
        with open(path, "rb") as f:
            yield from f.read().splitlines()


def records():
    return [json.loads(line) for line in lines()]


def wait_for(what):
    while not what():
        time.sleep(0.02)


def checked_by_hand(key=None):
    """The chain as docs/serving_records.md describes it."""
    before, seq = None, 0
    for line in lines():
        record = json.loads(line)
        covered = line[:line.rindex(LINE)]
        own = hmac.new(key, covered, hashlib.sha256).hexdigest() if key else hashlib.sha256(covered).hexdigest()
        assert record["hash"] == own, record
        assert before is None or (record["prev"] == before and record["seq"] == seq + 1), record
        before, seq = record["hash"], record["seq"]
    return seq


def checked_by_the_docs(page, key=None):
    """The Python that docs/serving_records.md shows, as it stands, on the first segment."""
    with open(os.path.join(os.environ["MICA_SOURCE"], "docs", page), encoding="utf-8") as f:
        text = f.read()
    code = re.search(r"^```python\n(.*?)^```$", text, re.M | re.S)[1].replace('"audit/audit-', '"log/audit-')
    if not key:
        code = re.sub(r"^key = .*\n", "", code)
        code = re.sub(r"hmac\.new.*", "hashlib.sha256(covered).hexdigest()", code)
    names = {"json": json, "hmac": hmac, "hashlib": hashlib}
    exec(code, names)  # pylint: disable=exec-used
    assert names["before"], code


def clean():
    for path in glob.glob("log/*"):
        os.remove(path)


def who_did_what():
    mica("key", "create", "shop", "--role", "predict", "--model", "m", "--keys", "keys.json")
    shop = json.loads(mica("key", "create", "shop", "--role", "predict", "--keys", "keys.json", "--json"))
    ops = json.loads(mica("key", "create", "ops", "--role", "admin", "--keys", "keys.json", "--json"))
    os.environ["KEY"] = shop["key"]
    with open("audit.key", "wb") as f:
        f.write(KEY + b"\n")  # as base64 and openssl write one
    os.chmod("audit.key", 0o600)
    s = Server("--keys", "keys.json", "--audit-key", "audit.key", "--access-log", "access.jsonl")
    good = {"Authorization": "Bearer " + shop["key"]}
    status, _, request = s.ask(**good, X_Request_Id="mine-1")
    assert status == 200 and request == "mine-1"
    assert s.ask()[0] == 401
    assert s.ask(Authorization="Bearer mica_wrong")[0] == 401
    assert s.ask("/v2/repository/models/m/load", True, body="", **good)[0] == 403
    admin = {"Authorization": "Bearer " + ops["key"]}
    assert s.ask("/v2/repository/models/m/load", True, body="", **admin)[0] == 200
    assert s.ask(body='{"inputs": [{"name": "secret value"}]}', **good)[0] == 400
    assert s.ask("/v2/models/absent/infer", **good)[0] == 404
    mica("key", "revoke", shop["id"], "--keys", "keys.json")
    wait_for(lambda: s.ask(**good)[0] == 401)
    s.process.send_signal(signal.SIGHUP)
    wait_for(lambda: any(r["action"] == "reread" for r in records()))
    assert s.ask("/v2/repository/models/m/unload", True, body="", **admin)[0] == 200
    s.end()
    all_ = records()

    def one(**wanted):
        found = [r for r in all_ if all(r.get(k) == v for k, v in wanted.items())]
        assert found, (wanted, all_)
        return found[0]
    one(action="start", who="server")
    assert one(action="loaded", model="m", version="1", outcome="ok")["detail"]["file"] == MODEL[2:]
    first = one(request="mine-1")
    assert (first["who"], first["by"], first["address"], first["action"], first["model"], first["version"], first["outcome"]) == \
        ("shop", "key " + shop["id"], "127.0.0.1", "predict", "m", "1", "ok"), first
    one(who="anonymous", action="predict", outcome="401")
    one(who="shop", action="load", outcome="403", model="m")
    one(who="ops", action="load", outcome="ok", model="m")
    one(who="shop", action="predict", outcome="400")
    one(who="shop", action="predict", outcome="404", model="absent")
    assert one(who="shop", outcome="401")["detail"]["why"] == "the key was revoked"
    assert one(action="keys")["detail"]["revoked"] == [shop["id"]]
    one(who="ops", action="unload", outcome="ok")
    one(action="stop")
    text = b"\n".join(lines()).decode()
    assert shop["key"] not in text and "mica_wrong" not in text and "secret value" not in text
    assert all(os.stat(p).st_mode & 0o777 == 0o600 for p in glob.glob("log/*")), os.listdir("log")
    checked_by_hand(KEY)
    checked_by_the_docs("serving_records.md", KEY)
    checked_by_the_docs("serving_records.zh.md", KEY)
    with open("access.jsonl", encoding="utf-8") as f:
        access = {line["id"]: line for line in map(json.loads, f)}
    assert (access["mine-1"]["who"], access["mine-1"]["by"]) == (first["who"], first["by"]), access["mine-1"]
    assert all(access[r["request"]]["who"] == (r["who"] if r["who"] != "anonymous" else "") for r in all_ if r.get("request") in access), access
    assert "whole" in mica("audit", "verify", "log", "--key", "audit.key")
    assert "made with a key" in mica("audit", "verify", "log", status=1)
    shown = mica("audit", "show", "log", "--who", "ops", "--action", "load").splitlines()
    assert len(shown) == 1 and json.loads(shown[0])["outcome"] == "ok", shown
    assert mica("audit", "show", "log", "--since", "2999") == ""
    del os.environ["KEY"]
    clean()


def tokens_without_a_subject():
    """A token that was checked is somebody, though it has no name."""
    with open("secret", "w", encoding="utf-8") as f:
        f.write("0123456789abcdef0123456789abcdef\n")
    s = Server("--jwt-secret", "secret")
    claims = {"exp": int(time.time()) + 600, "roles": ["predict"]}
    s.ask(Authorization="Bearer " + token(claims), X_Request_Id="nameless")
    s.ask(Authorization="Bearer " + token({**claims, "sub": "me"}), X_Request_Id="named")
    s.ask(Authorization="Bearer " + token({**claims, "roles": []}), X_Request_Id="refused")
    s.ask(X_Request_Id="nobody")
    s.end()
    found = {r["request"]: (r["who"], r.get("by"), r["outcome"]) for r in records() if "request" in r}
    assert found["named"][:2] == ("me", "jwt"), found
    assert found["nameless"][:2] == ("unnamed", "jwt") and found["refused"] == ("unnamed", "jwt", "403"), found
    assert found["nobody"] == ("anonymous", None, "401"), found
    clean()


def tampering():
    s = Server()
    for _ in range(5):
        s.ask()
    s.end()
    head = mica("audit", "head", "log")
    with open("head.json", "w", encoding="utf-8") as f:
        f.write(head)
    assert json.loads(head)["seq"] == checked_by_hand()
    checked_by_the_docs("serving_records.md")
    mica("audit", "verify", "log", "--head", "head.json")
    path = "log/audit-00000001.jsonl"
    with open(path, "rb") as f:
        whole = f.read()
    with open(path, "wb") as f:
        f.write(whole.replace(b"anonymous", b"somebody1", 1))
    number = next(i for i, line in enumerate(whole.splitlines(), 1) if b"anonymous" in line)
    said = json.loads(subprocess.run([MICA, "audit", "verify", "log", "--json"], capture_output=True, check=False).stdout)
    assert f"audit-00000001.jsonl: line {number}: hash " in json.dumps(said), said
    with open(path, "wb") as f:
        f.write(b"".join(whole.splitlines(True)[:-2]))
    mica("audit", "verify", "log")
    assert "missing at the end" in mica("audit", "verify", "log", "--head", "head.json", status=1)
    mica("audit", "verify", status=2)
    clean()


def killed_under_load():
    s = Server("--audit-segment-bytes", "8192")
    stop = threading.Event()

    def load():
        try:
            with s.connection() as c:
                while not stop.is_set():
                    c.request("POST", "/v2/models/m/infer", s.body)
                    c.getresponse().read()
        except OSError:
            pass
        except http.client.HTTPException:
            pass
    threads = [threading.Thread(target=load) for _ in range(4)]
    for t in threads:
        t.start()
    wait_for(lambda: len(glob.glob("log/audit-*")) > 3)
    s.kill()
    stop.set()
    for t in threads:
        t.join()
    # A kill rarely meets the middle of a write: what it would leave is made here.
    last = sorted(glob.glob("log/audit-*"))[-1]
    with open(last, "ab") as f:
        f.write(b'{"seq":123,"prev":"torn')
    assert "torn" in mica("audit", "verify", "log", status=1)
    s = Server("--audit-segment-bytes", "8192", "--audit-keep", "2")
    mica("audit", "verify", "log")  # while it runs
    s.end()
    mica("audit", "verify", "log")
    checked_by_hand()
    all_ = records()
    assert bytes.fromhex(next(r for r in all_ if r["action"] == "repair")["detail"]["torn"]) == b'{"seq":123,"prev":"torn'
    assert any(r["action"] == "expire" for r in all_) and len(glob.glob("log/audit-*")) == 2
    os.remove(sorted(glob.glob("log/audit-*"))[0])
    assert "the chain begins with sequence" in mica("audit", "verify", "log", status=1)
    clean()


def full_disk(refuse):
    """A limit of the size of files is a disk that is full; the server lifts nothing of it, prlimit does."""
    s = Server(*(["--audit-failure", "refuse"] if refuse else []), limit=6000)
    counts = {}
    for _ in range(60):
        status = s.ask()[0]
        counts[status] = counts.get(status, 0) + 1
        time.sleep(0.01)
    wait_for(lambda: s.metric("mica_audit_failing") == 1)
    assert s.ask("/v2/repository/models/m/load", True, body="")[0] == 503
    assert s.ask()[0] == (503 if refuse else 200)
    assert s.ask("/v2/health/live", method="GET", body="")[0] == 200
    assert set(counts) <= ({200, 503} if refuse else {200}), counts
    resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_for(lambda: s.metric("mica_audit_failing") == 0)
    assert s.ask("/v2/repository/models/m/load", True, body="")[0] == 200
    done = s.ask()
    assert done[0] == 200
    error = s.end()
    assert "audit-00000001.jsonl" in error and "is not written" in error and "is written again" in error, error
    mica("audit", "verify", "log")
    all_ = records()
    assert any(r.get("request") == done[2] for r in all_)
    assert sum(r["action"] == "predict" and r["outcome"] == "ok" for r in all_) >= counts[200] + 1, "nothing was lost"
    clean()


def bad_options():
    for word in ("yesterday", "2026-1-1"):
        assert "expected a time" in mica("audit", "show", "log", "--since", word, status=1)
    assert "/dev/null/log" in mica("serve", MODEL, "--port", "0", "--audit-log", "/dev/null/log", status=1)
    with open("loose.key", "wb") as f:
        f.write(KEY)
    os.chmod("loose.key", 0o644)
    assert "0600" in mica("serve", MODEL, "--port", "0", "--audit-log", "log", "--audit-key", "loose.key", status=1)
    s = Server()
    assert "another process writes" in mica("serve", MODEL, "--port", "0", "--audit-log", "log", status=1)
    s.end()
    clean()


def read_in_part():
    """A reader that has seen enough, as `mica audit show log | head`, ends it without a word; a full disk does not."""
    os.makedirs("log", exist_ok=True)
    for number in range(1, 3):
        with open(f"log/audit-{number:08}.jsonl", "w", encoding="utf-8") as f:
            f.writelines(json.dumps({"seq": i, "time": "2026-11-29T10:00:00Z", "who": "shop", "action": "predict"}) + "\n" for i in range(5000))
    for more in ((), ("--json",)):
        show = subprocess.Popen([MICA, "audit", "show", "log", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert len(show.stdout.read(10)) == 10
        show.stdout.close()
        assert show.stderr.read() == b"" and show.wait() == 1, more
        show.stderr.close()
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([MICA, "audit", "show", "log"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "mica: standard output: " in done.stderr, done
    clean()


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        who_did_what()
        tokens_without_a_subject()
        tampering()
        killed_under_load()
        full_disk(False)
        full_disk(True)
        bad_options()
        read_in_part()
        os.chdir("/")


main()
