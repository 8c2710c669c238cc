#!/usr/bin/env python3
"""gRPC as HTTP/2 (RFC 9113) has it, below what its clients show: calls that are answered early, the way to an end, floods,
connections with TLS that send without a pause."""
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import tempfile
import threading

from guarded import certificate
from http2 import DATA, END, GOAWAY, GREETING, HEADERS, PING, RESET, SETTINGS, field, frame, frames, grpc_call
from serving import Server, make_model, run

INFER = field(1, b"m") + field(5, field(1, b"input_layer") + field(2, b"FP32") + field(3, b"\x01\x03")) + field(7, struct.pack("<3f", 1, 2, 3))
MESSAGE = b"\0" + struct.pack(">I", len(INFER)) + INFER


def connect(s):
    c = socket.create_connection(("127.0.0.1", s.grpc_port))
    c.sendall(GREETING)
    return c


def answered(c, streams):
    """Reads until each of these streams has its trailers; the streams in the order of these."""
    order = []
    for kind, flags, stream, _ in frames(c):
        if kind == HEADERS and flags & END:
            order.append(stream)
        if set(streams) <= set(order):
            return order
    raise AssertionError(f"closed after {order}")


def early_answers(s):
    """What is refused while its message is still to come is reset without an error, and counts no more."""
    with connect(s) as c:
        for stream in range(1, 2 * 300, 2):  # three times as many as may be open at once
            c.sendall(grpc_call(stream, b"Nothing", None))
            seen = []
            for kind, flags, number, data in frames(c):
                if number == stream:
                    seen.append((kind, flags & END, data if kind == RESET else b""))
                    if kind == RESET:
                        break
            assert seen[-1] == (RESET, 0, bytes(4)) and (HEADERS, END, b"") in seen, seen
        c.sendall(grpc_call(1001, b"ModelInfer", INFER))
        answered(c, [1001])


def floods(s):
    for flood in (frame(PING, 0, 0, bytes(8)), frame(SETTINGS, 0, 0, b""), frame(0, 0, 1, b"")):
        with connect(s) as c:
            c.sendall(grpc_call(1, b"ModelStreamInfer", None))
            try:
                c.sendall(flood * 5000)
                last = [data for kind, _, _, data in frames(c) if kind == GOAWAY]
                assert not last or last[-1][4:8] == b"\0\0\0\x0b", last  # ENHANCE_YOUR_CALM, where nghttp2 lets us say it
            except OSError:
                pass  # it closed with bytes of ours unread
        with connect(s) as c:
            c.sendall(grpc_call(1, b"ModelInfer", INFER))
            answered(c, [1])


def without_a_pause(s, trust):
    """A client that sends for ever, over TLS too, does not keep others from being answered."""
    plain = socket.create_connection(("127.0.0.1", s.grpc_port))
    c = trust.wrap_socket(plain, server_hostname="127.0.0.1") if trust else plain
    stop = threading.Event()

    def send():
        try:
            c.sendall(GREETING + grpc_call(1, b"ModelStreamInfer", None))
            message = b"\0" + struct.pack(">I", len(INFER)) + INFER
            while not stop.is_set():
                c.sendall(frame(0, 0, 1, message) * 200)
        except OSError:
            pass
    thread = threading.Thread(target=send)
    thread.start()
    other = socket.create_connection(("127.0.0.1", s.grpc_port))
    o = trust.wrap_socket(other, server_hostname="127.0.0.1") if trust else other
    o.sendall(GREETING)
    for i in range(50):
        o.sendall(grpc_call(1 + 2 * i, b"ModelInfer", INFER))
        answered(o, [1 + 2 * i])
    stop.set()
    for each in (c, o):
        each.shutdown(socket.SHUT_RDWR)
    thread.join()
    c.close()
    o.close()


def the_end():
    """SIGTERM: a warning, then the last stream that counts; what was begun is answered, then it closes."""
    s = Server("m=m.h5", "--grpc-port", "0", "--max-delay", "1000")
    with connect(s) as c:
        c.sendall(grpc_call(1, b"ModelInfer", INFER))
        for kind, *_ in frames(c):
            if kind == SETTINGS:
                break
        s.process.send_signal(signal.SIGTERM)
        away, ended = [], False
        for kind, flags, stream, data in frames(c):
            if kind == GOAWAY:
                away.append(struct.unpack(">II", data[:8]))
                if len(away) == 1:
                    c.sendall(grpc_call(3, b"ServerLive", b""))  # sent before it could know
            ended |= kind == HEADERS and stream == 1 and bool(flags & END)
        assert away[0] == (2**31 - 1, 0) and away[-1] in ((1, 0), (3, 0)) and ended, (away, ended)
    assert s.process.wait() == 0, s.said()


def a_late_end():
    """Behind --drain nothing new is run: neither what a stream has sent before, nor what it goes on to send."""
    for goes_on in (False, True):
        s = Server("m=m.h5", "--grpc-port", "0", "--max-delay", "150", "--drain", "1")
        with connect(s) as c:
            c.sendall(grpc_call(1, b"ModelStreamInfer", None) + frame(DATA, 0, 1, MESSAGE * 60))
            coming = frames(c)
            while next(coming)[0] != DATA:
                pass
            s.process.send_signal(signal.SIGTERM)
            answers, ended = 1, False
            try:
                for kind, flags, _, _ in coming:
                    answers += kind == DATA
                    ended |= kind == HEADERS and bool(flags & END)
                    if goes_on and kind == DATA:
                        c.sendall(frame(DATA, 0, 1, MESSAGE))
            except OSError:
                pass  # closed with bytes of ours unread
            assert answers < 60 and (ended or goes_on), (answers, ended)
        assert s.process.wait() == 0, s.said()


def wide_model():
    """wide(None, 3) -> (None, 64): its replies are much larger than its requests."""
    with open("wide.json", "w", encoding="utf-8") as f:
        json.dump({"model": {"input": [3], "layers": [{"Dense": {"units": 64, "activation": "softmax"}}]},
                   "data": {"train": "t.csv", "preprocessing": {"target": "y"}},
                   "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 1}, "seed": 1}, f)
    run("train", "wide.json", "--quiet", "--output", "wide.h5")


def long_field(number, data):
    return bytes([number << 3 | 2, len(data) & 127 | 128, len(data) >> 7]) + data


ROWS, REPLY = 100, 100 * 64 * 4
WIDE = field(1, b"m") + field(5, field(1, b"input_layer") + field(2, b"FP32") + field(3, bytes([ROWS, 3]))) + long_field(7, bytes(ROWS * 12))
WIDE = b"\0" + struct.pack(">I", len(WIDE)) + WIDE


def asks_and_does_not_read(s, count):
    """A stream whose replies have no window; its messages are all sent."""
    c = socket.create_connection(("127.0.0.1", s.grpc_port))
    c.sendall(GREETING + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)))
    coming = frames(c)
    for kind, flags, _, _ in coming:
        if kind == SETTINGS and not flags & 1:
            break
    c.sendall(frame(SETTINGS, 1, 0, b"") + grpc_call(1, b"ModelStreamInfer", None))
    data = WIDE * count
    for at in range(0, len(data), 16384):
        c.sendall(frame(DATA, 0, 1, data[at:at + 16384]))
    return c, coming


def done(s):
    return s.figure('mica_requests_total{model="m",version="1",outcome="ok"}')


def unread_replies():
    """No message of a connection is run while more than a mebibyte of its replies is unread; they all are when it is read."""
    most, other_calls = (1 << 20) // REPLY + 2, 60
    with Server("m=wide.h5", "--grpc-port", "0") as s:
        c, coming = asks_and_does_not_read(s, 500)
        while done(s) < most - 2:
            pass
        with connect(s) as other:
            for stream in range(1, 2 * other_calls, 2):
                other.sendall(grpc_call(stream, b"ModelInfer", INFER))
                answered(other, [stream])
        assert done(s) <= most + other_calls, done(s)
        c.sendall(frame(8, 0, 0, struct.pack(">I", 1 << 30)) + frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 30)) + frame(DATA, END, 1, b""))
        got = 0
        for kind, flags, _, data in coming:
            got += len(data) if kind == DATA else 0
            if kind == HEADERS and flags & END:
                break
        assert done(s) == 500 + other_calls and got > 500 * REPLY, (done(s), got)
        c.close()


def unread_replies_of_all():
    """Together they hold 64 MiB; what would be more is refused, and served when they are gone."""
    def refused():
        return b'mica_replies_total{protocol="grpc",code="8"}' in s.request("GET", "/metrics", control=True)[1]
    with Server("m=wide.h5", "--grpc-port", "0", "--max-body", str(1 << 20)) as s:
        deaf = [asks_and_does_not_read(s, 45) for _ in range(70)]
        while not refused():
            with connect(s) as c:
                c.sendall(frame(8, 0, 0, struct.pack(">I", 1 << 20)) + grpc_call(1, b"ModelInfer", WIDE[5:]))
                answered(c, [1])
        for c, _ in deaf:
            c.close()
        with connect(s) as c:
            c.sendall(grpc_call(1, b"ServerLive", b""))
            answered(c, [1])
            before = done(s)
            c.sendall(frame(8, 0, 0, struct.pack(">I", 1 << 20)) + grpc_call(3, b"ModelInfer", WIDE[5:]))
            answered(c, [3])
        assert done(s) == before + 1


def index_of_what_is_ready():
    """RepositoryIndexRequest's `ready`, as the HTTP index has it."""
    for _ in range(2):
        run("publish", "m.h5", "m", "--repository", "store")
    run("models", "retire", "m", "2", "--repository", "store")
    with Server("store", "--grpc-port", "0") as s, connect(s) as c:
        asked = {1: b"", 3: b"\x10\x01", 5: b"\x10\x00", 7: b"\x10"}
        for stream, message in asked.items():
            c.sendall(grpc_call(stream, b"RepositoryIndex", message))
        replies, over = {}, set()
        for kind, flags, stream, data in frames(c):
            if kind == DATA:
                replies[stream] = data
            if kind == HEADERS and flags & END:
                over.add(stream)
            if over == set(asked):
                break
        everything = replies[1]
        assert b"READY" in everything and b"UNAVAILABLE" in everything and replies[5] == everything, replies
        assert b"READY" in replies[3] and b"UNAVAILABLE" not in replies[3], replies
        assert 7 not in replies, replies  # a message that breaks off


def main():
    make_model("m.h5")
    index_of_what_is_ready()
    wide_model()
    a_late_end()
    unread_replies()
    unread_replies_of_all()
    with Server("m=m.h5", "--grpc-port", "0") as s:
        early_answers(s)
        floods(s)
        without_a_pause(s, None)
    the_end()
    if not shutil.which("openssl"):
        print("openssl is missing: TLS is left out")
        return
    certificate("ca")
    certificate("server", "ca")
    trust = ssl.create_default_context(cafile="ca.pem")
    trust.set_alpn_protocols(["h2"])
    with Server("m=m.h5", "--grpc-port", "0", "--tls-certificate", "server.pem", "--tls-key", "server.key") as s:
        without_a_pause(s, trust)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
    print("gRPC: as the RFC has it")
