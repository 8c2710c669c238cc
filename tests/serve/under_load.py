#!/usr/bin/env python3
"""Everything at once for some hundred requests of each client: HTTP by JSON, rows and pictures' errors, gRPC's own bytes, the
page's figures, /metrics, models loaded again, taken out and put back, keys revoked and read again, certificates read again,
clients that go away in the middle; then SIGTERM under that load. Above all for the sanitizers: what is wrong is said and ends
the server."""
import http.client
import json
import os
import signal
import socket
import struct
import tempfile
import threading

from http2 import END, GREETING, HEADERS, field, frames, grpc_call
from serving import Server, make_model, run

BODY = json.dumps({"inputs": [{"name": "input_layer", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6]}],
                   "parameters": {"priority": 1, "timeout": 20000000}})
TURNS = int(os.environ.get("MICA_LOAD_TURNS", "40"))


class Load:
    def __init__(self, server, keys):
        self.s, self.keys, self.ending, self.faults, self.answered = server, keys, False, [], {}

    def client(self, name, turn):
        """Runs turns until told otherwise; a server that ends refuses and cuts, which is no fault."""
        def work():
            done = 0
            try:
                while not self.ending and done < TURNS:
                    turn(done)
                    done += 1
            except (OSError, http.client.HTTPException) as e:
                if not self.ending:
                    self.faults.append((name, repr(e)))
            except AssertionError as e:
                self.faults.append((name, repr(e)))
            self.answered[name] = done
        return threading.Thread(target=work)

    def ask(self, codes, method, path, body=None, control=False, key=None):
        code, data, _ = self.s.request(method, path, body, control, Authorization=f"Bearer {key or self.keys['boss']}")
        assert code in codes or self.ending, (method, path, code, data)
        return code

    def kept(self, path):
        """One connection for many requests."""
        state = {}

        def turn(_):
            c = state.setdefault("c", self.s.connection())
            c.request("POST", path, BODY, {"Authorization": f"Bearer {self.keys['boss']}"})
            reply = c.getresponse()
            data = reply.read()
            assert reply.status in (200, 429) or self.ending, (reply.status, data)
        return turn

    def binary(self, _):
        head = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "parameters": {"binary_data_size": 12}}],
                           "parameters": {"binary_data_output": True}}).encode()
        code, data, _ = self.s.request("POST", "/v2/models/m/infer", head + struct.pack("<3f", 1, 2, 3), Authorization=f"Bearer {self.keys['boss']}",
                                       Inference_Header_Content_Length=str(len(head)))
        assert code in (200, 429) or self.ending, (code, data)

    def looks(self, turn):
        self.ask((200,), "GET", "/v2/stats")
        self.ask((200,), "GET", "/metrics", control=True)
        self.ask((200, 404), "GET", ("/v2/models/m", "/v1/models/n", "/openapi.json", "/")[turn % 4])
        self.ask((400,), "POST", "/v2/models/m/infer", "{")
        self.ask((400, 415), "POST", "/v2/models/m/picture", b"\x89PNG\r\n\x1a\nno")
        self.ask((401,), "POST", "/v2/models/m/infer", BODY, key="mica_" + "A" * 43)

    def reloads(self, turn):
        self.ask((200,), "POST", "/v2/repository/models/m/load", b"", True)
        if turn % 3 == 0:
            self.ask((200, 404), "POST", "/v2/repository/models/n/unload", b"", True)
        self.ask((200, 404), "POST", "/v2/repository/models/n/load", b"", True)

    def revokes(self, turn):
        made = json.loads(run("key", "create", f"k{turn}", "--role", "predict", "--rate", "5", "--keys", "keys.json", "--json"))
        self.s.process.send_signal(signal.SIGHUP)
        self.ask((200, 401, 429), "POST", "/v2/models/m/infer", BODY, key=made["key"])
        run("key", "revoke", made["id"], "--keys", "keys.json")
        self.s.process.send_signal(signal.SIGHUP)

    def grpc(self, turn):
        tensor = field(1, b"input_layer") + field(2, b"FP32") + field(3, b"\x01\x03")
        infer = field(1, b"m") + field(5, tensor) + field(7, struct.pack("<3f", 1, 2, 3))
        who = (b"x-api-key", self.keys["boss"].encode())
        with socket.create_connection(("127.0.0.1", self.s.grpc_port)) as c:
            c.sendall(GREETING + b"".join(
                grpc_call(1 + 2 * i, method, message, *headers) for i, (method, message, *headers) in enumerate(
                    [(b"ModelInfer", infer, who)] * 8 + [(b"ModelInfer", infer), (b"ModelMetadata", field(1, b"m"), who), (b"ServerReady", b"")])))
            if turn % 5 == 4:
                return  # gone before the answers
            ended = 0
            for kind, flags, _, _ in frames(c):
                ended += kind == HEADERS and flags & END
                if ended == 11:
                    return
            raise ConnectionResetError("gRPC's connection ended")

    def vanishes(self, turn):
        with self.s.raw() as c:
            c.sendall(f"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {self.keys['boss']}\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
                      + BODY.encode()[:len(BODY) - turn % 2])
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def main():
    make_model("m.h5", 1)
    make_model("n.h5", 2)
    boss = json.loads(run("key", "create", "boss", "--role", "admin", "--keys", "keys.json", "--json"))["key"]
    options = ["m=m.h5", "n=n.h5", "--grpc-port", "0", "--keys", "keys.json", "--access-log", "access.log", "--max-delay", "1", "--lanes", "2"]
    server = Server(*options)
    for ends_under_load in (False, True):
        load = Load(server, {"boss": boss})
        clients = [load.client(name, turn) for name, turn in (
            ("json", load.kept("/v2/models/m/infer")), ("json 2", load.kept("/v2/models/m/versions/1/infer")), ("binary", load.binary),
            ("looks", load.looks), ("reloads", load.reloads), ("revokes", load.revokes), ("grpc", load.grpc), ("grpc 2", load.grpc),
            ("vanishes", load.vanishes))]
        for c in clients:
            c.start()
        if ends_under_load:
            for _ in range(5):
                load.looks(0)
            load.ending = True
            status = server.end()
        for c in clients:
            c.join()
        assert not load.faults, (load.faults[:5], server.said()[-3000:])
        assert ends_under_load or all(n == TURNS for n in load.answered.values()), load.answered
    assert status == 0, (status, server.said()[-6000:])
    lines = [json.loads(line) for line in open("access.log", encoding="utf-8")]
    assert len(lines) > TURNS * 9 and len({line["id"] for line in lines}) == len(lines)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
print("under load: as it should be")
