#!/usr/bin/env python3
"""PyPI's MLServer with the MNIST network in a runtime of its own, for bench/serve.py: ONNX Runtime.

    serve_mlserver.py MODEL.onnx PORT

It has no runtime for ONNX: its documentation has one's own written so. Port + 1 is its gRPC.

The settings are what its documentation recommends for speed, and the fastest of those tried: a worker process for
each core (parallel_workers) with one thread of ONNX Runtime; adaptive batches of 32, which 64 connections fill, or what
came in 10 ms (16 or 1 ms cost its main process a fifth to a third more processor time for a request; without workers
and batches that takes as much, but p99 was above a second); orjson and uvloop, which it brings; no access log (debug),
metrics or gzip."""
import asyncio
import logging
import os
import sys

import numpy as np
import onnxruntime
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.settings import ModelParameters
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput
from mlserver.utils import install_uvloop_event_loop

# Its workers, which read this file as well, expect a loop of events, which uvloop 0.22 and later do not make unasked.
install_uvloop_event_loop()
asyncio.set_event_loop(asyncio.new_event_loop())
logging.disable(logging.INFO)


class Network(MLModel):
    async def load(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, options,
                                                    providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        x = np.asarray(payload.inputs[0].data.root, np.float32).reshape(-1, 1, 28, 28)  # channels first
        y = self.session.run(None, {self.input: x})[0]
        return InferenceResponse(model_name=self.name, outputs=[
            ResponseOutput(name="y", datatype="FP32", shape=list(y.shape), data=y.ravel().tolist())])


def main():
    model, port = sys.argv[1], int(sys.argv[2])
    settings = Settings(host="127.0.0.1", http_port=port, grpc_port=port + 1, debug=False, metrics_endpoint=None,
                        gzip_enabled=False, parallel_workers=os.cpu_count())
    network = ModelSettings(name="mnist", implementation="serve_mlserver.Network", max_batch_size=32,
                            max_batch_time=0.01, parameters=ModelParameters(uri=model))

    async def serve():
        await MLServer(settings).start([network])

    asyncio.run(serve())


if __name__ == "__main__":
    main()
