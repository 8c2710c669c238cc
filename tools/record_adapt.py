#!/usr/bin/env python3
"""Records what Keras's Normalization adapts to: record_adapt.py [FOLDER]

Writes FOLDER/adapt.json (tests/recorded by default): a list of {"config", "input", "mean",
"variance", "output"}, arrays as in record_keras.py; output is the adapted layer's of the input.
"""
import record_keras as base
import numpy as np
from keras import layers as L


def adapted(name, shape, scale=1.0, **options):
    x = (base.random_of(name).normal(3, 2, shape) * scale).astype(np.float32)
    layer = L.Normalization(**options)
    layer.adapt(x)
    config = {key: options[key] for key in options}
    mean, variance, count = layer.get_weights()
    assert count == 0
    return {"config": config, "input": base.numbers(x), "mean": base.numbers(mean), "variance": base.numbers(variance),
            "output": base.numbers(layer(x))}


def main():
    cases = [adapted("columns", (40, 3)), adapted("images", (3, 4, 5, 2), axis=-1),
             adapted("axis_1", (4, 3, 5), axis=1), adapted("axes", (5, 3, 2), axis=[1, 2]),
             adapted("whole", (6, 4), axis=None), adapted("invert", (8, 3), invert=True),
             adapted("constant", (4, 2), scale=0.0)]
    base.write_json("adapt.json", {"made_with": base.MADE_WITH, "cases": cases})


if __name__ == "__main__":
    main()
