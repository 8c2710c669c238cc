/* zstd files, by libzstd: see unpack.h. */
#include "build_config.h"
#include "codec/unpack.h"

#ifdef HAVE_ZSTD

#include <zstd.h>

static mica_status decode(ZSTD_DStream *d, ZSTD_inBuffer *in, const char *name, file_bytes *out,
                          mica_error *err) {
    size_t room = 0, left = 1;
    while (in->pos < in->size || out->size == room) {
        if (out->size == room && !unpack_room(out, &room)) return fail_memory(err, room, name);
        ZSTD_outBuffer to = {out->data, room, out->size};
        left = ZSTD_decompressStream(d, &to, in);
        if (ZSTD_isError(left))
            return fail(err, MICA_FORMAT, "%s: the zstd data is damaged (%s)", name,
                        ZSTD_getErrorName(left));
        out->size = to.pos;
    }
    if (left) return fail(err, MICA_FORMAT, "%s: the zstd data is cut short", name);
    return MICA_OK;
}

mica_status zstd_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                        mica_error *err) {
    ZSTD_DStream *d = ZSTD_createDStream();
    if (!d) return fail_no_memory(err, name);
    mica_status status = decode(d, &(ZSTD_inBuffer){bytes, size, 0}, name, out, err);
    ZSTD_freeDStream(d);
    return status;
}

#else

mica_status zstd_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                        mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this mica is built without libzstd: unzstd it first",
                name);
}

#endif
