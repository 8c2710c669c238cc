"""Makes the corpus of reply: what servers say to a client, and what hostile ones may."""
import json
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "reply")
TENSORS, PICTURE, ROWS, MODEL, MODELS, ACCEPTED, ERROR = range(7)


def put(name, kind, body, binary=b""):
    text = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    os.makedirs(HERE, exist_ok=True)
    assert len(binary) * 7 + kind < 256
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(bytes([len(binary) * 7 + kind]) + text + binary)


def answer(*outputs):
    return {"model_name": "m", "model_version": "1", "outputs": list(outputs)}


def tensor(datatype, shape, size=None, **more):
    return {"name": "y", "datatype": datatype, "shape": shape, **({"parameters": {"binary_data_size": size}} if size is not None else {}), **more}


put("floats", TENSORS, answer(tensor("FP32", [2, 2], 16)), struct.pack("<4f", 1, 2, 3, 4))
put("texts", TENSORS, answer(tensor("BYTES", [2], 11)), struct.pack("<I2sI1s", 2, b"ab", 1, b"c"))
put("texts_beyond", TENSORS, answer(tensor("BYTES", [2], 11)), struct.pack("<I2sI1s", 2, b"ab", 9, b"c"))
put("two", TENSORS, answer(tensor("FP16", [1], 2), tensor("BOOL", [1, 1], 1)), b"\0\x3c\1")
put("json", TENSORS, answer(tensor("FP32", [2, 2], data=[[1, 2.5], [None, 4]]), tensor("INT8", [2], data=[1, -3])))
put("json_wrong_count", TENSORS, answer(tensor("FP32", [2, 2], data=[1, 2, 3])))
put("json_texts", TENSORS, answer(tensor("BYTES", [2], data=["a", "bé"])))
put("out_of_range", TENSORS, answer(tensor("INT8", [1], data=[300])))
put("too_many_bytes", TENSORS, answer(tensor("FP32", [1], 1 << 40)), b"abcd")
put("huge_shape", TENSORS, answer(tensor("FP64", [1 << 40, 1 << 40], 8)), b"abcdefgh")
put("huge_texts", TENSORS, answer(tensor("BYTES", [1 << 60], 4)), b"\0\0\0\0")
put("no_elements", TENSORS, answer(tensor("FP32", [0, 1 << 40, 1 << 40], data=[])))
put("empty", TENSORS, answer(tensor("FP32", [0, 3], 0)))
put("left_over", TENSORS, answer(tensor("FP32", [1], 4)), b"abcdefgh")
put("no_outputs", TENSORS, answer())
put("deep", TENSORS, b'{"outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":' + b"[" * 900 + b"1" + b"]" * 900 + b"}]}")
put("deep_beyond", TENSORS, answer(tensor("FP64", [0], data=json.loads("[" * 12 + ",".join(["1"] * 20000) + "]" * 12))))
put("deep_counted", TENSORS, answer(tensor("FP64", [2], data=json.loads("[" * 12 + "1,2" + "]" * 12))))
put("rank_8", TENSORS, answer(tensor("INT32", [1] * 7 + [2], data=json.loads("[" * 8 + "1,2" + "]" * 8))))
put("beyond_counting", TENSORS, answer(tensor("BOOL", [1 << 40, 1 << 40])))
put("cut", TENSORS, b'{"model_name":"m","outputs":[{"name":"y","data')
CLASS = {"class": "seven", "index": 7, "probability": 0.75}
put("picture", PICTURE, {"model": "m", "version": "1", "predictions": [CLASS, {**CLASS, "probability": None}],
                         "outputs": [tensor("FP32", [1, 2], data=[0.75, 0.25])]})
put("picture_values", PICTURE, {"model": "m", "version": "1", "predictions": [0.5, 2], "outputs": []})
put("rows", ROWS, {"model": "m", "version": "1", "predictions": [{**CLASS, "top": [CLASS, CLASS]}] * 3})
put("rows_best", ROWS, {"model": "m", "version": "1", "predictions": [CLASS, CLASS]})
put("rows_uneven", ROWS, {"predictions": [{**CLASS, "top": [CLASS, CLASS]}, CLASS]})
put("rows_not_class", ROWS, {"predictions": [CLASS, [1]]})
put("rows_values", ROWS, {"predictions": [[1, 2]], "outputs": [tensor("FP64", [1, 2], data=[1, 2])]})
put("model", MODEL, {"name": "m", "versions": ["1", "2"], "inputs": [tensor("FP32", [-1, 28, 28, 1])],
                     "outputs": [tensor("FP32", [-1, 10])], "parameters": {"classifier": True}})
put("model_rank", MODEL, {"name": "m", "inputs": [tensor("FP32", [1] * 9)], "outputs": [tensor("FP32", [1])]})
put("model_type", MODEL, {"name": "m", "inputs": [tensor("FP8", [1])]})
put("model_null", MODEL, b"null")
put("models", MODELS, [{"name": "m", "version": "1", "state": "READY"}, {"name": "n"}])
put("models_wrong", MODELS, [3])
put("accepted", ACCEPTED, {"accepted": 0})
put("accepted_text", ACCEPTED, {"accepted": "0"})
put("error", ERROR, {"error": "input \"x\": \x1b[2J\u0085 wrong", "code": "SHAPE"})
put("error_text", ERROR, b"<html>\x1b]0;x\7 502 \xc2\x9b \xe4\xb8")
put("error_strange", ERROR, {"error": 3, "code": "OK"})
