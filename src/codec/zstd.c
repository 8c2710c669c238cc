/* zstd files, by libzstd: see packing.h. */
#include "build_config.h"
#include "codec/packing.h"

#ifdef HAVE_ZSTD

#include <stdlib.h>
#include <zstd.h>

typedef struct zstd_state {
    ZSTD_DStream *stream;
    size_t left; /* 0: a frame ended with the last byte */
} zstd_state;

static mica_status zstd_begin(void **state, const char *name, mica_error *err) {
    zstd_state *z = allocate(1, sizeof *z);
    if (!z || !(z->stream = ZSTD_createDStream())) return free(z), fail_no_memory(err, name);
    z->left = 1;
    *state = z;
    return MICA_OK;
}

static mica_status zstd_step(void *state, unpack_step *u, const char *name, mica_error *err) {
    zstd_state *z = state;
    ZSTD_inBuffer in = {u->in, u->in_left, 0};
    ZSTD_outBuffer out = {u->out, u->out_left, 0};
    bool moves = true;
    while (moves && out.pos < out.size && (in.pos < in.size || z->left)) {
        const size_t taken = in.pos, made = out.pos;
        z->left = ZSTD_decompressStream(z->stream, &out, &in);
        if (ZSTD_isError(z->left))
            return fail(err, MICA_FORMAT, "%s: the zstd data is damaged (%s)", name,
                        ZSTD_getErrorName(z->left));
        moves = in.pos > taken || out.pos > made;
    }
    if (u->last && !moves) return fail(err, MICA_FORMAT, "%s: the zstd data is cut short", name);
    u->whole = u->last && in.pos == in.size && !z->left;
    u->in += in.pos, u->in_left -= in.pos;
    u->out += out.pos, u->out_left -= out.pos;
    return MICA_OK;
}

static void zstd_end(void *state) {
    ZSTD_freeDStream(((zstd_state *)state)->stream);
    free(state);
}

#else

static mica_status zstd_begin(void **state, const char *name, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this mica is built without libzstd: unzstd it first",
                name);
}

static mica_status zstd_step(void *state, unpack_step *u, const char *name, mica_error *err) {
    return zstd_begin(NULL, name, err);
}

static void zstd_end(void *state) {}

#endif

const packing packing_zstd = {.name = "zstd",
                              .magic = "\x28\xb5\x2f\xfd",
                              .length = 4,
                              .begin = zstd_begin,
                              .step = zstd_step,
                              .end = zstd_end};
