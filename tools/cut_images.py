#!/usr/bin/env python3
"""Cuts JPEGs for bench/: class folders of pictures of 500x375, quality 90, from larger pictures.

    cut_images.py OUT [--from FOLDER] [--count 2000]

Every picture of FOLDER (JPEG, PNG) that is large enough becomes a class; the cuts' places and
mirrorings come from a seed, so that the same pictures give the same files. Encoded by TensorFlow
(4:2:0, as most cameras and tools do): run it by the Python that has the peers.
"""
import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf

WIDTH, HEIGHT, QUALITY, SEED = 500, 375, 90, 2024


def pictures(folder):
    for name in sorted(os.listdir(folder)):
        if not name.lower().endswith((".jpg", ".jpeg", ".png")):
            continue
        pixels = tf.io.decode_image(tf.io.read_file(os.path.join(folder, name)), 3, expand_animations=False).numpy()
        if pixels.shape[0] > HEIGHT and pixels.shape[1] > WIDTH:
            yield os.path.splitext(name)[0], pixels


def cut(out, folder, count):
    rng = np.random.default_rng(SEED)
    sources = list(pictures(folder))
    for i in range(count):
        name, pixels = sources[i % len(sources)]
        top = rng.integers(pixels.shape[0] - HEIGHT + 1)
        left = rng.integers(pixels.shape[1] - WIDTH + 1)
        piece = pixels[top:top + HEIGHT, left:left + WIDTH]
        if rng.integers(2):
            piece = piece[:, ::-1]
        os.makedirs(os.path.join(out, name), exist_ok=True)
        tf.io.write_file(os.path.join(out, name, f"{i:06d}.jpg"), tf.io.encode_jpeg(piece, quality=QUALITY))
    return len(sources)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--from", dest="folder", default=os.path.join(os.path.dirname(__file__), "../../shared/data/images"))
    parser.add_argument("--count", type=int, default=2000)
    args = parser.parse_args()
    classes = cut(args.out, args.folder, args.count)
    print(f"{args.count} pictures in {classes} classes, TensorFlow {tf.__version__}")


if __name__ == "__main__":
    main()
