#!/usr/bin/env python3
"""A server's life, from outside: what it answers, what it refuses, hostile clients, SIGTERM under load, kill -9,
models that are loaded again, broken or taken out. Loopback only, no time limits but the clients' own."""
import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time

from serving import Load, MICA, Server, make_model

BODY = json.dumps({"id": "7", "inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]})


def serve(*options):
    return Server("m=m.h5", *options)


def ask(s, method="POST", path="/v2/models/m/infer", body=BODY, control=False, **headers):
    return s.request(method, path, body, control, **headers)


def refused(s, code, *words, **request):
    status, data, _ = ask(s, **request)
    assert status == code, (request, status, data)
    error = json.loads(data)["error"]
    assert all(word in error for word in words), (words, error)


def alive(s):
    status, data, _ = ask(s)
    assert status == 200, data
    return json.loads(data)


def answers(s):
    reply = alive(s)
    assert reply["model_name"] == "m" and reply["id"] == "7", reply
    assert abs(sum(reply["outputs"][0]["data"]) - 1) < 1e-5, reply
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/stats", "/v2/models/m/card"):
        assert ask(s, "GET", path, None)[0] == 200, path
    status, data, _ = ask(s, "GET", "/metrics", None, control=True)
    assert status == 200 and b'mica_requests_total{model="m"' in data, data
    _, _, reply = ask(s, X_Request_Id="mine-1", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    assert reply.headers["X-Request-Id"] == "mine-1" and reply.headers["traceparent"].startswith("00-0af7")
    _, _, reply = ask(s, X_Request_Id='a"b')
    assert len(reply.headers["X-Request-Id"]) == 32


def refusals(s):
    refused(s, 404, "nothing at this path", path="/nothing")
    refused(s, 405, "other methods", method="PUT")
    refused(s, 404, 'no model "x"', path="/v2/models/x/infer")
    refused(s, 404, 'no version "9"', path="/v2/models/m/versions/9/infer")
    refused(s, 404, "nothing", method="GET", path="/metrics", body=None)  # has a port of its own
    refused(s, 421, "Host", Host="evil.example")
    refused(s, 403, "origins", Origin="https://evil.example")
    for body, words in (("", []), ("{", []), ("[]", []), ("{}", []), ('{"inputs": []}', ["input_layer"]),
                        (BODY.replace("input_layer", "other"), ["other", "input_layer"]),
                        (BODY.replace("[1, 3]", "[1, 4]"), ["input_layer", "(1, 4)", "(None, 3)"]),
                        (BODY.replace("[1, 2, 3]", "[1, 2]"), ["input_layer"]),
                        (BODY.replace("[1, 2, 3]", "[1, NaN, 3]"), ["input_layer"]),
                        (BODY.replace("FP32", "INT64"), ["input_layer", "INT64", "FP32"]),
                        (BODY.replace("[1, 2, 3]", '[1, "2", 3]'), ["input_layer"]),
                        ("[" * 100000, []), ('{"inputs": ' * 1000, [])):
        refused(s, 400, *words, body=body)
    refused(s, 400, "Inference-Header-Content-Length", Inference_Header_Content_Length="-1")
    c = s.raw(b"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n")
    assert c.recv(100).startswith(b"HTTP/1.1 413"), "said before the body comes"
    c.close()


def hostile(s):
    """Broken HTTP, connections that say half of it, many that say nothing: others are answered."""
    for data in (b"\0\1\2\r\n\r\n", b"GET\r\n\r\n", b"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                 b"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
                 b"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                 b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n"):
        c = s.raw()
        try:
            c.sendall(data)
            c.shutdown(socket.SHUT_WR)
            c.recv(100000)
        except OSError:
            pass  # cut: that is an answer too
        c.close()
    half = [s.raw(b"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{") for _ in range(50)]
    silent = [s.raw() for _ in range(300)]
    gone = s.raw(f"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}".encode())
    gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gone.close()  # reset before the answer
    alive(s)
    chunked = s.raw(b"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    for letter in BODY:  # a byte at a time
        chunked.sendall(b"1\r\n" + letter.encode() + b"\r\n")
    chunked.sendall(b"0\r\n\r\n")
    assert chunked.recv(100).startswith(b"HTTP/1.1 200")
    for c in [*half, *silent, chunked]:
        c.close()
    alive(s)


class Clients(Load):
    """Threads that ask until they are told to stop, each on a connection of its own."""

    def __init__(self, server, count=8):
        self.server = server
        super().__init__(count)

    def run(self, i):
        c = http.client.HTTPConnection("127.0.0.1", self.server.port)
        while not self.stop:
            sent = False
            try:
                if c.sock is None:
                    c.connect()
                c.request("POST", "/v2/models/m/infer", BODY)
                sent = True
                reply = c.getresponse()
                data = reply.read()
                if reply.status != 200:
                    self.faults.append((reply.status, data))
                self.answers += 1
                if reply.headers.get("Connection", "").lower() == "close":
                    c.close()
            except ConnectionRefusedError:
                return  # it takes no new ones: it ends
            except (OSError, http.client.HTTPException) as e:
                # A connection that idles may be closed as the next request is on its way: not accepted.
                if sent and not isinstance(e, (ConnectionResetError, http.client.RemoteDisconnected, BrokenPipeError)):
                    self.faults.append(repr(e))
                c.close()


def reloads(s):
    """Versions change under load, and no request fails; a broken file leaves the old model."""
    before = alive(s)["outputs"][0]["data"]
    clients = Clients(s)
    for _ in range(20):
        assert ask(s, path="/v2/repository/models/m/load", body="", control=True)[0] == 200
    os.replace("n.h5", "m.h5")
    assert ask(s, path="/v2/repository/models/m/load", body="", control=True)[0] == 200
    clients.join()
    after = alive(s)["outputs"][0]["data"]
    assert before != after, "the new weights answer"
    whole = open("m.h5", "rb").read()
    for broken in (b"", b"\x89HDF", whole[:len(whole) // 2]):
        with open("m.h5", "wb") as f:
            f.write(broken)
        status, data, _ = ask(s, path="/v2/repository/models/m/load", body="", control=True)
        assert status >= 400 and b"m.h5" in data, (status, data)
        assert alive(s)["outputs"][0]["data"] == after
    with open("m.h5", "wb") as f:
        f.write(whole)
    refused(s, 404, 'no model "x"', path="/v2/repository/models/x/load", body="", control=True)
    refused(s, 404, path="/v2/repository/models/m/versions/5/default", body="", control=True)


def ends(how):
    s = serve()
    clients = Clients(s)
    time.sleep(0.3)
    status = s.end(how)
    clients.join()
    told = re.search(r"stops: drained in \d+\.\d\d s: of the requests that were under way \d+ (?:was|were) answered, 0 cut off", s.said())
    assert (told is not None) == (how == signal.SIGTERM), s.said()
    return status


def ends_at_once():
    """No time to drain, requests that wait for others: it ends all the same, and says nothing wrong."""
    s = serve("--drain", "0", "--max-delay", "10000")
    waiting = [s.raw(f"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}".encode())
               for _ in range(3)]
    while s.figure('mica_queue_length{model="m",version="1"}') < 3:  # they are read one by one
        time.sleep(0.01)
    status = s.end()
    # The last look at the figures may still be on its way out when it is told to end, and counts as well, as this or that.
    told = re.search(r"warning: stops: drained in 0\.00 s: of the requests that were under way (\d) (?:was|were) answered, (\d) cut off", s.said())
    assert told and [int(n) for n in told.groups()] in ([0, 3], [1, 3], [0, 4]), s.said()
    for c in waiting:
        c.close()
    return status


def many_connections():
    s = serve("--connections", "40", "--lanes", "2")
    open_ones = [s.raw() for _ in range(200)]
    for c in open_ones:
        c.close()
    alive(s)
    s.end()


def main():
    make_model("m.h5", 1)
    make_model("n.h5", 2)
    s = serve("--max-body", str(1 << 20), "--access-log", "access.log")
    answers(s)
    refusals(s)
    hostile(s)
    reloads(s)
    for name in (b"%FF", b"\xc3\xa9", b"\xff", b"\xc3"):
        raw = s.raw(b"GET /v2/models/" + name + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert b" 404 " in raw.recv(65536), name
        raw.close()
    assert s.end() == 0
    # Whatever bytes were asked for, each line is UTF-8.
    paths = [json.loads(line)["path"] for line in open("access.log", encoding="utf-8")]
    found = sorted(path for path in paths if path in ("/v2/models/%FF", "/v2/models/é", "/v2/models/\ufffd"))
    assert found == ["/v2/models/%FF", "/v2/models/é", "/v2/models/\ufffd", "/v2/models/\ufffd"], paths[-8:]
    lines = [json.loads(line) for line in open("access.log", encoding="utf-8")]
    assert any(x["path"] == "/v2/models/m/infer" and x["code"] == 200 for x in lines)
    assert any(x["code"] == 413 for x in lines) and all(x["id"] for x in lines)
    assert ends(signal.SIGTERM) == 0, "drained"
    ends(signal.SIGKILL)
    assert ends_at_once() == 0
    many_connections()
    full = serve("--access-log", "/dev/full")  # a full disk: lines are lost, requests are not
    for _ in range(5):
        alive(full)
    time.sleep(0.1)
    lost = ask(full, "GET", "/metrics", None, control=True)[1].decode()
    assert "mica_access_log_lost_total 0\n" not in lost, "lost lines are counted"
    full.end()
    for options, words in ((["--host", "0.0.0.0"], "--insecure"), (["--host", "nowhere"], "no address")):
        done = subprocess.run([MICA, "serve", "m=m.h5", *options], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and words in done.stderr, done.stderr
    checked = subprocess.run([MICA, "serve", "m=m.h5", "--check", "--port", "0"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
print("a server's life: as it should be")
