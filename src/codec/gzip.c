/* gzip: see gzip.h, packing.h. In memory by libdeflate where built with it, step by step by zlib.
 */
#include "codec/gzip.h"

#include "build_config.h"
#include "codec/deflate.h"
#include "codec/packing.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

#define SMALLEST_MEMBER 18

bool gzip_is(const void *bytes, size_t size) {
    const unsigned char *b = bytes;
    return size >= 2 && b[0] == 0x1f && b[1] == 0x8b;
}

static size_t first_guess(const unsigned char *bytes, size_t size) {
    size_t named = size < SMALLEST_MEMBER
                       ? 0
                       : (size_t)bytes[size - 4] | (size_t)bytes[size - 3] << 8 |
                             (size_t)bytes[size - 2] << 16 | (size_t)bytes[size - 1] << 24;
    size_t most = size * DEFLATE_HIGHEST_RATIO + 64;
    return (named && named < most ? named : most < 65536 ? most : 65536) + 1;
}

static mica_status broken(const char *name, mica_error *err) {
    return fail(err, MICA_FORMAT, "%s: the gzip data is cut short or damaged", name);
}

#ifdef HAVE_LIBDEFLATE
static mica_status unpack(const unsigned char *bytes, size_t size, size_t room, const char *name,
                          file_bytes *out, mica_error *err) {
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    mica_status status = d ? MICA_OK : fail_no_memory(err, name);
    while (size && status == MICA_OK) {
        size_t used = 0, made = 0;
        enum libdeflate_result r = libdeflate_gzip_decompress_ex(
            d, bytes, size, out->data + out->size, room - out->size, &used, &made);
        if (r == LIBDEFLATE_INSUFFICIENT_SPACE) {
            if (!unpack_room(out, &room)) status = fail_memory(err, room, name);
        } else if (r != LIBDEFLATE_SUCCESS || !used) {
            status = broken(name, err);
        } else {
            out->size += made;
            bytes += used;
            size -= used;
            if (size && !gzip_is(bytes, size)) size = 0; /* padding after the last member */
        }
    }
    libdeflate_free_decompressor(d);
    return status;
}
#endif

/* ---- step by step ---- */

typedef struct gzip_state {
    z_stream z;
    bool between; /* a member has ended; whether another one follows is not known yet */
} gzip_state;

static mica_status gzip_begin(void **state, const char *name, mica_error *err) {
    gzip_state *g = allocate(1, sizeof *g);
    if (!g || inflateInit2(&g->z, 15 + 16) != Z_OK) return free(g), fail_no_memory(err, name);
    *state = g;
    return MICA_OK;
}

/* Behind a member: another one, or padding, which is left alone. */
static void next_member(gzip_state *g, unpack_step *u) {
    if (u->in_left < 2 && !u->last) return;
    if (!gzip_is(u->in, u->in_left)) {
        u->whole = true;
        return;
    }
    inflateReset(&g->z);
    g->between = false;
}

static mica_status gzip_step(void *state, unpack_step *u, const char *name, mica_error *err) {
    enum { MOST = 1 << 30 }; /* what zlib takes at a time */
    gzip_state *g = state;
    if (g->between) next_member(g, u);
    if (g->between) return MICA_OK;
    size_t in = u->in_left < MOST ? u->in_left : MOST,
           out = u->out_left < MOST ? u->out_left : MOST;
    g->z.next_in = (unsigned char *)u->in, g->z.avail_in = (uInt)in;
    g->z.next_out = u->out, g->z.avail_out = (uInt)out;
    int r = inflate(&g->z, Z_NO_FLUSH);
    in -= g->z.avail_in, out -= g->z.avail_out;
    u->in += in, u->in_left -= in;
    u->out += out, u->out_left -= out;
    g->between = r == Z_STREAM_END;
    const bool stands = r == Z_BUF_ERROR && !(u->last && !u->in_left && u->out_left);
    return r == Z_OK || r == Z_STREAM_END || stands ? MICA_OK : broken(name, err);
}

static void gzip_end(void *state) {
    inflateEnd(&((gzip_state *)state)->z);
    free(state);
}

#ifndef HAVE_LIBDEFLATE
static mica_status unpack(const unsigned char *bytes, size_t size, size_t room, const char *name,
                          file_bytes *out, mica_error *err) {
    unpack_step u = {.in = bytes, .in_left = size, .last = true};
    void *state;
    TRY(gzip_begin(&state, name, err));
    mica_status status = MICA_OK;
    while (status == MICA_OK && !u.whole) {
        u.out = out->data + out->size, u.out_left = room - out->size;
        status = gzip_step(state, &u, name, err);
        out->size = room - u.out_left;
        if (status == MICA_OK && out->size == room && !unpack_room(out, &room))
            status = fail_memory(err, room, name);
    }
    gzip_end(state);
    return status;
}
#endif

mica_status gzip_unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                        mica_error *err) {
    size_t room = first_guess(bytes, size);
    *out = (file_bytes){0};
    if (!gzip_is(bytes, size)) return broken(name, err);
    *out = (file_bytes){allocate_aligned(room), 0}; /* large: in huge pages, which fault rarely */
    if (!out->data) return fail_memory(err, room, name);
    mica_status status = unpack(bytes, size, room, name, out, err);
    if (status == MICA_OK) return MICA_OK;
    free(out->data);
    *out = (file_bytes){0};
    return status;
}

const packing packing_gzip = {.name = "gzip",
                              .magic = "\x1f\x8b",
                              .length = 2,
                              .begin = gzip_begin,
                              .step = gzip_step,
                              .end = gzip_end,
                              .unpack = gzip_unpack};
