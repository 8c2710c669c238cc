#!/usr/bin/env python3
"""Connections that are many, silent, slow, half-open, or more than there are descriptors for: others are answered, the
server burns no processor meanwhile, and goes on when it is over. Loopback only; waits are for events, never for time."""
import json
import os
import resource
import select
import socket
import tempfile
import time

from serving import Server, has_grpc, make_model

BODY = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}).encode()
HEAD = b"POST /v2/models/m/infer HTTP/1.1\r\nHost: localhost\r\n"
ASK = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


def alive(s):
    assert s.request("POST", "/v2/models/m/infer", BODY)[0] == 200


def is_cut(c):
    """Whether the server ended the connection; what it said before is dropped."""
    while select.select([c], [], [], 0)[0]:
        try:
            if not c.recv(1 << 16):
                return True
        except OSError:
            return True
    return False


def processor_seconds(s):
    with open(f"/proc/{s.process.pid}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def does_not_spin(s):
    """Far below a processor, over a second: a loop without a pause takes all of it."""
    before, began = processor_seconds(s), time.monotonic()
    time.sleep(1)
    assert processor_seconds(s) - before < 0.3 * (time.monotonic() - began), "it spins"


def ten_thousand():
    """Silent ones are held, those who ask are answered, also behind them."""
    wanted = 10000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted + 200:
        print(f"10,000 connections are left out: only {hard} files may be open")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 200), hard))
    with Server("m=m.h5") as s:
        held = []
        for i in range(wanted):
            held.append(s.raw(b"" if i % 2 else HEAD))
            if i % 1000 == 0:
                alive(s)
        alive(s)
        while s.figure("mica_connections") < wanted:
            alive(s)
        does_not_spin(s)
        for c in held[1::500]:  # those that were silent ask
            c.sendall(ASK)
            assert c.recv(100).startswith(b"HTTP/1.1 200")
        for c in held:
            c.close()
        alive(s)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def few_files():
    """As many clients as there may be on every port: descriptors are left for what a server needs besides."""
    grpc = ["--grpc-port", "0"] if has_grpc("m=m.h5") else []
    with Server("m=m.h5", *grpc, "--lanes", "2", limits={resource.RLIMIT_NOFILE: (300, 300)}) as s:
        held = [socket.create_connection(("127.0.0.1", port)) for port in (s.grpc_port, s.control_port, s.port) if port for _ in range(200)]
        alive(s)
        s.figure("mica_connections")
        time.sleep(0.5)
        taken = len(os.listdir(f"/proc/{s.process.pid}/fd"))
        assert taken < 250, taken
        assert s.request("POST", "/v2/repository/models/m/load", b"", control=True)[0] == 200
        for c in held:
            c.close()


def full_house():
    """All connections are taken by silent ones: those make room, and requests that run are never cut."""
    with Server("m=m.h5", "--connections", "40", "--lanes", "2") as s:
        silent = [s.raw() for _ in range(200)]
        alive(s)
        assert sum(map(is_cut, silent)) > 0, "the silent made room"
        for c in silent:
            c.close()
        alive(s)


def no_descriptors():
    """The server may open few files, and clients take them all."""
    with Server("m=m.h5", "--lanes", "1", limits={resource.RLIMIT_NOFILE: 64}) as s:
        resource.prlimit(s.process.pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{s.process.pid}/fd")) + 4, 64))
        control = s.connection(control=True)
        control.request("GET", "/metrics")
        control.getresponse().read()
        held = [s.raw(HEAD + b"Content-Length: 9\r\n\r\n{") for _ in range(20)]  # nobody may make room
        does_not_spin(s)
        control.request("POST", "/v2/repository/models/m/load", b"")
        reply = control.getresponse()
        said = reply.read()
        assert reply.status >= 500 and b"m.h5" in said, (reply.status, said)
        for c in held:
            c.close()
        alive(s)
        while reply.status != 200:  # as soon as those descriptors are back
            control.request("POST", "/v2/repository/models/m/load", b"")
            reply = control.getresponse()
            reply.read()
        control.close()
        alive(s)


def slow_clients():
    """A byte now and then keeps no connection: a head, a body, a reply that is not taken."""
    with Server("m=m.h5", "--idle", "1", "--lanes", "1") as s:
        head, body = s.raw(), s.raw(HEAD + b"Content-Length: 1000\r\n\r\n")
        chunks = s.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        silent, half = s.raw(), s.raw(HEAD)
        half.shutdown(socket.SHUT_WR)
        slow = {head: b"P", body: b"{", chunks: b"1\r\n{\r\n", silent: b"", half: b""}
        while slow:
            for c in [c for c in slow if is_cut(c)]:
                del slow[c]
                c.close()
            for c, byte in slow.items():
                try:
                    c.send(byte)
                except OSError:
                    pass
            alive(s)
            time.sleep(0.1)
        taker = s.raw()
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while not select.select([], [], [taker], 0)[2]:  # asks and asks, and takes nothing
            try:
                taker.send(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n", socket.MSG_DONTWAIT)
            except BlockingIOError:
                time.sleep(0.1)
            except OSError:
                break
            alive(s)
        taker.close()


def gone_at_once():
    """Clients that connect and reset, in number."""
    with Server("m=m.h5") as s:
        for _ in range(2000):
            c = s.raw(ASK)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            c.close()
        alive(s)
        while s.figure("mica_connections") > 2:  # that of /metrics, and that of `alive`
            time.sleep(0.05)


def main():
    make_model("m.h5")
    for case in (ten_thousand, full_house, few_files, no_descriptors, slow_clients, gone_at_once):
        case()
        print(case.__name__, flush=True)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
print("connections: as they should be")
