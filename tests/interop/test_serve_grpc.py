"""`mica serve --grpc-port` asked by tritonclient[grpc] and grpcio, unchanged.

    MICA=build/mica python tests/interop/test_serve_grpc.py
"""
import json
import os
import queue
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import grpc
import numpy as np
import tritonclient.grpc as triton
import tritonclient.grpc.aio as aio
from tritonclient.grpc import service_pb2 as pb
from tritonclient.grpc import service_pb2_grpc
from tritonclient.utils import InferenceServerException

sys.path.insert(0, os.path.dirname(__file__))
SOURCE = os.environ.get("MICA_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MICA = os.path.abspath(os.environ.get("MICA") or os.path.join(SOURCE, "build/mica"))
MODEL = os.path.join(SOURCE, "tests/recorded/trainings/softmax.h5")
tests = []


def test(function):
    tests.append(function)
    return function


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [MICA, "serve", "--port", "0", "--control-port", "0", "--grpc-port", "0", "--json", *arguments,
             "m=" + MODEL], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        ports = json.loads(line)
        self.port, self.http = ports["grpc_port"], ports["port"]
        self.address, self.administration = f"127.0.0.1:{self.port}", f"127.0.0.1:{ports['grpc_control_port']}"
        self.control = f"http://127.0.0.1:{ports['control_port']}"
        self.who = None  # metadata that names a key

    def figure(self, name):
        with urllib.request.urlopen(self.control + "/metrics") as reply:
            return sum(float(line.rpartition(" ")[2]) for line in reply.read().decode().splitlines() if line.startswith(name + "{"))

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        error = self.process.communicate()[1]
        assert self.process.returncode == 0, (self.process.returncode, error)


def width(client):
    meta = client.get_model_metadata("m")
    return meta.inputs[0], meta.outputs[0], int(meta.inputs[0].shape[1])


def tensor(meta, rows):
    x = triton.InferInput(meta.name, list(rows.shape), "FP32")
    x.set_data_from_numpy(rows)
    return x


def refused(code, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except InferenceServerException as error:
        assert code in error.status(), (error.status(), error.message())
        return error.message()
    raise AssertionError(f"expected {code}")


def typed_request(meta, rows):
    request = pb.ModelInferRequest(model_name="m", id="typed")
    one = request.inputs.add(name=meta.name, datatype="FP32", shape=rows.shape)
    one.contents.fp32_contents.extend(rows.ravel().tolist())
    return request


@test
def health_and_metadata(server, client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("m") and not client.is_model_ready("nobody")
    assert client.get_server_metadata().name == "mica"
    meta = client.get_model_metadata("m")
    assert (meta.name, meta.platform, list(meta.versions)) == ("m", "mica", ["1"])
    assert meta.inputs[0].datatype == "FP32" and meta.inputs[0].shape[0] == -1
    assert [m.name for m in client.get_model_repository_index().models] == ["m"]
    with grpc.insecure_channel(server.address) as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        assert check(b"") == b"\x08\x01"


@test
def raw_and_typed_values_are_those_of_http(server, client):
    given, gives, n = width(client)
    rows = np.random.default_rng(1).normal(size=(3, n)).astype("f4")
    raw = client.infer("m", [tensor(given, rows)], request_id="one")
    assert raw.get_response().id == "one"
    body = json.dumps({"inputs": [{"name": given.name, "shape": [3, n], "datatype": "FP32",
                                   "data": rows.ravel().tolist()}]}).encode()
    http = json.load(urllib.request.urlopen(f"http://127.0.0.1:{server.http}/v2/models/m/infer", body))
    want = np.array(http["outputs"][0]["data"], "f4").reshape(http["outputs"][0]["shape"])
    assert np.array_equal(raw.as_numpy(gives.name), want)
    with grpc.insecure_channel(server.address) as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer",
                                   pb.ModelInferRequest.SerializeToString, pb.ModelInferResponse.FromString)
        reply = call(typed_request(given, rows))
        assert reply.id == "typed" and not reply.raw_output_contents
        assert np.array_equal(np.array(reply.outputs[0].contents.fp32_contents, "f4"), want.ravel())


@test
def classification(server, client):
    given, gives, n = width(client)
    reply = client.infer("m", [tensor(given, np.ones((2, n), "f4"))],
                         outputs=[triton.InferRequestedOutput(gives.name, class_count=2)])
    assert reply.as_numpy(gives.name).shape == (2, 2)
    assert b":" in reply.as_numpy(gives.name)[0][0]


@test
def errors_have_their_codes(server, client):
    given, gives, n = width(client)
    good = np.zeros((1, n), "f4")
    assert "nobody" in refused("NOT_FOUND", client.infer, "nobody", [tensor(given, good)])
    refused("NOT_FOUND", client.infer, "m", [tensor(given, good)], model_version="9")
    assert "shape" in refused("INVALID_ARGUMENT", client.infer, "m", [tensor(given, np.zeros((1, n + 1), "f4"))])
    assert "not a number" in refused("INVALID_ARGUMENT", client.infer, "m", [tensor(given, good * np.nan)])
    wrong = tensor(given, good)
    wrong._input.name = "Ä%"
    assert "Ä%" in refused("INVALID_ARGUMENT", client.infer, "m", [wrong])
    assert "missing" in refused("INVALID_ARGUMENT", client.infer, "m", [])
    refused("UNIMPLEMENTED", client.infer, "m", [tensor(given, np.zeros((500, n), "f4"))],
            compression_algorithm="gzip")
    refused("UNIMPLEMENTED", client.get_model_config, "m")


@test
def parallel_calls_and_asyncio(server, client):
    import asyncio
    given, gives, n = width(client)

    async def many():
        async with aio.InferenceServerClient(server.address) as other:
            rows = [np.random.default_rng(i).normal(size=(1 + i % 4, n)).astype("f4") for i in range(200)]
            replies = await asyncio.gather(*[other.infer("m", [tensor(given, r)], request_id=str(i))
                                             for i, r in enumerate(rows)])
            return rows, replies
    rows, replies = asyncio.run(many())
    for i, (r, reply) in enumerate(zip(rows, replies)):
        assert reply.get_response().id == str(i)
        want = client.infer("m", [tensor(given, r)]).as_numpy(gives.name)
        assert np.allclose(reply.as_numpy(gives.name), want, atol=1e-6)


@test
def streams_go_on_after_an_error(server, client):
    given, gives, n = width(client)
    got, all_there = [], threading.Semaphore(0)

    def take(result, error):
        got.append(error or result.get_response().id)
        all_there.release()
    client.start_stream(take)
    for i in range(20):
        client.async_stream_infer("m" if i != 7 else "nobody", [tensor(given, np.ones((1, n), "f4"))],
                                  request_id=str(i))
    for _ in range(20):
        all_there.acquire()
    client.stop_stream()
    assert "nobody" in str(got[7]) and got[:7] + got[8:] == [str(i) for i in range(20) if i != 7]


@test
def large_messages(server, client):
    given, gives, n = width(client)
    rows = np.random.default_rng(2).normal(size=(1000, n)).astype("f4")
    assert client.infer("m", [tensor(given, rows)]).as_numpy(gives.name).shape[0] == 1000


@test
def half_open_and_broken_connections_harm_nobody(server, client):
    given, gives, n = width(client)
    opened = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(500)]
    for i, s in enumerate(opened):
        s.sendall([b"", b"PRI * HT", b"GET / HTTP/1.1\r\n\r\n", os.urandom(100),
                   b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)][i % 5])
    assert client.infer("m", [tensor(given, np.ones((1, n), "f4"))])
    for s in opened:
        s.close()


@test
def a_flood_of_resets_ends_its_connection_alone(server, client):
    s = socket.create_connection(("127.0.0.1", server.port))
    s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0")
    try:
        for i in range(1, 20001, 2):  # :method POST, then RST_STREAM
            s.sendall(b"\0\0\x01\x01\x04" + i.to_bytes(4, "big") + b"\x83" +
                      b"\0\0\x04\x03\0" + i.to_bytes(4, "big") + b"\0\0\0\x08")
        data = True
        while data:
            data = s.recv(65536)
    except OSError:
        pass
    assert client.is_server_live()


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)


def tls():
    with tempfile.TemporaryDirectory() as folder:
        certificate(folder)
        with Server("--tls-certificate", f"{folder}/cert.pem", "--tls-key", f"{folder}/key.pem") as server:
            client = triton.InferenceServerClient(server.address, ssl=True, root_certificates=f"{folder}/cert.pem")
            given, gives, n = width(client)
            rows = np.ones((2000, n), "f4")
            assert client.infer("m", [tensor(given, rows)]).as_numpy(gives.name).shape[0] == 2000
            client.close()


def code_of(call, *arguments, **options):
    """The code of a call that grpcio makes; OK where it is answered."""
    try:
        call(*arguments, **options)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


def infer_of(channel):
    return channel.unary_unary("/inference.GRPCInferenceService/ModelInfer", pb.ModelInferRequest.SerializeToString, pb.ModelInferResponse.FromString)


def request_of(server):
    with grpc.insecure_channel(server.address) as channel:
        meta = channel.unary_unary("/inference.GRPCInferenceService/ModelMetadata", pb.ModelMetadataRequest.SerializeToString,
                                   pb.ModelMetadataResponse.FromString)(pb.ModelMetadataRequest(name="m"), metadata=server.who)
    given = meta.inputs[0]
    return typed_request(given, np.ones((1, int(given.shape[1])), "f4"))


def keys():
    """Who may ask what, by the metadata; a key that is revoked while a stream is open; a rate."""
    with tempfile.TemporaryDirectory() as folder:
        def key(name, *options):
            made = subprocess.run([MICA, "key", "create", name, "--keys", f"{folder}/keys", "--json", *options], check=True, capture_output=True)
            return json.loads(made.stdout)
        key.folder = folder
        only = key("only", "--role", "predict", "--model", "second")
        any_model, other, watch, rare = (key("any", "--role", "predict"), key("other", "--role", "predict", "--model", "other"),
                                         key("watch", "--role", "metrics"), key("rare", "--role", "predict", "--rate", "0.001"))
        with Server("--keys", f"{folder}/keys", "second=" + MODEL) as server, grpc.insecure_channel(server.address) as channel:
            server.who = [("authorization", "Bearer " + any_model["key"])]
            infer, request = infer_of(channel), request_of(server)
            for who, code in ((None, "UNAUTHENTICATED"), ([("x-api-key", "mica_" + "A" * 43)], "UNAUTHENTICATED"), (server.who, "OK"),
                              ([("x-api-key", any_model["key"])], "OK"), ([("x-api-key", other["key"])], "PERMISSION_DENIED"),
                              ([("x-api-key", watch["key"])], "PERMISSION_DENIED"), ([("x-api-key", rare["key"])], "OK"),
                              ([("x-api-key", rare["key"])], "RESOURCE_EXHAUSTED")):
                assert code_of(infer, request, metadata=who) == code, (who, code)
            index = channel.unary_unary("/inference.GRPCInferenceService/RepositoryIndex", pb.RepositoryIndexRequest.SerializeToString,
                                        pb.RepositoryIndexResponse.FromString)
            for who, names in ((any_model, ["m", "second"]), (only, ["second"]), (other, [])):
                bearer = "Bearer " + who["key"]
                assert [m.name for m in index(pb.RepositoryIndexRequest(), metadata=[("authorization", bearer)]).models] == names
                request_http = urllib.request.Request(f"http://127.0.0.1:{server.http}/v2/repository/index", b"", {"Authorization": bearer})
                assert [m["name"] for m in json.load(urllib.request.urlopen(request_http))] == names
            assert code_of(index, pb.RepositoryIndexRequest(), metadata=[("x-api-key", watch["key"])]) == "PERMISSION_DENIED"
            assert code_of(channel.unary_unary("/inference.GRPCInferenceService/ServerReady"), b"") == "OK"
            messages = queue.Queue()
            stream = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer", pb.ModelInferRequest.SerializeToString,
                                           pb.ModelStreamInferResponse.FromString)(iter(messages.get, None), metadata=server.who)
            messages.put(request)
            assert not next(stream).error_message
            subprocess.run([MICA, "key", "revoke", any_model["id"], "--keys", f"{folder}/keys"], check=True, capture_output=True)
            try:
                while True:  # the file is looked at once a second
                    messages.put(request)
                    assert not next(stream).error_message
            except grpc.RpcError as error:
                assert error.code().name == "UNAUTHENTICATED", error
            messages.put(None)
        change_models(key)


def change_models(key):
    """Loading and unloading: a key with the role admin, for that model; on the port of administration."""
    keys = {name: [("x-api-key", key(name, *options)["key"])] for name, options in {
        "shop": ("--role", "predict"), "ops": ("--role", "admin"), "ops_of_m": ("--role", "admin", "--model", "m")}.items()}
    with Server("--keys", f"{key.folder}/keys", "second=" + MODEL, "--grpc-control-port", "0") as server, \
            grpc.insecure_channel(server.administration) as channel:
        service = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        for call, request in ((service.RepositoryModelUnload, pb.RepositoryModelUnloadRequest), (service.RepositoryModelLoad, pb.RepositoryModelLoadRequest)):
            for who, model, code in ((None, "m", "UNAUTHENTICATED"), ("shop", "m", "PERMISSION_DENIED"), ("ops_of_m", "second", "PERMISSION_DENIED"),
                                     ("ops_of_m", "m", "OK"), ("ops", "second", "OK"), ("ops", "nothing", "NOT_FOUND")):
                assert code_of(call, request(model_name=model), metadata=keys.get(who)) == code, (call, who, model)


def deadlines():
    """grpc-timeout and the parameter: what still waits then is not run; nobody waits for others until it is too late."""
    with Server("--max-delay", "10000") as server, grpc.insecure_channel(server.address) as channel:
        infer, request = infer_of(channel), request_of(server)
        assert code_of(infer, request, timeout=6) == "OK"
        request.parameters["timeout"].int64_param = 1  # microseconds: nearly always over before it could be run
        for options in ({}, {"timeout": 60}):
            codes = [code_of(infer, request, **options) for _ in range(20)]
            assert "DEADLINE_EXCEEDED" in codes and set(codes) <= {"DEADLINE_EXCEEDED", "OK"}, codes


def an_end_with_calls_in_flight():
    """SIGTERM: what was begun is answered, then the channel is told to go elsewhere."""
    server = Server("--max-delay", "3000")
    with grpc.insecure_channel(server.address) as channel:
        infer, request = infer_of(channel), request_of(server)
        begun = [infer.future(request) for _ in range(20)]
        while server.figure("mica_queue_length") < 20 and not all(f.done() for f in begun):
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        codes = [code_of(f.result) for f in begun]
        assert codes == ["OK"] * 20, codes
        error = server.process.communicate()[1]
        assert server.process.returncode == 0, error
        assert code_of(infer, request) == "UNAVAILABLE"


def an_end_that_is_due():
    """SIGTERM, then the end of --drain: what a stream has sent and nobody has begun is refused."""
    server = Server("--max-delay", "200", "--drain", "1")
    with grpc.insecure_channel(server.address) as channel:
        request = request_of(server)
        stream = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer", pb.ModelInferRequest.SerializeToString,
                                       pb.ModelStreamInferResponse.FromString)(iter([request] * 60))
        next(stream)
        server.process.send_signal(signal.SIGTERM)
        answered = 1
        try:
            for _ in stream:
                answered += 1
            raise AssertionError("all were answered")
        except grpc.RpcError as error:
            assert error.code().name == "UNAVAILABLE" and answered < 60, (error, answered)
        error = server.process.communicate()[1]
        assert server.process.returncode == 0, error


def records():
    """The audit log and the prediction log have what gRPC asked: who, of which model, what became of it, by its id."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([MICA, "key", "create", "shop", "--role", "predict", "--model", "m", "--keys", f"{folder}/keys", "--json"],
                              check=True, capture_output=True)
        shop = json.loads(made.stdout)
        with open(f"{folder}/keep.json", "w", encoding="utf-8") as f:
            f.write("{}")
        with Server("--keys", f"{folder}/keys", "--audit-log", f"{folder}/audit", "--audit-bodies", "--prediction-log", f"sqlite:{folder}/log.db",
                    "--deidentify", f"{folder}/keep.json", "second=" + MODEL) as server, grpc.insecure_channel(server.address) as channel:
            server.who = [("x-api-key", shop["key"])]
            infer, request = infer_of(channel), request_of(server)

            def ask(name, who, **changes):
                sent = pb.ModelInferRequest.FromString(request.SerializeToString())
                sent.MergeFrom(pb.ModelInferRequest(**changes))
                return code_of(infer, sent, metadata=[*who, ("x-request-id", name)])
            assert ask("good", server.who) == "OK"
            assert ask("bad", server.who, inputs=[pb.ModelInferRequest.InferInputTensor(name="none")]) == "INVALID_ARGUMENT"
            assert ask("gone", server.who, model_version="9") == "NOT_FOUND"
            assert ask("denied", server.who, model_name="second") == "PERMISSION_DENIED"
            assert ask("nobody", []) == "UNAUTHENTICATED"
            replies = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer", pb.ModelInferRequest.SerializeToString,
                                            pb.ModelStreamInferResponse.FromString)(
                iter([request, pb.ModelInferRequest(model_name="m"), request]), metadata=[*server.who, ("x-request-id", "stream")])
            assert [bool(r.error_message) for r in replies] == [False, True, False]
        check_records(folder, shop, list(request.inputs[0].contents.fp32_contents))


def check_records(folder, shop, inputs):
    subprocess.run([MICA, "audit", "verify", f"{folder}/audit"], check=True, capture_output=True)
    with open(f"{folder}/audit/audit-00000001.jsonl", encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    told = [(line["request"], line["who"], line["action"], line.get("model"), line.get("version"), line["outcome"])
            for line in lines if "request" in line]
    assert told == [("good", "shop", "predict", "m", "1", "ok"), ("bad", "shop", "predict", "m", "1", "400"),
                    ("gone", "shop", "predict", "m", "9", "404"), ("denied", "shop", "predict", "second", None, "403"),
                    ("nobody", "anonymous", "predict", None, None, "401"), ("stream", "shop", "predict", "m", "1", "ok"),
                    ("stream", "shop", "predict", "m", "1", "400"), ("stream", "shop", "predict", "m", "1", "ok")], told
    for line in lines:
        if "request" in line:
            assert line["address"] == "127.0.0.1" and line.get("by") == (None if line["who"] == "anonymous" else "key " + shop["id"]), line
            assert shop["key"] not in json.dumps(line)
            if line["outcome"] == "ok":
                assert list(line["detail"]["inputs"].values()) == [[inputs]], line
            else:
                assert "inputs" not in line.get("detail", {}), line
    with sqlite3.connect(f"{folder}/log.db") as db:
        rows = db.execute("SELECT request_id, client_id, model, version, who, row_count, inputs FROM mica_predictions ORDER BY number").fetchall()
    assert [r[:6] for r in rows] == [(name, "typed", "m", "1", "shop", 1) for name in ("good", "stream", "stream")], rows
    assert all(list(json.loads(r[6]).values()) == [[inputs]] for r in rows), rows


def main():
    failed = 0
    with Server() as server:
        for function in tests:
            client = triton.InferenceServerClient(server.address)
            try:
                function(server, client)
                print("ok", function.__name__, flush=True)
            except Exception as error:  # the others are run all the same
                failed += 1
                print("FAILED", function.__name__, repr(error)[:600], flush=True)
            client.close()
    alone = (tls, keys, deadlines, an_end_with_calls_in_flight, an_end_that_is_due, records)
    for function in alone:
        function()
        print("ok", function.__name__, flush=True)
    print(f"{len(tests) + len(alone) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
