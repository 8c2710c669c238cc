#!/usr/bin/env python3
"""Holds codec/hdf5 against h5py: test_hdf5.py [HDF5_TOOL [FILE.h5 ...]].

h5py writes files in every dialect; the tool (tests/codec/hdf5_tool.c) must read them to the same
bits, and copy them into files that h5py and h5dump read to the same bits. The FILEs given, or the
shared models where they are, are compared as well. Needs h5py and numpy; the last line is
'N passed, N failed'."""
import ctypes
import glob
import os
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy as np

DIALECTS = ["earliest", "v108", "v110", "v112", "latest"]


# ---- what h5py sees, as the lines of `hdf5_tool dump` ----

def text_of(value):
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    return raw.split(b"\0")[0].hex()


def head(dtype, shape):
    if h5py.check_string_dtype(dtype) is not None or dtype.kind == "S":
        name = "string"
    else:
        name = {"b": "bool", "V": "opaque"}.get(dtype.kind, dtype.name)
    return f"{name} null " if shape is None else f"{name} ({''.join(f'{n},' for n in shape)}) "


def data_of(dtype, value):
    if value is None:
        return ""
    if h5py.check_string_dtype(dtype) is not None or dtype.kind == "S":
        return ",".join(text_of(v) for v in np.asarray(value, dtype=object).reshape(-1))
    array = np.asarray(value)
    return array.astype(array.dtype.newbyteorder("<")).tobytes().hex()


def attribute_lines(path, item):
    lines = []
    for name in sorted(item.attrs, key=lambda n: n.encode()):
        found = item.attrs.get_id(name)
        space = found.get_space()
        null = space.get_simple_extent_type() == h5py.h5s.NULL
        value = None if null else item.attrs[name]
        lines.append(f"A {path} {name.encode().hex()} " +
                     head(found.dtype, None if null else found.shape) + data_of(found.dtype, value))
    return lines


def lines_of(group, path="/"):
    lines = [f"G {path}"] + attribute_lines(path, group)
    for name in sorted(group, key=lambda n: n.encode()):
        item, where = group[name], path.rstrip("/") + "/" + name
        if isinstance(item, h5py.Group):
            lines += lines_of(item, where)
        else:
            value = None if item.shape is None else item[()]
            lines.append(f"D {where} " + head(item.dtype, item.shape) + data_of(item.dtype, value))
            lines += attribute_lines(where, item)
    return lines


# ---- files ----

def random_array(shape, dtype):
    rng = np.random.default_rng(sum(shape))
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    if np.dtype(dtype).kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    limits = np.iinfo(dtype)
    native = np.dtype(dtype).newbyteorder("=")
    return rng.integers(limits.min, limits.max, shape, native, endpoint=True).astype(dtype)


def write_types(f):
    for order in "<>":
        for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
            name = ("le_" if order == "<" else "be_") + kind
            f[name] = random_array((3, 5), order + kind)
            f[name].attrs["same"] = random_array((4,), order + kind)
            f["scalar_" + name] = random_array((), order + kind)
    f["bool"] = random_array((7,), "bool")
    f["bool"].attrs["flag"] = np.bool_(True)
    f["f4_special"] = np.array([np.inf, -np.inf, np.nan, -0.0, 1e-45], "f4")
    f["empty"] = np.zeros((0, 3), "f4")
    f["null"] = h5py.Empty("f4")
    f.create_dataset("enum", data=np.array([1, 2], "i2"),
                     dtype=h5py.enum_dtype({"A": 1, "B": 2}, basetype="i2"))


def write_strings(f):
    f["vlen"] = np.array(["a", "", "größer", "日本"], dtype=h5py.string_dtype())
    f["vlen_ascii"] = np.array([b"abc", b"de"], dtype=h5py.string_dtype("ascii"))
    f["fixed"] = np.array([b"a", b"bcd", b""])
    f["fixed_utf8"] = np.array(["ü".encode(), b"x"], dtype=h5py.string_dtype("utf-8", 6))
    f["scalar"] = "one string"
    f["grid"] = np.array([["a", "b"], ["c", "d"]], dtype=h5py.string_dtype())
    f["many"] = np.array([f"word {i} " + "x" * (i % 97) for i in range(3000)], dtype=h5py.string_dtype())
    f.attrs["config"] = "{" + "\"key\": 1, " * 20000 + "}"
    f.attrs["bytes"] = b"raw bytes"
    f.attrs["fixed"] = np.bytes_(b"fixed")
    f.attrs["list"] = [b"one", b"two", b"three"]
    f.attrs["unicode list"] = ["eins", "zwei", "drei"]
    f.attrs["empty text"] = ""
    f.attrs["empty list"] = []
    f.attrs["null"] = h5py.Empty("S4")
    f.attrs["名前"] = "name beyond ASCII"
    for pad in (h5py.h5t.STR_NULLTERM, h5py.h5t.STR_NULLPAD, h5py.h5t.STR_SPACEPAD):
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(8)
        kind.set_strpad(pad)
        space = h5py.h5s.create_simple((2,))
        attribute = h5py.h5a.create(f.id, b"pad%d" % pad, kind, space)
        attribute.write(np.array([b"ab", b"abcdefg"], "S8"))


def write_attributes(f):
    group = f.create_group("many", track_order=True)
    for i in range(300):
        group.attrs[f"attribute {i}"] = np.arange(i % 7, dtype="i4")
    for i in range(0, 300, 3):
        del group.attrs[f"attribute {i}"]
    data = f.create_dataset("data", data=np.arange(3))
    for i in range(40):
        data.attrs[f"x{i}"] = "text %d" % i


def write_large_attributes(f):
    for i in range(12):
        f.attrs[f"large{i}"] = np.bytes_(b"x" * (70000 + i) + b"end")
    f.attrs["floats"] = random_array((40000,), "f8")
    for i in range(2000):
        f.attrs[f"small {i:05d}"] = i


def write_links(f):
    for count in (1, 9, 100, 3000):
        group = f.create_group(f"plain{count}")
        tracked = f.create_group(f"tracked{count}", track_order=True)
        for i in range(count):
            group.create_group(f"member {i * 7919 % count}")
            tracked.create_group(f"a rather long name of a member {i}")
    for i in range(0, 3000, 2):
        del f["plain3000"][f"member {i}"]
    deep = f
    for i in range(15):
        deep = deep.create_group(f"level{i}")
        deep["data"] = np.arange(i, dtype="u1")


def write_chunks(f):
    f.create_dataset("gzip", data=random_array((100, 70), "f4"), chunks=(16, 32), compression="gzip")
    f.create_dataset("shuffle", data=random_array((100, 70), "i4") // 65536, chunks=(30, 11),
                     compression="gzip", compression_opts=9, shuffle=True)
    f.create_dataset("fletcher", data=random_array((33, 7), "u1"), chunks=(10, 3), fletcher32=True)
    f.create_dataset("all", data=random_array((33, 7, 5), "f8"), chunks=(10, 3, 5), shuffle=True,
                     compression="gzip", fletcher32=True)
    f.create_dataset("plain", data=random_array((50, 50), "i2"), chunks=(7, 9))
    f.create_dataset("big_endian", data=random_array((50, 50), ">f4"), chunks=(7, 9), compression="gzip")
    f.create_dataset("single", data=random_array((6, 5), "f4"), chunks=(6, 5))
    f.create_dataset("single_gzip", data=random_array((6, 5), "f4"), chunks=(6, 5), compression="gzip")
    f.create_dataset("zeros", data=np.zeros((1000, 1000), "f4"), chunks=(500, 500), compression="gzip")
    f.create_dataset("larger_chunk", data=random_array((3,), "f4"), chunks=(64,), maxshape=(None,))
    f.create_dataset("strings", data=["a", "bb", "ccc"] * 20, chunks=(7,), compression="gzip",
                     dtype=h5py.string_dtype())
    for filters in ({}, {"compression": "gzip"}):
        tag = "_gzip" if filters else ""
        f.create_dataset("fixed" + tag, data=random_array((90, 40), "u2"), chunks=(3, 1), **filters)
        f.create_dataset("extensible" + tag, data=random_array((9000,), "u2"), chunks=(2,),
                         maxshape=(None,), **filters)
        f.create_dataset("extensible2" + tag, data=random_array((40, 90), "u2"), chunks=(1, 3),
                         maxshape=(40, None), **filters)
        f.create_dataset("tree" + tag, data=random_array((80, 90), "u2"), chunks=(1, 3),
                         maxshape=(None, None), **filters)
    grown = f.create_dataset("grown", data=np.arange(10, dtype="i4"), chunks=(4,), maxshape=(None,))
    grown.resize((31,))
    grown[25:] = 7
    shrunk = f.create_dataset("shrunk", data=random_array((50, 50), "i4"), chunks=(8, 8), maxshape=(None, 60))
    shrunk.resize((21, 13))
    f.create_dataset("unwritten", shape=(20, 30), dtype="f4", chunks=(5, 5), fillvalue=2.5)
    f.create_dataset("unwritten_contiguous", shape=(20, 30), dtype=">i4", fillvalue=-3)
    partly = f.create_dataset("partly", shape=(2000, 3), dtype="f4", chunks=(1, 3), fillvalue=-1)
    partly[3] = 1
    partly[1500:1700] = 5
    sparse = f.create_dataset("sparse", shape=(100, 100), dtype="i8", chunks=(10, 10), maxshape=(None, None))
    sparse[55, 66] = 9
    long = f.create_dataset("long", shape=(60000,), dtype="u1", chunks=(1,), maxshape=(None,), fillvalue=3)
    long[:300] = 1
    long[20000:20100] = 4
    long[59000:] = 5
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_chunk((4, 5))
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple((18, 13))
    made = h5py.h5d.create(f.id, b"implicit", h5py.h5t.IEEE_F32LE, space, early)
    h5py.Dataset(made)[...] = random_array((18, 13), "f4")
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    made = h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F64LE, space, compact)
    h5py.Dataset(made)[...] = random_array((18, 13), "f8")


def write_keras(f):
    """As Keras writes its .h5 files."""
    f.attrs["keras_version"] = "2.15.0"
    f.attrs["backend"] = "tensorflow"
    f.attrs["model_config"] = '{"class_name": "Sequential"}'.encode()
    weights = f.create_group("model_weights")
    weights.attrs["layer_names"] = [b"conv2d", b"flatten", b"dense"]
    for layer, names in {"conv2d": ["kernel:0", "bias:0"], "flatten": [], "dense": ["kernel:0"]}.items():
        group = weights.create_group(layer)
        group.attrs["weight_names"] = [f"{layer}/{n}".encode() for n in names]
        for name in names:
            group[f"{layer}/{name}"] = random_array((3, 4), "f4")
    f["optimizer_weights/iteration:0"] = np.int64(12)


def hdf5_library():
    """The library inside h5py, for what h5py has no call for; None where it is not bundled."""
    found = glob.glob(os.path.join(os.path.dirname(h5py.__file__), "../h5py.libs/libhdf5-*"))
    return ctypes.CDLL(found[0]) if found else None


def write_whole_edges(f, library):
    """Chunks over the edge are stored without filters."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((4, 5))
    plist.set_deflate(4)
    library.H5Pset_chunk_opts(ctypes.c_int64(plist.id), ctypes.c_uint(2))
    for name, most in (("fixed", (18, 13)), ("extensible", (-1, 13)), ("tree", (-1, -1))):
        most = tuple(h5py.h5s.UNLIMITED if n < 0 else n for n in most)
        space = h5py.h5s.create_simple((18, 13), most)
        made = h5py.h5d.create(f.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plist)
        h5py.Dataset(made)[...] = random_array((18, 13), "f4")


def bfloat16_type():
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_size(2)
    kind.set_ebias(127)
    return kind


WRITERS = [write_types, write_strings, write_attributes, write_links, write_chunks, write_keras]


def write_refused(f, folder):
    """Everything that is refused; returns the lines of the dump for it."""
    f["soft"] = h5py.SoftLink("/target")
    f["outside"] = h5py.ExternalLink("other.h5", "/x")
    f["target"] = np.arange(3)
    f["compound"] = np.zeros(2, [("a", "i4"), ("b", "f4")])
    f["named"] = np.dtype("f4")
    f.create_dataset("typed", (2,), dtype=f["named"])
    f.create_dataset("lzf", data=np.arange(100), compression="lzf")
    f.create_dataset("scaled", data=np.arange(100), scaleoffset=0)
    f.create_dataset("array", (2,), dtype=np.dtype((np.int32, (3,))))
    f.create_dataset("sequences", (2,), dtype=h5py.vlen_dtype(np.int32))
    f["reference"] = f["target"].ref
    outside = os.path.join(folder, "outside.bin")
    np.arange(10, dtype="f4").tofile(outside)
    f.create_dataset("external", (10,), "f4", external=outside)
    virtual = h5py.VirtualLayout(shape=(4,), dtype="i4")
    virtual[:] = h5py.VirtualSource("other.h5", "x", shape=(4,))
    f.create_virtual_dataset("virtual", virtual)
    return {"/ soft": "UNSUPPORTED", "/ outside": "UNSUPPORTED", "/compound": "TYPE",
            "/named": "TYPE", "/typed": "UNSUPPORTED", "/lzf": "UNSUPPORTED",
            "/scaled": "UNSUPPORTED", "/array": "TYPE", "/sequences": "TYPE", "/reference": "TYPE",
            "/external": "UNSUPPORTED", "/virtual": "UNSUPPORTED"}


# ---- the comparison ----

class Oracle:
    def __init__(self, tool, folder):
        self.tool, self.folder, self.passed, self.failed = tool, folder, 0, 0

    def result(self, name, fault):
        if fault:
            self.failed += 1
            print(f"{name}: FAILED: {fault}")
        else:
            self.passed += 1

    def run(self, *arguments):
        return subprocess.run([self.tool, *arguments], capture_output=True, text=True)

    @staticmethod
    def difference(found, expected):
        found, expected = set(found), set(expected)
        if found == expected:
            return None
        only, missing = sorted(found - expected), sorted(expected - found)
        return (f"{len(only)} lines too many, {len(missing)} missing; e.g. "
                f"{[line[:160] for line in only[:2]]} for {[line[:160] for line in missing[:2]]}")

    def compare(self, name, path):
        """What the tool reads, and what h5py reads of the tool's copy, against h5py."""
        with h5py.File(path, "r") as f:
            expected = lines_of(f)
        dump = self.run("dump", path)
        self.result(f"{name}: read", dump.stderr[-300:] if dump.returncode else
                    self.difference(dump.stdout.splitlines(), expected))
        if name.endswith("large_attributes"):
            return
        copy = os.path.join(self.folder, "copy.h5")
        made = self.run("copy", path, copy)
        if made.returncode or made.stderr:
            return self.result(f"{name}: written", made.stderr[-300:])
        # The writer has no datasets of strings, and (0) for a null extent.
        keep = [line.replace(" null ", " (0,) ") for line in expected
                if not (line[0] == "D" and " string " in line)]
        with h5py.File(copy, "r") as f:
            self.result(f"{name}: written", self.difference(lines_of(f), keep))
        again = self.run("copy", copy, copy + "2")
        same = not again.returncode and open(copy, "rb").read() == open(copy + "2", "rb").read()
        self.result(f"{name}: the same bytes again", None if same else again.stderr[-300:] or "differ")
        self.append(name, copy)
        self.h5dump(name, copy)

    def append(self, name, path):
        """h5py may change what we wrote."""
        with h5py.File(path, "r+") as f:
            groups = [f]
            f.visititems(lambda _, item: groups.append(item) if isinstance(item, h5py.Group) else None)
            for group in groups[:50]:
                for i in range(40):
                    group.create_group(f"~new {i}")
                for old in list(group)[:3]:
                    del group[old]
                group.attrs["another"] = "x" * 5000
        with h5py.File(path, "r") as f:
            expected = lines_of(f)
        dump = self.run("dump", path)
        self.result(f"{name}: changed by h5py", dump.stderr[-300:] if dump.returncode else
                    self.difference(dump.stdout.splitlines(), expected))

    def h5dump(self, name, path):
        if shutil.which("h5dump"):
            shown = subprocess.run(["h5dump", path], capture_output=True, text=True, errors="replace")
            self.result(f"{name}: h5dump", shown.stderr[-300:] if shown.returncode or shown.stderr else None)

    def dialects(self):
        for libver in DIALECTS:
            for write in WRITERS + ([write_large_attributes] if libver != "earliest" else []):
                path = os.path.join(self.folder, "made.h5")
                with h5py.File(path, "w", libver=libver) as f:
                    write(f)
                self.compare(f"{libver} {write.__name__[6:]}", path)

    def shapes_of_file(self):
        """User blocks, narrow addresses, creation order at the root, a hard link to a parent."""
        path = os.path.join(self.folder, "made.h5")
        for libver in ("earliest", "latest"):
            with h5py.File(path, "w", libver=libver, userblock_size=2048, track_order=True) as f:
                write_types(f)
            self.compare(f"{libver} user block", path)
            for width in (2, 4):
                plist = h5py.h5p.create(h5py.h5p.FILE_CREATE)
                plist.set_sizes(width, width)
                access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
                bound = h5py.h5f.LIBVER_LATEST if libver == "latest" else h5py.h5f.LIBVER_EARLIEST
                access.set_libver_bounds(bound, h5py.h5f.LIBVER_LATEST)
                with h5py.File(h5py.h5f.create(path.encode(), fcpl=plist, fapl=access)) as f:
                    if width == 4:
                        for write in (write_types, write_strings, write_chunks):
                            # HDF5 itself loses unlimited dims in lengths of 4 bytes
                            if libver == "earliest" or write != write_chunks:
                                write(f.create_group(write.__name__))
                    write_keras(f)
                self.compare(f"{libver} addresses of {width} bytes", path)

    def made_by_the_library(self):
        library, path = hdf5_library(), os.path.join(self.folder, "made.h5")
        if library is None:
            return
        with h5py.File(path, "w", libver="latest") as f:
            write_whole_edges(f, library)
        self.compare("chunks over the edge unfiltered", path)
        plist = h5py.h5p.create(h5py.h5p.FILE_CREATE)
        library.H5Pset_istore_k(ctypes.c_int64(plist.id), ctypes.c_uint(2))
        library.H5Pset_sym_k(ctypes.c_int64(plist.id), ctypes.c_uint(1), ctypes.c_uint(2))
        access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
        access.set_libver_bounds(h5py.h5f.LIBVER_EARLIEST, h5py.h5f.LIBVER_LATEST)
        with h5py.File(h5py.h5f.create(path.encode(), fcpl=plist, fapl=access)) as f:
            for write in (write_links, write_chunks):
                write(f.create_group(write.__name__))
        with open(path, "rb") as made:
            self.result("superblock 1", None if made.read(9)[8] == 1 else "another was made")
        self.compare("small tree nodes", path)

    def bfloat16(self):
        path, copy = os.path.join(self.folder, "made.h5"), os.path.join(self.folder, "copy.h5")
        values = (random_array((50,), "f4").view("u4") & 0xffff0000).view("f4")
        with h5py.File(path, "w") as f:
            space = h5py.h5s.create_simple((50,))
            h5py.h5d.create(f.id, b"x", bfloat16_type(), space).write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        expected = f"D /x bfloat16 (50,) {(values.view('u4') >> 16).astype('<u2').tobytes().hex()}"
        self.result("bfloat16: read", self.difference(self.run("dump", path).stdout.splitlines(), ["G /", expected]))
        self.run("copy", path, copy)
        with h5py.File(copy, "r") as f:
            same = np.array_equal(f["x"][()].astype("f4"), values)
        self.result("bfloat16: written", None if same else "h5py reads other values")

    def refused(self):
        path = os.path.join(self.folder, "made.h5")
        for libver in ("earliest", "latest"):
            with h5py.File(path, "w", libver=libver) as f:
                expected = write_refused(f, self.folder)
            dump = self.run("dump", path).stdout.splitlines()
            found = {line[2:].rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in dump if line[0] == "E"}
            self.result(f"{libver} refused", None if found == expected else f"{found}")

    def cut(self):
        """A file that lost its end is refused, wherever it was cut."""
        path, short = os.path.join(self.folder, "made.h5"), os.path.join(self.folder, "short.h5")
        with h5py.File(path, "w") as f:
            write_keras(f)
        whole = open(path, "rb").read()
        accepted = 0
        for size in range(0, len(whole), 97):
            with open(short, "wb") as f:
                f.write(whole[:size])
            accepted += self.run("dump", short).returncode != 1
        self.result("cut files", f"{accepted} were accepted" if accepted else None)


def main():
    source = os.environ.get("MICA_SOURCE", ".")
    tool = sys.argv[1] if len(sys.argv) > 1 else os.path.join(source, "build/tests/codec/hdf5_tool")
    files = sys.argv[2:] or glob.glob(os.path.join(source, "../shared/models/**/*.hdf5"), recursive=True)
    with tempfile.TemporaryDirectory() as folder:
        oracle = Oracle(tool, folder)
        oracle.dialects()
        oracle.shapes_of_file()
        oracle.made_by_the_library()
        oracle.bfloat16()
        oracle.refused()
        oracle.cut()
        for path in files:
            oracle.compare(os.path.basename(path), path)
    print(f"h5py {h5py.__version__}, HDF5 {h5py.version.hdf5_version}")
    print(f"{oracle.passed} passed, {oracle.failed} failed")
    return oracle.failed > 0


if __name__ == "__main__":
    sys.exit(main())
