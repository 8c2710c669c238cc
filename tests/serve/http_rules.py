#!/usr/bin/env python3
"""HTTP as RFC 9110 and 9112 have it, above what http.client can say: pipelined requests, HEAD, OPTIONS, 100-continue, chunks,
what two servers could read in two ways. A reply is [code, …] of all that came until the server closed, or until a request
behind it was answered."""
import json
import os
import re
import socket
import tempfile

from serving import Server, make_model

HOST = b"Host: localhost\r\n"
LIVE = b"GET /v2/health/live HTTP/1.1\r\n" + HOST
INDEX = b"POST /v2/repository/index HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def replies(s, data):
    """Codes and bytes of all replies, up to the end that the server makes."""
    with s.raw(data) as c:
        said = b""
        while True:
            try:
                more = c.recv(65536)
            except ConnectionResetError:
                break  # it closed with bytes of ours unread
            if not more:
                break
            said += more
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d\d\d) ", said)], said


def ends(s, data, *codes):
    """The server answers so, and closes: nothing behind is looked at."""
    got, said = replies(s, data + LIVE + b"\r\n")
    assert got[:len(codes)] == list(codes), (data, got, said)
    assert set(got) == set(codes), (data, got, said)  # libmicrohttpd 0.9.75 says some words of its own twice
    return said


def goes_on(s, data, *codes):
    """The server answers so, and the request behind as well."""
    got, said = replies(s, data + LIVE + b"Connection: close\r\n\r\n")
    assert got == [*codes, 200], (data, got, said)
    return said


def methods(s):
    said = goes_on(s, b"HEAD /v2/health/live HTTP/1.1\r\n" + HOST + b"\r\n", 200)
    assert b"Content-Length: 13" in said.split(b"\r\n\r\n")[0] and said.count(b'"live"') == 1, said
    assert b"\r\nAllow: GET, HEAD, OPTIONS\r\n" in goes_on(s, b"PUT /v2/health/live HTTP/1.1\r\n" + HOST + b"\r\n", 405)
    assert b"\r\nAllow: POST, OPTIONS\r\n" in goes_on(s, b"GET /v2/models/m/infer HTTP/1.1\r\n" + HOST + b"\r\n", 405)
    for path, allow in ((b"/v2/health/live", b"GET, HEAD, OPTIONS"), (b"/v2/models/m/rows", b"POST, OPTIONS"), (b"*", b"GET, HEAD, POST, OPTIONS")):
        said = goes_on(s, b"OPTIONS " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n", 204)
        assert b"\r\nAllow: " + allow + b"\r\n" in said and b"Access-Control" not in said, said
    for body in (b"Content-Length: 2\r\n\r\n{}", b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):  # a body is read, and not looked at
        said = goes_on(s, b"OPTIONS /v2/models/m/infer HTTP/1.1\r\n" + HOST + body, 204)
        assert b"\r\nAllow: POST, OPTIONS\r\n" in said, said
    for path, allow in (("/v2/repository/models/m/traffic", "GET, HEAD, PUT, OPTIONS"), ("*", "GET, HEAD, POST, PUT, OPTIONS")):
        code, _, reply = s.request("OPTIONS", path, control=True)
        assert code == 204 and reply.getheader("Allow") == allow, (path, code, reply.getheaders())
    goes_on(s, b"OPTIONS /nothing HTTP/1.1\r\n" + HOST + b"\r\n", 404)
    goes_on(s, b"TRACE /v2/health/live HTTP/1.1\r\n" + HOST + b"\r\n", 405)
    goes_on(s, b"GET http://localhost/v2/health/live HTTP/1.1\r\nHost: evil\r\n\r\n", 200)  # the target's host counts
    goes_on(s, b"GET http://evil/v2/health/live HTTP/1.1\r\n" + HOST + b"\r\n", 421)


def one_behind_the_other(s):
    goes_on(s, (LIVE + b"\r\n") * 20, *[200] * 20)
    goes_on(s, INDEX + b"Content-Length: 2\r\n\r\n{}" + INDEX + CHUNKED + b"\r\n2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n", 200, 200)
    goes_on(s, LIVE + b"Content-Length: 3\r\n\r\nabc", 200)  # a GET may have a body
    goes_on(s, b"\r\n")  # an empty line before a request
    ends(s, LIVE + b"Connection: close\r\n\r\n", 200)
    ends(s, LIVE + b"\r\nRUBBISH\r\n\r\n", 200)
    ends(s, b"GET /v2/health/live HTTP/1.0\r\n" + HOST + b"\r\n", 200)


def asked_first(s):
    goes_on(s, INDEX + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", 100, 200)
    for path, code in ((b"/nothing", 404), (b"/v2/models/x/infer", 404), (b"/v2/health/live", 405)):
        ends(s, b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", code)


def refused_at_once(s):
    """A client that sends all of a body that nobody wants, and reads only then, sees why."""
    for _ in range(5):
        code, said, _ = s.request("POST", "/v2/models/m/infer", b"x" * (20 << 20))
        assert code == 413 and b"larger" in said, (code, said)
    goes_on(s, b"")


def bodies_without_use(s):
    """Of a route that makes nothing of one: 4 KiB are read away, what is longer is not waited for."""
    for path in (b"/v2/health/live", b"/v2", b"/v2/models/m", b"/"):
        head = b"GET " + path + b" HTTP/1.1\r\n" + HOST
        goes_on(s, head + b"Content-Length: 4096\r\n\r\n" + b"x" * 4096, 200)
        ends(s, head + b"Content-Length: 4097\r\n\r\n", 413)
        goes_on(s, head + CHUNKED + b"\r\n800\r\n" + b"x" * 2048 + b"\r\n801\r\n" + b"x" * 2049 + b"\r\n0\r\n\r\n", 413)
    path = "/v2/repository/models/m/versions/1/default"
    assert s.request("POST", path, b"x" * 4096, control=True)[0] == 200
    assert s.request("POST", path, b"x" * 4097, control=True)[0] == 413


def is_read(s):
    """Whether the server has taken all that was sent to it."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        lines = [line.split() for line in f.readlines()[1:]]
    port = f":{s.port:04X}"
    return all(queues == "00000000:00000000" for _, here, there, _, queues, *_ in lines if port in (here[-5:], there[-5:]))


def bodies_of_all():
    """Bodies that come in pieces have 64 MiB together, where one may have 1 MiB: one more is told to come later. All is given
    back, whether a body is answered, breaks off, or was refused; what comes at once needs nothing of it."""
    size, path = 1 << 20, "/v2/models/m/infer"
    small = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}).encode()
    body = small + b" " * (size - len(small))
    head = b"POST " + path.encode() + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % size

    def held(s, count):
        return [s.raw(head + body[:-1]) for _ in range(count)]

    def is_answered(c):
        c.sendall(body[-1:])
        with c:
            said = c.makefile("rb").read()
        assert said.startswith(b"HTTP/1.1 200 "), said
    with Server("m=m.h5", "--lanes", "1", "--max-body", str(size)) as s:
        for _ in range(3):
            waiting = held(s, 64)  # a byte each is missing
            while not is_read(s):
                pass
            ends(s, head, 503)  # it is not waited for, and what is announced of it is nobody's
            code, said, reply = s.request("POST", path, body)
            assert code == 503 and reply.getheader("Retry-After") == "1" and json.loads(said)["code"] == "BUSY", (code, said)
            for c in (s.raw(head.replace(b"Content-Length: %d" % size, CHUNKED.rstrip()) + b"%x\r\n" % size + body + b"\r\n0\r\n\r\n"),):
                with c:  # its size was not known before: it is read away
                    assert c.makefile("rb").read().startswith(b"HTTP/1.1 503 ")
            assert s.request("POST", path, small)[0] == 200 and s.request("GET", "/v2/health/live")[0] == 200
            for c in waiting[:32]:
                c.close()
            for c in waiting[32:]:
                is_answered(c)
            while s.figure("mica_connections") > 1:
                pass
            for c in held(s, 64):
                is_answered(c)
        # Buffers that are kept for the next request are in nobody's way.
        head = head.replace(b"%d" % size, b"%d" % (size // 2))
        body = body[:size // 2]
        for _ in range(2):
            for c in held(s, 100):
                is_answered(c)
        head = head.replace(b"%d" % (size // 2), b"%d" % size)
        body += b" " * (size // 2)
        for c in held(s, 56):
            is_answered(c)


def replies_of_all():
    """Replies that their clients do not take have 64 MiB together, where a body may have 1 MiB; small ones are given all the same. What
    many at once took is given back."""
    make_model("wide.h5", units=16)
    rows, path = 40000, "/v2/models/wide/infer"
    tensor = {"name": "input_layer", "shape": [rows, 3], "datatype": "FP32", "parameters": {"binary_data_size": rows * 12}}
    head = json.dumps({"inputs": [tensor]}).encode()
    ask = (b"POST " + path.encode() + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\nInference-Header-Content-Length: %d\r\n"
           b"Content-Length: %d\r\n\r\n" % (len(head), len(head) + rows * 12) + head + bytes(rows * 12))
    small = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]})

    def held(s):
        c = socket.socket()
        c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.connect(("127.0.0.1", s.port))
        c.sendall(ask)
        return c, c.recv(12, socket.MSG_WAITALL)
    with Server("wide.h5", "--lanes", "1", "--max-body", str(1 << 20)) as s:
        for _ in range(2):
            waiting, size = [], None
            while True:
                waiting.append(held(s))
                if waiting[-1][1] != b"HTTP/1.1 200":
                    break
                assert len(waiting) < 100
            c, code = waiting.pop()
            with c:
                said = code + c.makefile("rb").read()
            assert code == b"HTTP/1.1 503" and b"too many replies" in said and b"Retry-After: 1" in said, said
            assert len(waiting) > 3 and s.request("POST", path, small)[0] == 200
            with waiting[0][0] as c:  # one that is taken makes room
                size = len(c.makefile("rb").read())
            assert (64 << 20) // size - 1 <= len(waiting) <= (64 << 20) // size + 1, (size, len(waiting))
            c, code = held(s)
            assert code == b"HTTP/1.1 200", code
            for each in [c] + [c for c, _ in waiting[1:]]:
                each.close()
            while s.figure("mica_connections") > 1:
                pass


def ambiguous(s):
    for lines, code in ((b"Content-Length: 5\r\n" + CHUNKED, 400), (CHUNKED + b"Content-Length: 5\r\n", 400),
                        (b"Content-Length: 5\r\nContent-Length: 0\r\n", 400), (b"Content-Length: 5\r\nContent-Length: 5\r\n", 400),
                        (b"Content-Length: +5\r\n", 400), (b"Content-Length: 5, 5\r\n", 400), (b"Content-Length: 0x5\r\n", 400),
                        (b"Content-Length: -5\r\n", 400), (b"Content-Length: \r\n", 400),
                        (b"Transfer-Encoding: gzip, chunked\r\n", 501), (b"Transfer-Encoding: xchunked\r\n", 501),
                        (b"Transfer-Encoding: identity\r\n", 501), (b"Transfer-Encoding: chunked \r\n", 501), (CHUNKED + CHUNKED, 501), (b"Transfer-Encoding : chunked\r\n", 400),
                        (b"Host: evil\r\n", 400), (b"X: a\rb\r\n", 400), (b"X: \x01\r\n", 400), (b"X y: z\r\n", 400)):
        ends(s, INDEX + lines + b"\r\n0\r\n\r\n", code)
    ends(s, b"POST /v2/repository/index HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n", 400)
    ends(s, b"GET /v2/health/live HTTP/1.1\r\n\r\n", 400)
    for chunks, code in ((b"2\r\n{}x\r\n", 400), (b"-2\r\n{}\r\n", 400), (b"0x2\r\n{}\r\n", 400), (b"2 \r\n{}\r\n", 400),
                         (b"ffffffffffffffff1\r\n{}\r\n", 413)):
        ends(s, INDEX + CHUNKED + b"\r\n" + chunks + b"0\r\n\r\n", code)
    goes_on(s, INDEX + b"transfer-encoding:\tCHUNKED\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200)


def main():
    make_model("m.h5")
    with Server("m=m.h5", "--lanes", "1", "--max-body", "1000000") as s:
        methods(s)
        one_behind_the_other(s)
        asked_first(s)
        ambiguous(s)
        refused_at_once(s)
        assert s.said().count("http: ") <= 30, "clients do not fill the log"
        bodies_without_use(s)
    bodies_of_all()
    replies_of_all()


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
print("HTTP: as the RFCs have it")
