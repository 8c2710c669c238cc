"""Layers on images with one, two and three axes of space, in .h5 files both ways."""
from harness import close, for_each, mica, mica_predict, run

import keras
import numpy as np
import tf_keras

KERASES = (keras, tf_keras)


def steps(K):
    L = K.layers
    return (12, 3), [
        L.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="relu"), L.ZeroPadding1D((1, 2)),
        L.DepthwiseConv1D(3, depth_multiplier=2), L.MaxPooling1D(2), L.SeparableConv1D(5, 2, padding="same"),
        L.UpSampling1D(2), L.Conv1DTranspose(4, 3, strides=2, padding="same"), L.Cropping1D((1, 0)),
        L.AveragePooling1D(3, strides=2, padding="same"), L.GlobalAveragePooling1D(), L.Dense(3)]


def pictures(K):
    L = K.layers
    return (10, 11, 3), [
        L.Resizing(12, 10), L.ZeroPadding2D(((1, 0), (2, 1))), L.DepthwiseConv2D(3, strides=(2, 2), activation="relu"),
        L.SeparableConv2D(6, 2, depth_multiplier=2), L.UpSampling2D((2, 1), interpolation="bilinear"),
        L.Cropping2D(((1, 0), (0, 1))), L.CenterCrop(6, 3), L.Conv2DTranspose(4, 3, strides=2, output_padding=1),
        L.GlobalMaxPooling2D(), L.Dense(3)]


def volumes(K):
    L = K.layers
    return (5, 6, 5, 2), [
        L.Conv3D(4, 2, padding="same", activation="tanh"), L.ZeroPadding3D(((0, 1), (1, 0), (1, 1))),
        L.MaxPooling3D((2, 2, 1)), L.Conv3DTranspose(3, 2, strides=(1, 2, 1)), L.Cropping3D(((1, 0), (0, 2), (0, 1))),
        L.UpSampling3D((1, 1, 2)), L.AveragePooling3D(2), L.GlobalAveragePooling3D(keepdims=True), L.Flatten(), L.Dense(3)]


def both_ways(writer, network):
    shape, layers = network(writer)
    writer.utils.set_random_seed(3)
    model = writer.Sequential([writer.Input(shape), *layers])
    random = np.random.default_rng(4)
    model.set_weights([random.uniform(-0.5, 0.5, w.shape) for w in model.get_weights()])
    x = random.uniform(-1, 1, (6, *shape)).astype(np.float32)
    model.save("model.h5")
    close(mica_predict("model.h5", x, folder="."), model.predict(x, verbose=0), 1e-5)
    np.savez("data.npz", x=x, y=random.uniform(-1, 1, (6, 3)).astype(np.float32))
    mica("train", "--model", "model.h5", "--data", "data.npz", "--epochs", 1, "--output", "out.h5",
         "--optimizer", "adam", "--loss", "mean_squared_error")
    ours = mica_predict("out.h5", x, folder=".")
    for K in KERASES:
        close(K.models.load_model("out.h5", compile=False).predict(x, verbose=0), ours, 1e-5,
              what=f"predictions of {K.__name__}")


@for_each("writer", KERASES)
def steps_go_both_ways(K):
    both_ways(K, steps)


@for_each("writer", KERASES)
def pictures_go_both_ways(K):
    both_ways(K, pictures)


@for_each("writer", KERASES)
def volumes_go_both_ways(K):
    both_ways(K, volumes)


run()
