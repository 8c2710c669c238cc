#!/usr/bin/env python3
"""A server's life, from outside: what it answers, what it refuses, hostile clients, SIGTERM under load, kill -9,
models that are loaded again, broken or taken out. Loopback only, no time limits but the clients' own."""
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

MICA = os.environ["MICA"]
BODY = json.dumps({"id": "7", "inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]})


class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen([MICA, "serve", "m=m.h5", "--port", "0", "--json", *options], text=True,
                                        stdout=subprocess.PIPE, stderr=open("stderr.txt", "a", encoding="utf-8"))
        line = self.process.stdout.readline()
        assert line, open("stderr.txt", encoding="utf-8").read()
        said = json.loads(line)
        self.port, self.control = said["port"], said["control_port"]

    def ask(self, method="POST", path="/v2/models/m/infer", body=BODY, control=False, **headers):
        c = http.client.HTTPConnection("127.0.0.1", self.control if control else self.port, timeout=60)
        c.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        reply = c.getresponse()
        data = reply.read()
        c.close()
        return reply.status, data, reply

    def refused(self, code, *words, **request):
        status, data, _ = self.ask(**request)
        assert status == code, (request, status, data)
        error = json.loads(data)["error"]
        assert all(word in error for word in words), (words, error)

    def alive(self):
        status, data, _ = self.ask()
        assert status == 200, data
        return json.loads(data)

    def raw(self, data=b""):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        s.sendall(data)
        return s

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(60)


def make_model(name, seed):
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write("a,b,c,y\n" + "".join(f"{i % 7},{i % 3},{i % 5},{i % 2}\n" for i in range(64)))
    recipe = {"model": {"input": [3], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
              "data": {"train": "t.csv", "preprocessing": {"target": "y"}},
              "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}, "seed": seed}
    with open("r.json", "w", encoding="utf-8") as f:
        json.dump(recipe, f)
    subprocess.run([MICA, "train", "r.json", "--quiet", "--output", name], check=True)


def answers(s):
    reply = s.alive()
    assert reply["model_name"] == "m" and reply["id"] == "7", reply
    assert abs(sum(reply["outputs"][0]["data"]) - 1) < 1e-5, reply
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/stats", "/v2/models/m/card"):
        assert s.ask("GET", path, None)[0] == 200, path
    status, data, _ = s.ask("GET", "/metrics", None, control=True)
    assert status == 200 and b'mica_requests_total{model="m"' in data, data
    _, _, reply = s.ask(X_Request_Id="mine-1", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    assert reply.headers["X-Request-Id"] == "mine-1" and reply.headers["traceparent"].startswith("00-0af7")
    _, _, reply = s.ask(X_Request_Id='a"b')
    assert len(reply.headers["X-Request-Id"]) == 32


def refusals(s):
    s.refused(404, "nothing at this path", path="/nothing")
    s.refused(405, "other methods", method="PUT")
    s.refused(404, 'no model "x"', path="/v2/models/x/infer")
    s.refused(404, 'no version "9"', path="/v2/models/m/versions/9/infer")
    s.refused(404, "nothing", method="GET", path="/metrics", body=None)  # has a port of its own
    s.refused(421, "Host", Host="evil.example")
    s.refused(403, "origins", Origin="https://evil.example")
    for body, words in (("", []), ("{", []), ("[]", []), ("{}", []), ('{"inputs": []}', ["input_layer"]),
                        (BODY.replace("input_layer", "other"), ["other", "input_layer"]),
                        (BODY.replace("[1, 3]", "[1, 4]"), ["input_layer", "(1, 4)", "(None, 3)"]),
                        (BODY.replace("[1, 2, 3]", "[1, 2]"), ["input_layer"]),
                        (BODY.replace("[1, 2, 3]", "[1, NaN, 3]"), ["input_layer"]),
                        (BODY.replace("FP32", "INT64"), ["input_layer", "INT64", "FP32"]),
                        (BODY.replace("[1, 2, 3]", '[1, "2", 3]'), ["input_layer"]),
                        ("[" * 100000, []), ('{"inputs": ' * 1000, [])):
        s.refused(400, *words, body=body)
    s.refused(400, "Inference-Header-Content-Length", Inference_Header_Content_Length="-1")
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
    s.alive()
    chunked = s.raw(b"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    for letter in BODY:  # a byte at a time
        chunked.sendall(b"1\r\n" + letter.encode() + b"\r\n")
    chunked.sendall(b"0\r\n\r\n")
    assert chunked.recv(100).startswith(b"HTTP/1.1 200")
    for c in [*half, *silent, chunked]:
        c.close()
    s.alive()


class Clients:
    """Threads that ask until they are told to stop, each on a connection of its own."""

    def __init__(self, server, count=8):
        self.server, self.stop, self.answers, self.faults = server, False, 0, []
        self.threads = [threading.Thread(target=self.run) for _ in range(count)]
        for t in self.threads:
            t.start()

    def run(self):
        c = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
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

    def join(self):
        self.stop = True
        for t in self.threads:
            t.join()
        assert not self.faults, self.faults[:3]
        assert self.answers > 0


def reloads(s):
    """Versions change under load, and no request fails; a broken file leaves the old model."""
    before = s.alive()["outputs"][0]["data"]
    clients = Clients(s)
    for _ in range(20):
        assert s.ask(path="/v2/repository/models/m/load", body="", control=True)[0] == 200
    os.replace("n.h5", "m.h5")
    assert s.ask(path="/v2/repository/models/m/load", body="", control=True)[0] == 200
    clients.join()
    after = s.alive()["outputs"][0]["data"]
    assert before != after, "the new weights answer"
    whole = open("m.h5", "rb").read()
    for broken in (b"", b"\x89HDF", whole[:len(whole) // 2]):
        with open("m.h5", "wb") as f:
            f.write(broken)
        status, data, _ = s.ask(path="/v2/repository/models/m/load", body="", control=True)
        assert status >= 400 and b"m.h5" in data, (status, data)
        assert s.alive()["outputs"][0]["data"] == after
    with open("m.h5", "wb") as f:
        f.write(whole)
    s.refused(404, 'no model "x"', path="/v2/repository/models/x/load", body="", control=True)
    s.refused(404, path="/v2/repository/models/m/versions/5/default", body="", control=True)


def ends(how):
    s = Server()
    clients = Clients(s)
    time.sleep(0.3)
    status = s.end(how)
    clients.join()
    return status


def ends_at_once():
    """No time to drain, requests that wait for others: it ends all the same, and says nothing wrong."""
    s = Server("--drain", "0", "--max-delay", "10000")
    waiting = [s.raw(f"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}".encode())
               for _ in range(3)]
    time.sleep(0.3)
    status = s.end()
    for c in waiting:
        c.close()
    return status


def many_connections():
    s = Server("--connections", "40", "--lanes", "2")
    open_ones = [s.raw() for _ in range(200)]
    for c in open_ones:
        c.close()
    s.alive()
    s.end()


def main():
    make_model("m.h5", 1)
    make_model("n.h5", 2)
    s = Server("--max-body", str(1 << 20), "--access-log", "access.log")
    answers(s)
    refusals(s)
    hostile(s)
    reloads(s)
    assert s.end() == 0
    lines = [json.loads(line) for line in open("access.log", encoding="utf-8")]
    assert any(x["path"] == "/v2/models/m/infer" and x["code"] == 200 for x in lines)
    assert any(x["code"] == 413 for x in lines) and all(x["id"] for x in lines)
    assert ends(signal.SIGTERM) == 0, "drained"
    ends(signal.SIGKILL)
    assert ends_at_once() == 0
    many_connections()
    full = Server("--access-log", "/dev/full")  # a full disk: lines are lost, requests are not
    for _ in range(5):
        full.alive()
    time.sleep(0.1)
    lost = full.ask("GET", "/metrics", None, control=True)[1].decode()
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
