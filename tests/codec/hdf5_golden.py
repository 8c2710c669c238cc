#!/usr/bin/env python3
"""Makes the small HDF5 files of tests/fuzz/corpus/hdf5, which the unit tests read and the fuzzer
starts from: hdf5_golden.py FOLDER. Element i of a dataset is i * 7 % 1000 - 100 (unsigned ones:
i * 7 % 200). Those in the tree were made with h5py 3.16.0 and HDF5 2.0.0."""
import os
import sys

import h5py
import numpy as np


def numbers(shape, dtype):
    i = np.arange(np.prod(shape, dtype=int))
    values = i * 7 % 200 if np.dtype(dtype).kind == "u" else i * 7 % 1000 - 100
    return values.reshape(shape).astype(dtype)


def keras(f):
    f.attrs["keras_version"] = "2.15.0"
    f.attrs["model_config"] = '{"class_name": "Sequential", "name": "größe"}'
    weights = f.create_group("model_weights")
    weights.attrs["layer_names"] = [b"conv2d", b"flatten", b"dense_1"]
    weights["conv2d/conv2d/kernel:0"] = numbers((3, 3, 1, 2), "f4")
    weights["conv2d/conv2d/bias:0"] = numbers((2,), "f4")
    weights["dense_1/dense_1/kernel:0"] = numbers((4, 5), "f4")
    weights["conv2d"].attrs["weight_names"] = [b"conv2d/kernel:0", b"conv2d/bias:0"]
    weights.create_group("flatten").attrs["weight_names"] = []
    f["optimizer_weights/iteration:0"] = np.int64(12)


def many(f):
    """Dense where the dialect has that; one attribute too large for the heap's blocks."""
    group = f.create_group("links", track_order=f.libver[0] != "earliest")
    for i in range(20):
        group[f"member {i * 7 % 20:02d}"] = np.int8(i)
    f["soft"] = h5py.SoftLink("/links")
    f["outside"] = h5py.ExternalLink("other.h5", "/x")
    data = f.create_dataset("attributes", data=numbers((3,), "i4"))
    for i in range(10):
        data.attrs[f"number {i}"] = np.arange(i, dtype="i2")
    data.attrs["large"] = np.bytes_(b"x" * 5000 + b"end")
    del data.attrs["number 4"]


def types(f):
    for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        f["little " + kind] = numbers((5,), "<" + kind)
        f["big " + kind] = numbers((5,), ">" + kind)
    f["bool"] = np.array([True, False, True])
    f["scalar"] = np.float64(2.5)
    f["empty"] = np.zeros((0, 3), "f4")
    f["null"] = h5py.Empty("f4")
    f["variable"] = np.array(["a", "", "größer"], dtype=h5py.string_dtype())
    f["fixed"] = np.array([b"a", b"bcd", b""])
    f["compound"] = np.zeros(2, [("a", "i4"), ("b", "f4")])
    f["limits"] = np.array([-2.0**63, -1.5, 0.5, 1e10, np.nan, np.inf])
    f.create_dataset("unwritten", (20,), "f4", fillvalue=2.5)


def chunks(f):
    f.create_dataset("gzip", data=numbers((20, 15), "f4"), chunks=(8, 6), compression="gzip")
    f.create_dataset("all", data=numbers((20, 15), "i4"), chunks=(8, 6), compression="gzip", shuffle=True,
                     fletcher32=True)
    f.create_dataset("plain", data=numbers((5, 7), "u1"), chunks=(2, 3))
    f.create_dataset("single", data=numbers((5, 7), "i2"), chunks=(5, 7))
    count = 300 if f.libver[0] != "earliest" else 30
    f.create_dataset("extensible", data=numbers((count,), "u1"), chunks=(1,), maxshape=(None,))
    f.create_dataset("second", data=numbers((3, 20), "i2"), chunks=(1, 2), maxshape=(3, None),
                     compression="gzip")
    f.create_dataset("tree", data=numbers((9, 7), "i2"), chunks=(2, 3), maxshape=(None, None))
    f.create_dataset("partly", (12,), "i4", chunks=(4,), fillvalue=9)[4:8] = numbers((4,), "i4")
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4, 5))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple((6, 8))
    h5py.Dataset(h5py.h5d.create(f.id, b"implicit", h5py.h5t.STD_I16LE, space, plist))[...] = numbers((6, 8), "i2")
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    h5py.Dataset(h5py.h5d.create(f.id, b"compact", h5py.h5t.STD_I16LE, space, plist))[...] = numbers((6, 8), "i2")


def pages(f):
    paged = f.create_dataset("paged", (2100,), "u1", chunks=(1,), fillvalue=3)
    paged[5] = 1
    paged[2050] = 2


def main():
    for libver in ("earliest", "latest"):
        for make in (keras, many, types, chunks):
            path = os.path.join(sys.argv[1], f"{make.__name__}_{libver}.h5")
            with h5py.File(path, "w", libver=libver) as f:
                make(f)
    with h5py.File(os.path.join(sys.argv[1], "pages_latest.h5"), "w", libver="latest") as f:
        pages(f)


if __name__ == "__main__":
    main()
