"""HTTP/2's frames and gRPC's calls, as bytes: what a client of good manners would not send."""
import struct

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END, END_HEADERS = 1, 4


def frame(kind, flags, stream, data):
    return struct.pack(">I", len(data))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + data


def field(number, data):
    return bytes([number << 3 | 2, len(data)]) + data


def length_of(text):
    """As HPACK has the length of a literal (RFC 7541, 5.1): seven bits, then more."""
    if len(text) < 127:
        return bytes([len(text)])
    rest, said = len(text) - 127, b"\x7f"
    while rest > 127:
        rest, said = rest >> 7, said + bytes([rest & 127 | 128])
    return said + bytes([rest])


def grpc_call(stream, method, message, *headers):
    """A call in HTTP/2's bytes: headers as literals, one message, the end; None: the headers alone."""
    said = [(b":authority", b"localhost"), (b":path", b"/inference.GRPCInferenceService/" + method),
            (b"content-type", b"application/grpc"), *headers]
    block = b"\x83\x86" + b"".join(b"\0" + length_of(k) + k + length_of(v) + v for k, v in said)
    begun = frame(HEADERS, END_HEADERS, stream, block)
    return begun if message is None else begun + frame(DATA, END, stream, b"\0" + struct.pack(">I", len(message)) + message)


GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, b"")


def frames(connection):
    """(kind, flags, stream, bytes) of what comes, until the other side closes."""
    data = b""
    while True:
        while len(data) >= 9 and len(data) >= 9 + int.from_bytes(data[:3], "big"):
            end = 9 + int.from_bytes(data[:3], "big")
            yield data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:end]
            data = data[end:]
        more = connection.recv(65536)
        if not more:
            return
        data += more
