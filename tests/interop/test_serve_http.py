"""`mica serve` asked by other people's clients: tritonclient (JSON, binary tensors, classes), requests
in TensorFlow Serving's forms, schemathesis and an OpenAPI validator on /openapi.json.

    MICA=build/mica PYTHON tests/interop/test_serve_http.py

PYTHON has tests/interop/requirements-serve.txt; the model is a recorded Keras training.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import requests
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

SOURCE = os.environ.get("MICA_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MICA = os.path.abspath(os.environ.get("MICA") or os.path.join(SOURCE, "build/mica"))
MODEL = os.path.join(SOURCE, "tests/recorded/trainings/softmax.h5")
tests = []
ROWS = np.array([[0.1, 0.2, 0.3], [1, -2, 3.5]], np.float32)


def test(function):
    tests.append(function)
    return function


def expected(folder=tempfile.mkdtemp()):
    """The same model run by the command."""
    np.save(f"{folder}/rows.npy", ROWS)
    subprocess.run([MICA, "predict", MODEL, "--input", f"{folder}/rows.npy", "--output", f"{folder}/out.npy"],
                   check=True, capture_output=True)
    return np.load(f"{folder}/out.npy")


def tensor(rows=ROWS, name="input_layer", datatype="FP32", binary=True):
    made = triton.InferInput(name, list(rows.shape), datatype)
    made.set_data_from_numpy(rows, binary_data=binary)
    return made


def refused(inputs, *texts, outputs=None, status="400"):
    try:
        client.infer("soft", inputs, outputs=outputs)
    except InferenceServerException as e:
        assert e.status() == status, e
        for text in texts:
            assert text in e.message(), f"{e.message()!r} does not hold {text!r}"
    else:
        raise AssertionError("it was not refused")


@test
def the_server_and_its_model_are_described():
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("soft")
    assert not client.is_model_ready("none")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    about = client.get_model_metadata("soft")
    assert about["inputs"] == [{"name": "input_layer", "datatype": "FP32", "shape": [-1, 3]}], about
    assert about["outputs"][0]["shape"] == [-1, 4] and about["versions"] == ["1"]
    assert client.get_model_metadata("soft", "1") == about
    assert client.get_model_repository_index() == [
        {"name": "soft", "version": "1", "state": "READY", "reason": "", "default": True, "aliases": []}]


@test
def json_and_binary_tensors_give_what_the_command_gives():
    want = expected()
    for binary_in in (False, True):
        for binary_out in (False, True):
            out = triton.InferRequestedOutput("dense_1", binary_data=binary_out)
            reply = client.infer("soft", [tensor(binary=binary_in)], outputs=[out], request_id="a-1")
            assert np.array_equal(reply.as_numpy("dense_1"), want), (binary_in, binary_out)
            assert reply.get_response()["id"] == "a-1"
    assert np.array_equal(client.infer("soft", [tensor()]).as_numpy("dense_1"), want)
    assert np.array_equal(client.infer("soft", [tensor()], model_version="1").as_numpy("dense_1"), want)


@test
def bodies_may_be_packed():
    """By Triton's client, with JSON and with binary tensors."""
    want = expected()
    for algorithm in ("gzip", "deflate"):
        for binary in (True, False):
            reply = client.infer("soft", [tensor(binary=binary)], request_compression_algorithm=algorithm, response_compression_algorithm=algorithm)
            assert np.array_equal(reply.as_numpy("dense_1"), want), algorithm


@test
def classes_come_best_first():
    want = expected()
    for binary in (False, True):
        out = triton.InferRequestedOutput("dense_1", binary_data=binary, class_count=2)
        found = client.infer("soft", [tensor()], outputs=[out]).as_numpy("dense_1")
        assert found.shape == (2, 2)
        for row, probabilities in zip(found, want):
            for text, index in zip(row, np.argsort(-probabilities)[:2]):
                value, number = (text.decode() if isinstance(text, bytes) else text).split(":")[:2]
                assert int(number) == index and np.float32(value) == probabilities[index]


@test
def what_does_not_fit_is_refused_by_the_input_s_name():
    refused([tensor(name="nothing")], "nothing", "input_layer")
    refused([tensor(ROWS[:, :2])], "input_layer", "(2, 2)", "(None, 3)")
    refused([tensor(ROWS.astype(np.float64), datatype="FP64")], "input_layer", "FP64", "FP32")
    refused([tensor(), tensor()], "input_layer", "twice")
    for wrong in (np.nan, np.inf):
        rows = ROWS.copy()
        rows[1, 0] = wrong
        refused([tensor(rows)], "input_layer", "element 3")
    refused([tensor(ROWS[:0])], "input_layer")
    refused([tensor()], "logits", "dense_1", outputs=[triton.InferRequestedOutput("logits")])
    answer = requests.post(f"{url}/v2/models/soft/infer", json={"inputs": []})
    assert answer.status_code == 400 and "input_layer" in answer.json()["error"], answer.text


@test
def tensorflow_s_rows_and_columns():
    want = expected()
    for body, member in (({"instances": ROWS.tolist()}, "predictions"),
                         ({"signature_name": "serving_default",
                           "instances": [{"input_layer": row} for row in ROWS.tolist()]}, "predictions"),
                         ({"inputs": ROWS.tolist()}, "outputs"),
                         ({"inputs": {"input_layer": ROWS.tolist()}}, "outputs")):
        for path in ("soft", "soft/versions/1"):
            answer = requests.post(f"{url}/v1/models/{path}:predict", json=body)
            assert answer.status_code == 200, answer.text
            assert np.array_equal(np.float32(answer.json()[member]), want)
    state = requests.get(f"{url}/v1/models/soft").json()["model_version_status"]
    assert state[0]["state"] == "AVAILABLE"
    signature = requests.get(f"{url}/v1/models/soft/metadata").json()["metadata"]["signature_def"]["signature_def"]
    assert signature["serving_default"]["inputs"]["input_layer"]["dtype"] == "DT_FLOAT"


@test
def tensorflow_s_examples_become_classes():
    want = expected()
    body = {"examples": [{"input_layer": row} for row in ROWS.tolist()]}
    found = requests.post(f"{url}/v1/models/soft:classify", json=body).json()["result"]
    assert [[pair[0] for pair in row] for row in found] == [["0", "1", "2", "3"]] * 2
    assert np.array_equal(np.float32([[pair[1] for pair in row] for row in found]), want)
    answer = requests.post(f"{url}/v1/models/soft:regress", json=body)
    assert answer.status_code == 501 and "dense_1" in answer.json()["error"], answer.text


@test
def tensorflow_s_errors_name_the_place():
    for body, text in (({"instances": [[1, 2]]}, "(1, 2)"), ({"instances": []}, "at least one row"),
                       ({"instances": [[1, 2, 3], [1, 2]]}, "element [1, 2]"), ({"rows": 1}, "instances"),
                       ({"instances": [[1, 2, "x"]]}, "element [0, 2]"),
                       ({"instances": [{"x": [1, 2, 3]}]}, "input_layer"),
                       ({"signature_name": "other", "instances": [[1, 2, 3]]}, "serving_default")):
        answer = requests.post(f"{url}/v1/models/soft:predict", json=body)
        assert answer.status_code == 400 and text in answer.json()["error"], (body, answer.text)
    assert requests.post(f"{url}/v1/models/none:predict", json={"instances": [1]}).status_code == 404


@test
def the_description_is_valid_openapi():
    from openapi_spec_validator import validate
    document = requests.get(f"{url}/openapi.json").json()
    validate(document)
    assert "post" in document["paths"]["/v1/models/{model}:predict"]


@test
def requests_made_from_the_description_never_break_it():
    """schemathesis, bounded: nothing breaks the server, and what it replies has the form."""
    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, "sounds.py"), "w", encoding="utf-8") as f:  # pictures it knows
        f.write("import schemathesis\n\n\n@schemathesis.serializer('audio/*')\ndef sound(ctx, value):\n"
                "    return value if isinstance(value, bytes) else str(value).encode()\n")
    done = subprocess.run([os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run",
                           f"{url}/openapi.json", "--max-examples", "15", "--seed", "1",
                           "--phases", "examples,coverage,fuzzing",
                           "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance"],
                          capture_output=True, text=True, timeout=300, cwd=folder,
                          env={**os.environ, "SCHEMATHESIS_HOOKS": "sounds"})
    assert done.returncode == 0, done.stdout[-3000:]
    assert client.is_server_live()


def main():
    global client, url
    server = subprocess.Popen([MICA, "serve", "--port", "0", "--control-port", "0", f"soft={MODEL}"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    failed = 0
    try:
        for line in server.stdout:
            if "answers" in line:
                break
        url = line.split()[1]
        client = triton.InferenceServerClient(url.split("//")[1])
        for function in tests:
            try:
                function()
                print(f"ok   {function.__name__}")
            except Exception as e:
                failed += 1
                print(f"FAIL {function.__name__}: {e!r}")
    finally:
        server.terminate()
        server.wait()
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
