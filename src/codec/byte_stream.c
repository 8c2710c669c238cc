/* Bytes of files: see byte_stream.h. */
#include "codec/byte_stream.h"

#include <stdlib.h>
#include <string.h>

enum { PACKED = 1 << 18 }; /* bytes of the packed file that are read at a time */

static mica_status open_packed(byte_stream *s, mica_error *err) {
    unsigned char magic[PACKING_MAGIC_MOST];
    size_t count = s->file.size < sizeof magic ? (size_t)s->file.size : sizeof magic;
    TRY(file_read_at(&s->file, 0, magic, count, err));
    s->packing = packing_of(magic, count);
    if (!s->packing) return MICA_OK;
    s->in = malloc(PACKED);
    return s->in ? s->packing->begin(&s->state, s->file.path, err)
                 : fail_no_memory(err, s->file.path);
}

mica_status byte_stream_open(byte_stream *s, const char *path, mica_error *err) {
    *s = (byte_stream){0};
    mica_status status = file_open(&s->file, path, err);
    if (status == MICA_OK) status = open_packed(s, err);
    if (status != MICA_OK) byte_stream_close(s);
    return status;
}

void byte_stream_close(byte_stream *s) {
    if (s->state) s->packing->end(s->state);
    free(s->in);
    file_close(&s->file);
    *s = (byte_stream){.file.descriptor = -1};
}

mica_status byte_stream_begin(byte_stream *s, mica_error *err) {
    s->at = 0, s->in_at = s->in_filled = 0, s->ended = false;
    if (!s->packing) return MICA_OK;
    if (s->state) s->packing->end(s->state);
    s->state = NULL;
    return s->packing->begin(&s->state, s->file.path, err);
}

/* The next bytes of the file, behind what is not unpacked yet. */
static mica_status read_packed(byte_stream *s, mica_error *err) {
    size_t rest = s->in_filled - s->in_at;
    uint64_t left = s->file.size - s->at;
    memmove(s->in, s->in + s->in_at, rest);
    size_t count = left < PACKED - rest ? (size_t)left : PACKED - rest;
    TRY(file_read_at(&s->file, s->at, s->in + rest, count, err));
    s->at += count, s->in_at = 0, s->in_filled = rest + count;
    return MICA_OK;
}

static mica_status unpack_some(byte_stream *s, unsigned char *to, size_t room, size_t *got,
                               mica_error *err) {
    unpack_step u = {.out = to, .out_left = room};
    while (u.out_left && !u.whole) {
        if (s->at < s->file.size && s->in_filled - s->in_at < PACKED / 2) TRY(read_packed(s, err));
        u.in = s->in + s->in_at, u.in_left = s->in_filled - s->in_at;
        u.last = s->at == s->file.size;
        TRY(s->packing->step(s->state, &u, s->file.path, err));
        s->in_at = s->in_filled - u.in_left;
    }
    s->ended = u.whole;
    *got = room - u.out_left;
    return MICA_OK;
}

mica_status byte_stream_read(byte_stream *s, void *to, size_t room, size_t *got, mica_error *err) {
    *got = 0;
    if (s->ended) return MICA_OK;
    if (s->packing) return unpack_some(s, to, room, got, err);
    uint64_t left = s->file.size - s->at;
    size_t count = room < left ? room : (size_t)left;
    TRY(file_read_at(&s->file, s->at, to, count, err));
    s->at += count, *got = count;
    s->ended = s->at == s->file.size;
    return MICA_OK;
}
