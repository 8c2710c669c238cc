"""A repository as tritonclient sees it over HTTP and gRPC, unchanged: its index, aliases as versions, load and unload.

    MICA=build/mica python tests/interop/test_serve_repository.py
"""
import json
import os
import signal
import subprocess
import tempfile

import numpy as np
import tritonclient.grpc as by_grpc
import tritonclient.http as by_http
from tritonclient.utils import InferenceServerException

SOURCE = os.environ.get("MICA_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MICA = os.path.abspath(os.environ.get("MICA") or os.path.join(SOURCE, "build/mica"))
MODEL = os.path.join(SOURCE, "tests/recorded/trainings/softmax.h5")


def mica(*arguments):
    subprocess.run([MICA, *arguments], check=True, capture_output=True)


def infer(module, client, version):
    meta = client.get_model_metadata("m")
    meta = json.loads(json.dumps(meta)) if isinstance(meta, dict) else {"inputs": [{"name": meta.inputs[0].name, "shape": list(meta.inputs[0].shape)}]}
    x = module.InferInput(meta["inputs"][0]["name"], [1, int(meta["inputs"][0]["shape"][1])], "FP32")
    x.set_data_from_numpy(np.ones(x.shape(), np.float32))
    reply = client.infer("m", [x], model_version=version).get_response()
    return reply["model_version"] if isinstance(reply, dict) else reply.model_version


def index(client):
    entries = client.get_model_repository_index()
    if not isinstance(entries, list):
        entries = [{"version": e.version, "state": e.state, "reason": e.reason} for e in entries.models]
    return [(e["version"], e["state"], e["reason"]) for e in entries]


def refusal(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except InferenceServerException as error:
        return error.message()
    raise AssertionError("it was not refused")


def main():
    os.environ["MICA_REPOSITORY"] = "store"
    for alias in ("champion", "candidate"):
        mica("publish", MODEL, "m", "--alias", alias)
    mica("publish", MODEL, "m")
    mica("models", "retire", "m", "3")
    process = subprocess.Popen([MICA, "serve", "store", "--port", "0", "--control-port", "0", "--grpc-port", "0", "--grpc-control-port", "0",
                                "--json"],
                               stdout=subprocess.PIPE, text=True)
    ports = json.loads(process.stdout.readline())
    control = by_http.InferenceServerClient(f"127.0.0.1:{ports['control_port']}")
    administration = by_grpc.InferenceServerClient(f"127.0.0.1:{ports['grpc_control_port']}")
    for module, port, control in ((by_http, ports["port"], control), (by_grpc, ports["grpc_port"], administration)):
        client = module.InferenceServerClient(f"127.0.0.1:{port}")
        assert index(client) == [("1", "READY", ""), ("2", "READY", ""), ("3", "UNAVAILABLE", "it is retired")], index(client)
        assert infer(module, client, "") == "1"
        assert infer(module, client, "candidate") == infer(module, client, "2") == "2"
        assert client.is_model_ready("m", "candidate") and not client.is_model_ready("m", "3")
        assert control is not administration or index(control) == index(client)
        control.unload_model("m")
        assert not client.is_model_ready("m"), "taken out"
        control.load_model("m")
        assert infer(module, client, "") == "1"
        for options in ({"config": "{}"}, {"config": "{}", "files": {"file:1/model.h5": b"x"}}):
            assert "expected version alone" in refusal(control.load_model, "m", **options)
        client.close()
    said = refusal(by_grpc.InferenceServerClient(f"127.0.0.1:{ports['grpc_port']}").load_model, "m")
    assert "--grpc-control-port" in said and "POST /v2/repository/models/NAME/load" in said, said
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    print("tritonclient meets the repository over HTTP and gRPC")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    main()
