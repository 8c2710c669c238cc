#!/usr/bin/env python3
"""gRPC as HTTP/2 (RFC 9113) has it, below what its clients show: calls that are answered early, the way to an end, floods,
connections with TLS that send without a pause."""
import os
import shutil
import signal
import socket
import ssl
import struct
import tempfile
import threading

from guarded import certificate
from http2 import END, GOAWAY, GREETING, HEADERS, PING, RESET, SETTINGS, field, frame, frames, grpc_call
from serving import Server, make_model

INFER = field(1, b"m") + field(5, field(1, b"input_layer") + field(2, b"FP32") + field(3, b"\x01\x03")) + field(7, struct.pack("<3f", 1, 2, 3))


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


def main():
    make_model("m.h5")
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
