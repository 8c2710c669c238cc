"""The usual way to put a model on the network in Python, for bench/serve.py: FastAPI, ONNX Runtime.
/predict is as fast as we could make it; /usual is as it is mostly written: a model of pydantic, a
function that FastAPI runs on its threads, a session with default options.

    MODEL=mnist.onnx uvicorn --app-dir bench serve_fastapi:app --workers 2 --port 8000

One session of ONNX Runtime a worker with one thread, which is fastest here: workers share the cores."""
import os

import numpy as np
import onnxruntime
from fastapi import FastAPI, Request
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
app = FastAPI()


@app.post("/predict")
async def predict(request: Request):
    tensor = (await request.json())["inputs"][0]
    x = np.asarray(tensor["data"], np.float32).reshape(-1, 1, 28, 28)  # channels first
    y = session.run(None, {name: x})[0]
    return {"outputs": [{"name": "y", "datatype": "FP32", "shape": list(y.shape), "data": y.ravel().tolist()}]}


class Tensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class Inference(BaseModel):
    inputs: list[Tensor]


usual = onnxruntime.InferenceSession(os.environ["MODEL"], providers=["CPUExecutionProvider"])


@app.post("/usual")
def predict_usual(request: Inference):
    x = np.array(request.inputs[0].data, np.float32).reshape(-1, 1, 28, 28)
    y = usual.run(None, {name: x})[0]
    return {"outputs": [{"name": "y", "datatype": "FP32", "shape": list(y.shape), "data": y.ravel().tolist()}]}


@app.get("/ready")
async def ready():
    return {"ready": True}
