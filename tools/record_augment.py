#!/usr/bin/env python3
"""Records what Keras computes for the layers that change images at random, with factors whose range
is one number, so that nothing is random: record_augment.py [FOLDER [PREFIX …]]

Writes into FOLDER (tests/recorded by default) layers/NAME/, as record_layers.py does. Run
record_keras.py first: it removes every layer's folder. Transforms of places have the exact gradient,
from Keras's own outputs for images with a single 1: they are linear, and TensorFlow's rule, the
inverse transform of dy, is another thing. Saturation and hue, through which TensorFlow passes no
gradient, have that of differences of Keras's outputs in float64.
"""
import os
import sys

import record_layers as base
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

case = base.case
IMAGES, FIRST, ONE = (2, 5, 6, 3), (2, 3, 5, 6), (5, 6, 3)
BYTES = np.random.default_rng(5).uniform(0, 255, IMAGES).astype(np.float32)
UNITS = np.random.default_rng(6).uniform(0, 1, IMAGES).astype(np.float32)
places = []


def place(name, layer, shape=IMAGES):
    places.append(name)
    case(name, layer, shape, training=True)


def place_cases():
    modes = ("reflect", "wrap", "constant", "nearest")
    for mode in modes:
        options = {"fill_mode": mode, "fill_value": 0.7}
        place(f"random_rotation_{mode}", L.RandomRotation((0.11, 0.11), **options))
        place(f"random_rotation_{mode}_nearest", L.RandomRotation((-0.07, -0.07), interpolation="nearest", **options))
        place(f"random_zoom_{mode}", L.RandomZoom((0.4, 0.4), (0.9, 0.9), **options))
        place(f"random_translation_{mode}", L.RandomTranslation((0.33, 0.33), (-0.71, -0.71), **options))
        place(f"random_translation_{mode}_nearest",
              L.RandomTranslation((1.0, 1.0), (0.3, 0.3), interpolation="nearest", **options))
    place("random_rotation_quarter", L.RandomRotation((0.25, 0.25), fill_mode="constant"), (1, 5, 5, 1))
    place("random_rotation_first", L.RandomRotation((0.3, 0.3), data_format="channels_first"), FIRST)
    place("random_rotation_one_image", L.RandomRotation((0.2, 0.2)), ONE)
    place("random_zoom_nearer", L.RandomZoom((-0.5, -0.5)))
    place("random_zoom_first", L.RandomZoom((0.2, 0.2), (-0.3, -0.3), data_format="channels_first"), FIRST)
    place("random_translation_first", L.RandomTranslation((0.2, 0.2), (0.4, 0.4), data_format="channels_first"), FIRST)
    place("random_translation_one_image", L.RandomTranslation((-0.2, -0.2), (0.25, 0.25)), ONE)
    place("random_shear_none", L.RandomShear())
    case("random_flip_inference", L.RandomFlip(), IMAGES)
    case("random_rotation_inference", L.RandomRotation(0.2), IMAGES)
    case("random_crop_middle", L.RandomCrop(5, 4), IMAGES, training=True)
    case("random_crop_stretched", L.RandomCrop(7, 4), IMAGES, training=True)
    case("random_crop_small_first", L.RandomCrop(6, 9, data_format="channels_first"), FIRST, training=True)
    case("random_crop_one_image", L.RandomCrop(4, 6), ONE, training=True)
    for name, fill in (("", 9.0), ("_limited", 300.0), ("_colour", (1.0, 2.0, 3.0))):
        case(f"random_erasing{name}", L.RandomErasing((1.0, 1.0), (1.0, 1.0), fill_value=fill), IMAGES, training=True)
    case("random_erasing_never", L.RandomErasing((0.0, 0.0)), IMAGES, training=True)
    case("random_erasing_one_image", L.RandomErasing((1.0, 1.0), (1.0, 1.0), fill_value=0.5), ONE, training=True)


def colour_cases():
    to_1 = {"value_range": (0.0, 1.0)}
    train = {"training": True}
    case("random_contrast", L.RandomContrast((-0.5, 0.5)), UNITS, **train)
    case("random_contrast_more", L.RandomContrast((-0.9, 0.9), **to_1), UNITS, **train)
    case("random_contrast_first", L.RandomContrast((-0.2, 0.2), data_format="channels_first", value_range=(-1.0, 1.0)),
         FIRST, **train)
    case("random_contrast_one_image", L.RandomContrast((-0.2, 0.2)), UNITS[0], **train)
    case("random_contrast_inference", L.RandomContrast(0.5), BYTES)
    case("random_brightness", L.RandomBrightness((0.3, 0.3)), BYTES, **train)
    case("random_brightness_darker", L.RandomBrightness((-0.4, -0.4), **to_1), UNITS, **train)
    case("random_brightness_one_image", L.RandomBrightness((0.1, 0.1)), BYTES[0], **train)
    case("random_saturation", L.RandomSaturation((0.7, 0.7)), UNITS, **train)
    case("random_saturation_less", L.RandomSaturation((0.2, 0.2), **to_1), UNITS, **train)
    case("random_saturation_bytes", L.RandomSaturation((0.3, 0.3)), BYTES, **train)
    case("random_saturation_first", L.RandomSaturation((0.6, 0.6), data_format="channels_first"),
         UNITS.transpose(0, 3, 1, 2).copy(), **train)
    case("random_hue_opposite", L.RandomHue((1.0, 1.0)), BYTES, **train)  # plus and minus a half are the same
    case("random_hue_none", L.RandomHue(0.0, **to_1), UNITS, **train)
    case("random_hue_first", L.RandomHue((1.0, 1.0), data_format="channels_first", **to_1),
         UNITS.transpose(0, 3, 1, 2).copy(), **train)
    case("random_grayscale", L.RandomGrayscale(1.0), BYTES, **train)
    case("random_grayscale_never", L.RandomGrayscale(0.0), BYTES, **train)
    case("random_grayscale_first", L.RandomGrayscale(1.0, data_format="channels_first"), FIRST, **train)
    case("random_grayscale_one_channel", L.RandomGrayscale(1.0), (2, 3, 4, 1), **train)
    case("random_sharpness", L.RandomSharpness((0.9, 0.9)), BYTES, **train)
    case("random_sharpness_blurred", L.RandomSharpness((0.1, 0.1), **to_1), UNITS, **train)
    case("random_sharpness_first", L.RandomSharpness((0.2, 0.2), data_format="channels_first",
                                                     value_range=(-2.0, 2.0)), FIRST, **train)
    flat = BYTES.copy()
    flat[0, :, :, 1] = 7
    case("auto_contrast", L.AutoContrast(), flat)
    case("auto_contrast_training", L.AutoContrast(**to_1), UNITS / 2, **train)
    case("auto_contrast_one_image", L.AutoContrast(), BYTES[1] / 3 + 20)


def exact_gradient(name, layer, x, r):
    """d sum(r f(x)) / dx of a linear f (and a constant)."""
    layer = type(layer).from_config({**layer.get_config(), "name": name})
    zero = layer(tf.zeros_like(x), training=True).numpy().astype(np.float64)
    gradient = np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        unit = np.zeros_like(x)
        unit[at] = 1
        gradient[at] = ((layer(tf.constant(unit), training=True).numpy() - zero) * r).sum()
    return gradient.astype(np.float32)


def gradient_by_differences(name, layer, x, r):
    config = {**layer.get_config(), "name": name, "dtype": "float64"}
    if name.startswith("random_hue"):  # which rescales in float32: the same gradient between 0 and 1
        x = x / config["value_range"][1]
        config["value_range"] = (0, 1)
    layer = type(layer).from_config(config)
    x, step, gradient = x.astype(np.float64), 1e-6 * x.max(), np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[at] += sign * step
            ends.append((layer(tf.constant(moved), training=True).numpy() * r).sum())
        gradient[at] = (ends[0] - ends[1]) / (2 * step)
    return gradient.astype(np.float32)


def without_nan(name, layer, x, r):
    """AutoContrast's gradient of a channel that stays as it is: Keras's where() makes it 0 / 0."""
    g = np.load(os.path.join(base.base.FOLDER, f"layers/{name}/grad_input_0.npy"))
    return np.where(np.isnan(g), r, g)


def correct_gradients(wanted):
    for name, layer, *_ in base.cases:
        hsv = name.startswith(("random_hue", "random_saturation"))
        asked = not wanted or any(name.startswith(w) for w in wanted)
        if asked and (name in places or hsv or name == "auto_contrast"):
            at = lambda array: os.path.join(base.base.FOLDER, f"layers/{name}/{array}.npy")
            rule = gradient_by_differences if hsv else exact_gradient if name in places else without_nan
            np.save(at("grad_input_0"), rule(name, layer, np.load(at("input_0")), np.load(at("grad_output_0"))))


def main():
    place_cases()
    colour_cases()
    base.record_all(sys.argv[2:])
    correct_gradients(sys.argv[2:])


if __name__ == "__main__":
    main()
