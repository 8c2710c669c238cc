#!/usr/bin/env python3
"""A server that limits its own system calls goes on: predictions, models that are read again, keys, certificates and
logs; here any call that it must not make would end it (--seccomp kill). Every thread is under the filter."""
import glob
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import urllib.request

from serving import MICA, Server, run

SOURCE = os.environ["MICA_SOURCE"]
# In the end the leak sanitizer starts a process that traces this one: what the filter is there to refuse.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
DIGITS = f"digits={SOURCE}/tests/verify/keras3_digits/model.h5"


def fields(pid, name):
    """Of the status of every thread."""
    values = set()
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="utf-8") as f:
            values |= {line.split()[1] for line in f if line.startswith(name + ":")}
    return values


def maps(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as f:
        return [line for line in f if line.split()[1].startswith("rwx")]


def control(server, path):
    with urllib.request.urlopen(urllib.request.Request(server.control + path, method="POST")) as reply:
        return reply.read()


def predicts(server):
    """One request, and several at once in one: lanes and, with --workers, batches."""
    name = server.post("/v2/repository/index", {})[0]["name"]
    about = json.loads(server.ask(f"/v2/models/{name}")[1])["inputs"][0]
    for rows in (1, 9):
        shape = [rows] + [int(n) for n in about["shape"][1:]]
        count = 1
        for n in shape:
            count *= n
        tensor = {"name": about["name"], "shape": shape, "datatype": about["datatype"], "data": [0] * count}
        reply = server.post(f"/v2/models/{name}/infer", {"inputs": [tensor]})
        assert reply["outputs"][0]["shape"][0] == rows, reply


def whole_life(folder, *options):
    log = os.path.join(folder, "log")
    with Server(DIGITS, "--seccomp", "kill", "--access-log", log, "--grpc-port", "0", "--max-delay", "1", *options) as server:
        pid = server.process.pid
        assert fields(pid, "Seccomp") == {"2"} and fields(pid, "NoNewPrivs") == {"1"}
        predicts(server)
        for _ in range(3):
            control(server, "/v2/repository/models/digits/load")
            predicts(server)
        os.rename(log, log + ".1")
        server.process.send_signal(signal.SIGHUP)
        while not os.path.exists(log):
            predicts(server)
        with urllib.request.urlopen(server.control + "/metrics") as reply:
            assert b"mica_process_resident_memory_bytes" in reply.read()
        control(server, "/v2/repository/models/digits/unload")
        assert server.ask("/v2/health/live")[0] == 200
        return maps(pid)


def guarded(folder):
    """TLS, keys that change, a certificate that is read again."""
    tool = shutil.which("openssl")
    if not tool:
        print("openssl is missing: certificates are left out")
        return
    pem, private, keys = (os.path.join(folder, name) for name in ("c.pem", "k.pem", "keys"))

    def certify():
        subprocess.run([tool, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", private,
                        "-out", pem, "-days", "90", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, capture_output=True)
    certify()
    run("key", "create", "one", "--role", "admin", "--keys", keys)
    with Server(DIGITS, "--seccomp", "kill", "--keys", keys, "--tls-certificate", pem, "--tls-key", private) as server:
        port = int(server.url.rsplit(":", 1)[1])
        first = ssl.get_server_certificate(("127.0.0.1", port))
        certify()
        server.process.send_signal(signal.SIGHUP)
        while ssl.get_server_certificate(("127.0.0.1", port)) == first:
            pass
        key = json.loads(run("key", "create", "two", "--role", "admin", "--keys", keys, "--json"))["key"]
        context = ssl.create_default_context(cafile=pem)
        request = urllib.request.Request(f"https://127.0.0.1:{port}/v2/models/digits", headers={"X-API-Key": key})
        while True:  # new keys are seen within a second
            try:
                with urllib.request.urlopen(request, context=context) as reply:
                    assert reply.status == 200
                    break
            except urllib.error.HTTPError as error:
                assert error.code == 401, error.code


def said(*options):
    """What is written to standard error by a server that starts and ends; its filter's mode."""
    process = subprocess.Popen([MICA, "serve", DIGITS, "--port", "0", "--json", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    assert '"port"' in process.stdout.readline()
    mode = fields(process.pid, "Seccomp")
    process.send_signal(signal.SIGTERM)
    return mode, process.communicate()[1]


def main():
    done = subprocess.run([MICA, "serve", DIGITS, "--port", "0", "--check"], capture_output=True, text=True, check=False)
    if "built without libmicrohttpd" in done.stderr:
        sys.exit(77)
    probe = subprocess.Popen([MICA, "serve", DIGITS, "--port", "0", "--seccomp", "on", "--json"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    line = probe.stdout.readline()
    probe.send_signal(signal.SIGTERM)
    probe.communicate()
    if "built without libseccomp" in line or "the filter of system calls" in line:
        print(line)
        sys.exit(77)
    warning = "it runs as root"
    assert (warning in said()[1]) == (os.geteuid() == 0) and warning not in said("--as-root")[1]
    assert said("--seccomp", "off")[0] == {"0"} and said("--seccomp", "on")[0] == {"2"}
    with tempfile.TemporaryDirectory() as folder:
        whole_life(folder)
        assert whole_life(folder, "--backend", "cpu") == [], "no memory that is written and executed"
        guarded(folder)


main()
