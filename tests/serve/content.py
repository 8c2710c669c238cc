#!/usr/bin/env python3
"""What a request's head says of its body: types that are no JSON and parameters that nobody knows are refused by name; bodies
packed by gzip and deflate are unpacked as they come, within what a body may have."""
import gzip
import json
import os
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.join(os.environ["MICA_SOURCE"], "tests/serve"))
from serving import Server, run  # noqa: E402

SOURCE = os.environ["MICA_SOURCE"]
MODEL = "m=" + SOURCE + "/tests/recorded/trainings/softmax.h5"
MOST = 64 << 10
INFER = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "data": [0.5, 2, 3]}]}).encode()
PATH = "/v2/models/m/infer"


def deflate(data):
    return zlib.compress(data)


def ask(server, body, path=PATH, method="POST", control=False, **headers):
    code, data, reply = server.request(method, path, body, control=control, **headers)
    return code, json.loads(data) if data else None, reply


def refused(server, code, text, body, path=PATH, **more):
    got, tree, reply = ask(server, body, path, **more)
    assert got == code and text in tree["error"], (path, more, got, tree)
    return reply


# ---- types and parameters ----

def types(server):
    for good in (None, "application/json", "Application/JSON; charset=utf-8", "application/vnd.kserve+json", "text/plain;charset=UTF-8",
                 "application/octet-stream", "application/x-www-form-urlencoded"):
        assert ask(server, INFER, **({"Content_Type": good} if good else {}))[0] == 200, good
    for wrong in ("text/csv", "application/xml", "image/png", "multipart/form-data; boundary=x", "json", "application/jsonx"):
        for path in (PATH, "/v2/models/t/rows", "/v1/models/m:predict", "/v2/models/m/feedback"):
            refused(server, 415, f"Content-Type {wrong}: expected application/json", b"a,b\n1,2\n", path, Content_Type=wrong)
    refused(server, 415, "Content-Type text/csv", b"{}", "/v2/repository/models/m/load", control=True, Content_Type="text/csv")


def parameters(server):
    rows = json.dumps([{"a": 1, "b": 2, "c": 3}]).encode()
    assert ask(server, rows, "/v2/models/t/rows?top=2&outputs=true")[0] == 200
    assert ask(server, rows, "/v2/models/t/rows?outputs=false&top=1")[0] == 200
    refused(server, 400, 'parameter "tops" is not known here: expected one of top, outputs', rows, "/v2/models/t/rows?tops=2")
    refused(server, 400, 'parameter "description" is not known', rows, "/v2/models/t/rows?top=2&description=2")
    refused(server, 400, "outputs=yes: expected true or false", rows, "/v2/models/t/rows?outputs=yes")
    refused(server, 400, 'parameter "top" is not known here: expected none', INFER, PATH + "?top=2")
    refused(server, 400, 'parameter "x" is not known', None, "/v2/models/m?x", method="GET")
    refused(server, 400, 'parameter "x" is not known', None, "/metrics?x=1", method="GET", control=True)
    for path in ("/?from=mail", "/v2/health/ready?probe=1"):  # whoever asks these asks so
        assert server.request("GET", path)[0] == 200, path


# ---- codings ----

def packed(server):
    whole = ask(server, INFER)[1]
    for name, pack in (("gzip", gzip.compress), ("x-gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", deflate)):
        assert ask(server, pack(INFER), Content_Encoding=name)[:2] == (200, whole), name
        pieces = [bytes([b]) for b in pack(INFER)]  # in chunks, byte by byte
        assert ask(server, iter(pieces), Content_Encoding=name)[:2] == (200, whole), name
    assert ask(server, INFER, Content_Encoding="identity")[:2] == (200, whole)
    halves = gzip.compress(INFER[:40]) + gzip.compress(b"") + gzip.compress(INFER[40:])  # members follow each other
    assert ask(server, halves, Content_Encoding="gzip")[:2] == (200, whole)
    with open(SOURCE + "/data/mnist/seven.png", "rb") as f:
        picture = f.read()
    path = "/v2/models/mnist/picture"
    assert ask(server, gzip.compress(picture), path, Content_Encoding="gzip", Content_Type="image/png")[:2] == \
        ask(server, picture, path, Content_Type="image/png")[:2]
    rule = json.dumps({"shadow": {"version": "1"}}).encode()
    assert ask(server, deflate(rule), "/v2/repository/models/m/traffic", "PUT", True, Content_Encoding="deflate")[0] == 200
    assert ask(server, deflate(b"{}"), "/v2/repository/models/m/traffic", "PUT", True, Content_Encoding="deflate")[0] == 200


def binary(server):
    tensor = b"\0\0\0?" * 3
    head = json.dumps({"inputs": [{"name": "input_layer", "shape": [1, 3], "datatype": "FP32", "parameters": {"binary_data_size": 12}}]}).encode()
    plain = ask(server, head + tensor, Inference_Header_Content_Length=str(len(head)))
    assert plain[0] == 200
    got = ask(server, gzip.compress(head + tensor), Inference_Header_Content_Length=str(len(head)), Content_Encoding="gzip")
    assert got[:2] == plain[:2]


def broken(server):
    for name, good in (("gzip", gzip.compress(INFER)), ("deflate", deflate(INFER))):
        for cut in (0, 1, len(good) // 2, len(good) - 1):
            refused(server, 400, f"it ends too early, as its Content-Encoding {name} says", good[:cut], Content_Encoding=name)
        refused(server, 400, "it is not as its Content-Encoding", INFER, Content_Encoding=name)
        bad = bytearray(good)
        bad[-2] ^= 1  # of the checksum
        refused(server, 400, "it is not as its Content-Encoding", bytes(bad), Content_Encoding=name)
    refused(server, 400, "more follows", deflate(INFER) + b"x", Content_Encoding="deflate")
    refused(server, 400, "it is not", gzip.compress(INFER) + b"x" * 20, Content_Encoding="gzip")
    for other in ("br", "zstd", "gzip, gzip", "deflate, gzip", "compress"):
        reply = refused(server, 415, f"Content-Encoding {other}: expected gzip, deflate or none", INFER, Content_Encoding=other)
        assert reply.getheader("Accept-Encoding") == "gzip, deflate", other


def bombs(server):
    """What is small and becomes large is refused when it does, and takes no room afterwards."""
    space = b" " * (MOST - len(INFER))
    for pack, name in ((gzip.compress, "gzip"), (deflate, "deflate")):
        assert ask(server, pack(space + INFER), Content_Encoding=name)[0] == 200
        refused(server, 413, "larger, unpacked", pack(b" " + space + INFER), Content_Encoding=name)
        for _ in range(20):
            refused(server, 413, "larger, unpacked", pack(b" " * (40 << 20)), Content_Encoding=name)
    many = gzip.compress(b" " * 1000) * 200
    assert len(many) < MOST
    refused(server, 413, "larger, unpacked", many, Content_Encoding="gzip")
    assert ask(server, gzip.compress(INFER), Content_Encoding="gzip")[0] == 200


def train():
    with open("t.csv", "w", encoding="utf-8") as f:
        f.write("a,b,c,y\n" + "".join(f"{i % 7},{i % 3},{i % 5},{i % 2}\n" for i in range(64)))
    with open("t.json", "w", encoding="utf-8") as f:
        json.dump({"model": {"input": [3], "layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
                   "data": {"train": "t.csv", "preprocessing": {"target": "y"}}, "fit": {"epochs": 1}, "output": "t.h5",
                   "compile": {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy"}}, f)
    run("train", "t.json", "--quiet")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with Server(MODEL):  # leaves this test out where there is no server
            pass
        train()
        with Server(MODEL, "t.h5", f"mnist={SOURCE}/data/mnist/mnist_model.h5", "--max-body", str(MOST)) as server:
            for check in (types, parameters, packed, binary, broken, bombs):
                check(server)
        os.chdir("/")


if __name__ == "__main__":
    main()
