#!/usr/bin/env python3
"""The wall clock jumps under a server (a preloaded shim): keys, tokens and the certificate go by it; timeouts, waiting, rates
and idle connections do not. A log whose disk fills, and empties again."""
import glob
import json
import os
import resource
import shutil
import signal
import ssl
import tempfile
import time

from guarded import certificate, key, token
from serving import Server, make_model

BODY = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}],
                   "parameters": {"timeout": 60000000}})
INFER = "/v2/models/m/infer"
DAY = 86400


def shift(seconds):
    with open("shift.new", "w", encoding="utf-8") as f:
        f.write(str(int(seconds)))
    os.replace("shift.new", "shift")


def shimmed(*options, secure=None):
    shim = glob.glob(os.path.join(os.environ["MICA_BUILD"], "tests/serve/*clock_shim.so"))
    sanitized = {name: os.environ.get(name, "") + ":verify_asan_link_order=0" for name in ("ASAN_OPTIONS",)}
    return Server("m=m.h5", *options, secure=secure,
                  environment={"LD_PRELOAD": shim[0], "MICA_CLOCK_SHIFT": os.path.abspath("shift"), **sanitized})


def ask(s, secret):
    return s.request("POST", INFER, BODY, Authorization="Bearer " + secret)[0]


def jumps():
    shift(0)
    short, always, slow = key("short", "--role", "predict", "--expires", "1d"), key("always", "--role", "admin"), key("slow", "--role", "predict", "--rate", "0.01")
    with open("secret", "w", encoding="utf-8") as f:
        f.write("0123456789abcdef0123456789abcdef\n")
    signed = token({"sub": "me", "exp": int(time.time()) + 3600, "roles": ["predict"]})
    with shimmed("--keys", "keys.json", "--jwt-secret", "secret", "--max-delay", "20", "--idle", "1000", "--access-log", "access.log") as s:
        kept = s.connection()

        def kept_ask():
            kept.request("POST", INFER, BODY, {"Authorization": "Bearer " + always["key"]})
            reply = kept.getresponse()
            assert reply.status == 200, reply.read()
            reply.read()
        kept_ask()
        port = kept.sock.getsockname()
        assert ask(s, short["key"]) == 200 and ask(s, signed) == 200
        assert ask(s, slow["key"]) == 200 and ask(s, slow["key"]) == 429
        for jump, short_is, signed_is in ((2 * DAY, 401, 401), (4000, 200, 401), (0, 200, 200), (-10 * 365 * DAY, 200, 200), (300 * 365 * DAY, 401, 401)):
            shift(jump)
            assert ask(s, short["key"]) == short_is, jump
            assert ask(s, signed) == signed_is, jump
            assert ask(s, slow["key"]) == 429, "a rate is not filled by a jump"
            kept_ask()
        assert kept.sock.getsockname() == port, "the connection was kept"
        kept.close()
    stamps = {json.loads(line)["time"][:4] for line in open("access.log", encoding="utf-8")}
    assert len(stamps) >= 3, stamps
    os.remove("keys.json")


def expires():
    """A certificate ends while it serves: told once a day beforehand, counted down, and new ones are taken."""
    shift(0)
    certificate("ca")
    certificate("server", "ca")
    trust = ssl.create_default_context(cafile="ca.pem")
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # it is to answer still
    with shimmed("--tls-certificate", "server.pem", "--tls-key", "server.key", secure=trust) as s:
        left = s.figure("mica_certificate_expires_seconds")
        assert 29 * DAY < left <= 30 * DAY and "server.pem" not in s.said(), (left, s.said())
        for days, words in ((20, "expires in"), (29.5, "expires in 0"), (31.2, "expired")):
            shift(days * DAY)
            while words not in s.said():
                time.sleep(0.05)
            assert s.figure("mica_certificate_expires_seconds") < left - (days - 1) * DAY
        assert s.request("POST", INFER, BODY)[0] == 200
        told = s.said().count("server.pem")
        time.sleep(2.5)
        assert s.said().count("server.pem") == told, "once a day, not each second"
        shift(0)
        s.process.send_signal(signal.SIGHUP)
        while s.figure("mica_certificate_expires_seconds") < 29 * DAY:
            time.sleep(0.05)
    with Server("m=m.h5") as s:
        assert s.figure("mica_certificate_expires_seconds") == float("inf")


def full_disk():
    """A log that may not grow loses whole lines, which are counted; what is there can be read, and so can what follows."""
    with Server("m=m.h5", "--access-log", "full.log", limits={resource.RLIMIT_FSIZE: 1000}) as s:
        while not s.figure("mica_access_log_lost_total"):
            assert s.request("POST", INFER, BODY)[0] == 200
        asked = s.figure("mica_requests_total{model=\"m\",version=\"1\",outcome=\"ok\"}")
        resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        for i in range(3):
            assert s.request("POST", INFER, BODY, X_Request_Id=f"after-{i}")[0] == 200
        lost = s.figure("mica_access_log_lost_total")
    lines = open("full.log", encoding="utf-8").read().split("\n")
    whole, torn = [], 0
    for line in filter(None, lines):
        try:
            whole.append(json.loads(line))
        except ValueError:
            torn += 1
    assert torn <= 1 and sorted(x["id"] for x in whole if x["id"].startswith("after")) == ["after-0", "after-1", "after-2"], lines
    posts = sum(x["path"] == INFER for x in whole)
    assert posts <= asked + 3 <= posts + lost, (posts, asked, lost)


def main():
    make_model("m.h5")
    jumps()
    if shutil.which("openssl"):
        expires()
    else:
        print("openssl is missing: certificates are left out")
    full_disk()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
    print("clocks and disks: as they should be")
