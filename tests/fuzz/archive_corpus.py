"""Makes the corpus of archive: a small tar of each kind and packing, zips, links, names that lead out."""
import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "archive")
os.makedirs(HERE, exist_ok=True)
PICTURE = b"P5 3 2 255\n" + bytes(range(6))


def put(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def tar(kind, names):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind, bufsize=512) as t:
        for name, link in names:
            member = tarfile.TarInfo(name)
            if link:
                member.type, member.linkname = link
            elif name.endswith("/"):
                member.type = tarfile.DIRTYPE
            else:
                member.size = len(PICTURE)
            t.addfile(member, None if link or name.endswith("/") else io.BytesIO(PICTURE))
    whole = out.getvalue()
    used = -(-len(whole.rstrip(b"\0")) // 512) * 512
    return whole[:used + 1024]  # of the zeros at the end two blocks do


def zipped(method, names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name in names:
            z.writestr(zipfile.ZipInfo(name), PICTURE, method)
    return out.getvalue()


PLAIN = [("a/1.pgm", None), ("./b/2.pgm", None), ("c/", None), ("a/readme", None)]
put("ustar", tar(tarfile.USTAR_FORMAT, PLAIN))
put("pax", tar(tarfile.PAX_FORMAT, [("\xe4" * 60 + "/1.pgm", None)]))
put("gnu", tar(tarfile.GNU_FORMAT, [("long" * 30 + "/1.pgm", None)]))
put("links", tar(tarfile.USTAR_FORMAT, PLAIN[:1] + [("b/1.pgm", (tarfile.LNKTYPE, "a/1.pgm")),
                                                    ("b/2.pgm", (tarfile.SYMTYPE, "../../etc/passwd"))]))
put("out", tar(tarfile.USTAR_FORMAT, [("../1.pgm", None)]))
put("gzip", gzip.compress(tar(tarfile.USTAR_FORMAT, PLAIN), mtime=0))
put("xz", lzma.compress(tar(tarfile.USTAR_FORMAT, PLAIN)))
put("bzip2", bz2.compress(tar(tarfile.USTAR_FORMAT, PLAIN)))
put("stored", zipped(zipfile.ZIP_STORED, ["a/1.pgm", "b/2.pgm", "a/readme"]))
put("deflated", zipped(zipfile.ZIP_DEFLATED, ["a/1.pgm", "/b//2.pgm", "a/1.pgm"]))
