#!/usr/bin/env python3
"""gRPC as HTTP/2 (RFC 9113) has it, below what its clients show: calls that are answered early, the way to an end, floods,
connections with TLS that send without a pause."""
import json
import os
import re
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


def connect(s, control=False):
    c = socket.create_connection(("127.0.0.1", s.grpc_control_port if control else s.grpc_port))
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


def coming_to(c, streams):
    """(kind, flags, stream, bytes) until each of these streams is over."""
    left = set(streams)
    for kind, flags, stream, data in frames(c):
        yield kind, flags, stream, data
        if (kind in (HEADERS, DATA) and flags & END) or kind == RESET:
            left.discard(stream)
        if not left:
            return


def replies(s, code):
    """How many there were of that code."""
    name = f'mica_replies_total{{protocol="grpc",code="{code}"}}'
    return next((float(line.split()[-1]) for line in s.request("GET", "/metrics", control=True)[1].decode().splitlines()
                 if line.startswith(name)), 0)


def ends_with(s, code, *parts):
    """A call on a connection of its own, whose bytes these are, ends with that code."""
    before = replies(s, code)
    with connect(s) as c:
        for part in parts:
            c.sendall(part)
        last = [(kind, flags & END) for kind, flags, stream, _ in coming_to(c, [1]) if stream == 1]
        assert (HEADERS, END) in last, last
    while replies(s, code) == before:  # it is counted when the stream is closed
        pass


def bound_of_messages():
    """A message of --max-body bytes is taken, one more byte is not; in a stream each message has that bound."""
    most = 1000
    def padded(size):
        return INFER + bytes([15 << 3 | 2]) + bytes([(size - len(INFER) - 3) & 127 | 128, (size - len(INFER) - 3) >> 7]) + bytes(size - len(INFER) - 3)
    def framed(message):
        return b"\0" + struct.pack(">I", len(message)) + message
    fits, larger = framed(padded(most)), framed(padded(most + 1))
    assert len(fits) == most + 5 and len(larger) == most + 6
    with Server("m=m.h5", "--grpc-port", "0", "--max-body", str(most)) as s:
        for method in (b"ModelInfer", b"ModelStreamInfer"):
            begun = grpc_call(1, method, None)
            ends_with(s, 0, begun, frame(DATA, END, 1, fits))
            ends_with(s, 8, begun, frame(DATA, END, 1, larger))
            ends_with(s, 8, begun, frame(DATA, 0, 1, larger[:most // 2]), frame(DATA, END, 1, larger[most // 2:]))
            ends_with(s, 8, begun, frame(DATA, 0, 1, larger[:5]))  # its length alone
        ends_with(s, 0, grpc_call(1, b"ModelStreamInfer", None), frame(DATA, END, 1, fits * 3))
        ends_with(s, 8, grpc_call(1, b"ModelStreamInfer", None), frame(DATA, END, 1, fits + larger))


def bound_of_names():
    """What is no inference has 64 KiB, what needs no key 4 KiB, whatever --max-body says; what was announced is not waited for."""
    def padded(size):
        return field(1, b"m") + b"\x7a" + bytes([(size - 7) & 127 | 128, (size - 7) >> 7 & 127 | 128, (size - 7) >> 14]) + bytes(size - 7)
    def data(message, last):
        parts = [message[at:at + 16384] for at in range(0, len(message), 16384)]
        return b"".join(frame(DATA, last * END * (i + 1 == len(parts)), 1, part) for i, part in enumerate(parts))
    with Server("m=m.h5", "--grpc-port", "0") as s:
        for method, most in ((b"ServerLive", 4 << 10), (b"ServerReady", 4 << 10), (b"ServerMetadata", 4 << 10),
                             (b"ModelReady", 64 << 10), (b"ModelMetadata", 64 << 10), (b"RepositoryIndex", 64 << 10)):
            begun = grpc_call(1, method, None)
            ends_with(s, 0, begun, data(b"\0" + struct.pack(">I", most) + padded(most), True))
            ends_with(s, 8, begun, frame(DATA, 0, 1, b"\0" + struct.pack(">I", most + 1)))
            ends_with(s, 8, begun, data(b"\0" + struct.pack(">I", most) + padded(most) + b"\0", False))
        ends_with(s, 0, grpc_call(1, b"ModelInfer", None), data(b"\0" + struct.pack(">I", len(INFER) + 69997) + INFER + padded(70000)[3:], True))


def many_versions():
    """ModelMetadata names them all."""
    count = 260
    with open("versions.json", "w", encoding="utf-8") as f:
        json.dump({"models": [{"name": "m", "version": str(i), "path": "m.h5"} for i in range(1, count + 1)]}, f)
    with Server("--config", "versions.json", "--grpc-port", "0") as s, connect(s) as c:
        c.sendall(grpc_call(1, b"ModelMetadata", field(1, b"m")))
        said = b"".join(data for kind, _, stream, data in coming_to(c, [1]) if kind == DATA)
        for i in range(1, count + 1):
            assert field(2, b"%d" % i) in said, i
        assert len(json.loads(s.request("GET", "/v2/models/m")[1])["versions"]) == count


def bound_of_metadata():
    """16 KiB of headers as RFC 9113, 6.5.2 counts them, and not a byte more; in one frame or several."""
    own = [(b":method", b"POST"), (b":scheme", b"http"), (b":authority", b"localhost"),
           (b":path", b"/inference.GRPCInferenceService/ServerLive"), (b"content-type", b"application/grpc")]
    taken = sum(len(k) + len(v) + 32 for k, v in own)
    def headers(size):
        more = []
        while size:
            length = size if size <= 159 else min(159, size - 40)  # each costs 32, a name of 1, and a value of up to 126
            more.append((b"x", b"v" * (length - 33)))
            size -= length
        return more
    with Server("m=m.h5", "--grpc-port", "0") as s:
        for size, code in ((16384, 0), (16385, 8), (40000, 8)):
            call = grpc_call(1, b"ServerLive", None, *headers(size - taken))
            block, rest = call[9:9 + 12000], call[9 + 12000:]
            parts = [frame(HEADERS, 0, 1, block)] + [frame(9, 0, 1, rest[at:at + 12000]) for at in range(0, len(rest), 12000)]
            parts[-1] = parts[-1][:4] + b"\4" + parts[-1][5:]
            message = frame(DATA, END, 1, bytes(5))
            ends_with(s, code, *parts, *([message] if not code else []))
            if len(call) < 16384 + 9:
                ends_with(s, code, call, *([message] if not code else []))


def bound_of_streams():
    """100 at once. Who has not said that it read so is refused what is more, and may try again when one is over; who has is cut off."""
    def hundred(c):
        coming = frames(c)
        for kind, flags, _, data in coming:
            if kind == SETTINGS and not flags:
                assert struct.pack(">HI", 3, 100) in [data[at:at + 6] for at in range(0, len(data), 6)], data
                break
        for stream in range(1, 201, 2):
            c.sendall(grpc_call(stream, b"ModelStreamInfer", None))
        return coming
    with Server("m=m.h5", "--grpc-port", "0") as s, connect(s) as c, connect(s) as other:
        coming = hundred(c)
        c.sendall(grpc_call(201, b"ModelInfer", INFER))
        seen = next((kind, stream, data) for kind, _, stream, data in coming if kind in (HEADERS, RESET))
        assert seen == (RESET, 201, struct.pack(">I", 7)), seen  # REFUSED_STREAM
        c.sendall(frame(DATA, END, 1, b""))
        assert next(stream for kind, flags, stream, _ in coming if kind == HEADERS and flags & END) == 1
        c.sendall(grpc_call(203, b"ModelInfer", INFER))
        assert next(stream for kind, flags, stream, _ in coming if kind == HEADERS and flags & END) == 203
        coming = hundred(other)
        other.sendall(frame(SETTINGS, 1, 0, b"") + grpc_call(201, b"ModelInfer", INFER))
        seen = next((kind, data[4:8]) for kind, _, _, data in coming if kind in (HEADERS, RESET, GOAWAY))
        assert seen == (GOAWAY, struct.pack(">I", 1)), seen  # PROTOCOL_ERROR


def opened_until_refused(s, call, *headers):
    """Connections with 100 calls each, none of which sends a message, until one is refused: (connections, calls that are open)."""
    held = []
    for count in range(0, 20000, 100):
        held.append(connect(s))
        held[-1].sendall(b"".join(grpc_call(stream, call, None, *headers) for stream in range(1, 201, 2)))
        refused, coming = {}, frames(held[-1])
        for _ in range(2):  # the first answer may overtake what was said before it
            held[-1].sendall(frame(PING, 0, 0, bytes(8)))
            for kind, flags, stream, _ in coming:
                if kind == PING and flags & 1:
                    break
                if kind == RESET or (kind == HEADERS and flags & END):
                    refused.setdefault(stream, kind)  # a reset behind an answer is no refusal
        if refused:
            return held, count + 100 - len(refused), set(refused.values())
    raise AssertionError("none is refused")


def all_closed(s, held):
    for c in held:
        c.close()
    while True:  # until the server has seen it
        with connect(s) as c:
            c.sendall(grpc_call(1, b"ModelInfer", INFER))
            if (HEADERS, END) in [(kind, flags & END) for kind, flags, stream, _ in coming_to(c, [1]) if stream == 1]:
                return


def bound_of_calls():
    """Calls that are open have 64 MiB together, and their headers count; those that need no key have half of it. What is more is refused
    before anything was done of it, and its client may try again."""
    with Server("m=m.h5", "--grpc-port", "0") as s:
        before = replies(s, 14)
        held, count, how = opened_until_refused(s, b"ModelStreamInfer")
        assert 4000 < count < 8000 and how == {RESET} and replies(s, 14) > before, (count, how)
        all_closed(s, held)
        held, count, how = opened_until_refused(s, b"ModelStreamInfer", (b"authorization", b"x" * 7000))
        assert 2500 < count < 5000 and how == {RESET}, (count, how)
        all_closed(s, held)
    key = json.loads(run("key", "create", "who", "--keys", "open_keys.json", "--role", "predict", "--json"))["key"]
    with Server("m=m.h5", "--grpc-port", "0", "--keys", "open_keys.json") as s:
        held, count, how = opened_until_refused(s, b"ServerLive")
        assert 2000 < count < 4000 and how == {HEADERS}, (count, how)
        with connect(s) as c:
            c.sendall(grpc_call(1, b"ModelInfer", INFER, (b"x-api-key", key.encode())) + grpc_call(3, b"ServerLive", b""))
            ends = {stream: data for kind, flags, stream, data in coming_to(c, [1, 3]) if kind == HEADERS and flags & END}
            assert ends[1].endswith(b"\x010") and b"\x0214" in ends[3], ends  # grpc-status 0 and 14
        for c in held:
            c.close()


def status_of(s, method, message, control=True, *headers):
    """grpc-status of a call on a connection of its own."""
    with connect(s, control) as c:
        c.sendall(grpc_call(1, method, message, *headers))
        last = [data for kind, flags, stream, data in coming_to(c, [1]) if kind == HEADERS and flags & END][-1]
    number = re.search(rb"\x01([0-9])|\x02(1[0-9])", last)  # the texts of grpc-status are literals
    return int(number[1] or number[2])


def change(name, **parameters):
    """RepositoryModelLoadRequest: texts are string_param, True and False bool_param."""
    def value(v):
        return b"\x08" + bytes([v]) if isinstance(v, bool) else field(3, v)
    return field(2, name) + b"".join(field(3, field(1, k.encode()) + field(2, value(v))) for k, v in parameters.items())


def administration():
    """Loading and unloading, on a port of their own and there alone; each is in the audit log, also where nobody waits any more."""
    load, unload = b"RepositoryModelLoad", b"RepositoryModelUnload"
    with open("admin.json", "w", encoding="utf-8") as f:
        json.dump({"models": [{"name": "m", "version": str(i), "path": "m.h5"} for i in (1, 2)]}, f)
    with Server("--config", "admin.json", "--grpc-port", "0", "--grpc-control-port", "0", "--audit-log", "grpc_audit") as s:
        assert s.grpc_control_port not in (0, s.grpc_port, s.control_port, s.port)
        assert status_of(s, b"ModelInfer", INFER) == status_of(s, b"ServerLive", b"") == 0
        assert status_of(s, load, change(b"m"), False) == status_of(s, unload, change(b"m"), False) == 12
        assert status_of(s, unload, change(b"m", version=b"2", unload_dependents=False)) == 0
        assert s.ask("/v2/models/m/versions/2")[0] == 404 and s.ask("/v2/models/m/versions/1")[0] == 200
        assert status_of(s, unload, change(b"m", version=b"2")) == status_of(s, load, change(b"n")) == 5
        assert status_of(s, load, change(b"m", version=b"2")) == 0 and s.ask("/v2/models/m/versions/2")[0] == 200
        assert status_of(s, load, change(b"m", config=b"{}")) == status_of(s, load, change(b"m", **{"file:1/model.h5": b"x"})) == 12
        assert s.request("POST", "/v2/repository/models/m/load", b'{"parameters": {"config": "{}"}}', control=True, X_Request_Id="http-1")[0] == 501
        assert s.request("POST", "/v2/repository/models/m/load", b'{"parameters": {"unload_dependents": true}}', control=True, X_Request_Id="http-2")[0] == 200
        for broken in (change(b"m", version=True), field(2, b"x" * 126)[:-1], field(3, b"\x0a"), field(3, field(1, b"version") + field(2, b"\x18")) + change(b"m")):
            assert status_of(s, load, broken) == 3, broken
        assert status_of(s, unload, change(b"m")) == 0 and status_of(s, b"ModelInfer", INFER, False) == 5
        assert status_of(s, load, change(b"m")) == 0 and status_of(s, b"ModelInfer", INFER, False) == 0
    shown = [r for r in map(json.loads, run("audit", "show", "grpc_audit", "--json").splitlines()) if r.get("action") in ("load", "unload")]
    over_http = {r["request"]: r["outcome"] for r in shown if r["request"].startswith("http-")}
    assert over_http == {"http-1": "501", "http-2": "ok"}, over_http
    # In the order of one listener: each hands its records over at the end of a turn.
    deeds = [(r["action"], r["outcome"]) for r in shown if r["request"] not in over_http]
    assert deeds == [("unload", "ok"), ("unload", "404"), ("load", "404"), ("load", "ok"), *[("load", "501")] * 2,
                     *[("load", "400")] * 4, ("unload", "ok"), ("load", "ok")], deeds


def gone_before_it_was_loaded():
    """A client that does not wait for its load: it is done, and recorded."""
    shutil.copy("m.h5", "n.h5")
    with Server("m.h5", "n.h5", "--grpc-port", "0", "--grpc-control-port", "0", "--audit-log", "gone_audit") as s:
        os.remove("n.h5")
        os.mkfifo("n.h5")
        c = connect(s, True)
        c.sendall(grpc_call(1, b"RepositoryModelLoad", change(b"n")))
        with open("n.h5", "wb"):  # the server reads it now
            c.close()
            for _ in range(2):  # answered behind it: the server has seen that
                assert status_of(s, b"ServerLive", b"") == 0
        assert status_of(s, b"RepositoryModelLoad", change(b"m")) == 0  # behind it
    records = [json.loads(line) for line in run("audit", "show", "gone_audit", "--json").splitlines()]
    assert [(r["model"], r["outcome"]) for r in records if r.get("action") == "load"] == [("n", "499"), ("m", "ok")], records


def in_pieces(s, trust):
    """Bytes one by one, each a record of TLS; a message whose end comes late; a record with much in it, behind which nothing comes."""
    def opened():
        c = socket.create_connection(("127.0.0.1", s.grpc_port))
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return trust.wrap_socket(c, server_hostname="127.0.0.1") if trust else c
    with opened() as c:
        for byte in GREETING + grpc_call(1, b"ModelInfer", INFER):
            c.sendall(bytes([byte]))
        answered(c, [1])
    with opened() as c:
        c.sendall(GREETING + grpc_call(1, b"ModelInfer", None))
        coming = frames(c)
        for at in range(0, len(MESSAGE), 7):
            c.sendall(frame(DATA, 0, 1, MESSAGE[at:at + 7]) + frame(PING, 0, 0, bytes(8)))
            for kind, flags, *_ in coming:  # all before it was read
                assert kind not in (HEADERS, DATA, RESET), (at, kind)
                if kind == PING and flags & 1:
                    break
        c.sendall(frame(DATA, END, 1, b""))
        assert [kind for kind, _, stream, _ in coming_to(c, [1]) if stream == 1] == [HEADERS, DATA, HEADERS]
    count = 16384 // (len(MESSAGE) + 9) - 8
    with opened() as c:
        c.sendall(GREETING + grpc_call(1, b"ModelStreamInfer", None) + frame(DATA, 0, 1, MESSAGE) * count)
        got = b""
        size = 0
        for kind, _, stream, data in frames(c):
            assert kind != RESET, data
            got += data if kind == DATA and stream == 1 else b""
            if not size and len(got) > 5:
                size = 5 + int.from_bytes(got[1:5], "big")
            if size and len(got) == count * size:
                break


def main():
    make_model("m.h5")
    bound_of_messages()
    bound_of_names()
    many_versions()
    bound_of_metadata()
    bound_of_streams()
    bound_of_calls()
    administration()
    gone_before_it_was_loaded()
    index_of_what_is_ready()
    make_model("wide.h5", units=64)  # its replies are much larger than its requests
    a_late_end()
    unread_replies()
    unread_replies_of_all()
    with Server("m=m.h5", "--grpc-port", "0") as s:
        early_answers(s)
        floods(s)
        without_a_pause(s, None)
        in_pieces(s, None)
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
        in_pieces(s, trust)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
    print("gRPC: as the RFC has it")
