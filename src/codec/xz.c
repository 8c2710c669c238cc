/* xz files, by liblzma: see unpack.h. */
#include "build_config.h"
#include "codec/unpack.h"

#ifdef HAVE_LZMA

#include <lzma.h>

static mica_status decode(lzma_stream *s, const char *name, file_bytes *out, mica_error *err) {
    size_t room = 0;
    for (;;) {
        if (out->size == room && !unpack_room(out, &room)) return fail_memory(err, room, name);
        s->next_out = out->data + out->size;
        s->avail_out = room - out->size;
        lzma_ret r = lzma_code(s, LZMA_FINISH);
        out->size = room - s->avail_out;
        if (r == LZMA_STREAM_END) return MICA_OK;
        if (r == LZMA_MEM_ERROR || r == LZMA_MEMLIMIT_ERROR) return fail_no_memory(err, name);
        if (r != LZMA_OK)
            return fail(err, MICA_FORMAT, "%s: the xz data is cut short or damaged", name);
    }
}

mica_status xz_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                      mica_error *err) {
    lzma_stream s = LZMA_STREAM_INIT;
    const uint64_t most = 1 << 30; /* of a dictionary: xz -9 takes 64 MiB */
    if (lzma_stream_decoder(&s, most, LZMA_CONCATENATED) != LZMA_OK)
        return fail_no_memory(err, name);
    s.next_in = bytes;
    s.avail_in = size;
    mica_status status = decode(&s, name, out, err);
    lzma_end(&s);
    return status;
}

#else

mica_status xz_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                      mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this mica is built without liblzma: unxz it first",
                name);
}

#endif
