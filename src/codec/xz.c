/* xz files, by liblzma: see packing.h. */
#include "build_config.h"
#include "codec/packing.h"

#ifdef HAVE_LZMA

#include <lzma.h>
#include <stdlib.h>

static mica_status xz_begin(void **state, const char *name, mica_error *err) {
    static const lzma_stream fresh = LZMA_STREAM_INIT;
    const uint64_t most = 1 << 30; /* of a dictionary: xz -9 takes 64 MiB */
    lzma_stream *s = allocate(1, sizeof *s);
    if (!s) return fail_no_memory(err, name);
    *s = fresh;
    if (lzma_stream_decoder(s, most, LZMA_CONCATENATED) == LZMA_OK) return *state = s, MICA_OK;
    free(s);
    return fail_no_memory(err, name);
}

static mica_status xz_step(void *state, unpack_step *u, const char *name, mica_error *err) {
    lzma_stream *s = state;
    s->next_in = u->in, s->avail_in = u->in_left;
    s->next_out = u->out, s->avail_out = u->out_left;
    lzma_ret r = lzma_code(s, u->last ? LZMA_FINISH : LZMA_RUN);
    u->in = s->next_in, u->in_left = s->avail_in;
    u->out = s->next_out, u->out_left = s->avail_out;
    u->whole = r == LZMA_STREAM_END;
    if (r == LZMA_MEM_ERROR || r == LZMA_MEMLIMIT_ERROR) return fail_no_memory(err, name);
    if (r != LZMA_OK && r != LZMA_STREAM_END && !(r == LZMA_BUF_ERROR && !u->last))
        return fail(err, MICA_FORMAT, "%s: the xz data is cut short or damaged", name);
    return MICA_OK;
}

static void xz_end(void *state) {
    lzma_end(state);
    free(state);
}

#else

static mica_status xz_begin(void **state, const char *name, mica_error *err) {
    return fail(err, MICA_UNSUPPORTED, "%s: this mica is built without liblzma: unxz it first",
                name);
}

static mica_status xz_step(void *state, unpack_step *u, const char *name, mica_error *err) {
    return xz_begin(NULL, name, err);
}

static void xz_end(void *state) {}

#endif

const packing packing_xz = {.name = "xz",
                            .magic = "\xfd\x37zXZ\0",
                            .length = 6,
                            .begin = xz_begin,
                            .step = xz_step,
                            .end = xz_end};
