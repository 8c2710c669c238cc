"""Keras 3 and tf_keras open what examples/custom_layer wrote, given its classes: the same heights."""
import os
import subprocess

from harness import MICA, close, for_each, run

import keras
import numpy as np
import tensorflow as tf
import tf_keras


def classes(K):
    """The example's layer, loss and metric as a Python user writes them."""
    class Gated(K.layers.Layer):
        def __init__(self, units, sharpness=1.0, **kwargs):
            super().__init__(**kwargs)
            self.units, self.sharpness = units, sharpness

        def build(self, shape):
            self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units))
            self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")
            self.gate = self.add_weight(name="gate", shape=(shape[-1], self.units))

        def call(self, x):
            return (x @ self.kernel + self.bias) * tf.sigmoid(self.sharpness * (x @ self.gate))

        def get_config(self):
            return {**super().get_config(), "units": self.units, "sharpness": self.sharpness}

    return {"Gated": Gated}


@for_each("K", (keras, tf_keras))
def keras_reads_the_example(K):
    example = os.path.join(os.path.dirname(MICA), "examples/custom_layer")
    printed = subprocess.run([example, "20"], check=True, capture_output=True, text=True).stdout
    heights = printed.split("0.5: ")[1].split("\n")[0].split()
    model = K.models.load_model("custom_layer.h5", custom_objects=classes(K), compile=False)
    x = np.array([[-0.5, 0.25], [0, 0], [0.5, 0.25]], np.float32)
    close(model.predict(x, verbose=0)[:, 0], [float(h) for h in heights], atol=1e-5)


run()
