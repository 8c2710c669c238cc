/* Packed files by content: see unpack.h and packing.h. */
#include "codec/unpack.h"

#include "base/parallel.h"
#include "codec/packing.h"

#include <stdlib.h>
#include <string.h>

#define PACKING(name) extern const packing packing_##name;
#include "codec/packings.def"
#undef PACKING

static const packing *const packings[] = {
#define PACKING(name) &packing_##name,
#include "codec/packings.def"
#undef PACKING
};

const packing *packing_of(const void *bytes, size_t size) {
    for (size_t i = 0; i < LENGTH(packings); i++)
        if (size >= packings[i]->length && !memcmp(bytes, packings[i]->magic, packings[i]->length))
            return packings[i];
    return NULL;
}

const char *packed_kind(const void *bytes, size_t size) {
    const packing *p = packing_of(bytes, size);
    return p ? p->name : NULL;
}

bool unpack_room(file_bytes *out, size_t *room) {
    size_t wanted = *room ? *room * 2 : 65536;
    if (*room > SIZE_MAX / 4 || (*room && (int64_t)wanted > memory_available())) return false;
    unsigned char *larger = realloc(out->data, wanted);
    if (!larger) return false;
    out->data = larger;
    *room = wanted;
    return true;
}

static mica_status by_steps(const packing *p, void *state, unpack_step *s, const char *name,
                            file_bytes *out, mica_error *err) {
    size_t room = 0;
    while (!s->whole) {
        if (out->size == room && !unpack_room(out, &room)) return fail_memory(err, room, name);
        s->out = out->data + out->size;
        s->out_left = room - out->size;
        TRY(p->step(state, s, name, err));
        out->size = room - s->out_left;
    }
    return MICA_OK;
}

static mica_status unpack_with(const packing *p, const void *bytes, size_t size, const char *name,
                               file_bytes *out, mica_error *err) {
    void *state;
    unpack_step s = {.in = bytes, .in_left = size, .last = true};
    if (p->unpack) return p->unpack(bytes, size, name, out, err);
    TRY(p->begin(&state, name, err));
    mica_status status = by_steps(p, state, &s, name, out, err);
    p->end(state);
    return status;
}

mica_status unpack(const void *bytes, size_t size, const char *name, file_bytes *out,
                   mica_error *err) {
    const packing *p = packing_of(bytes, size);
    *out = (file_bytes){0};
    if (!p) return fail(err, MICA_FORMAT, "%s: neither gzip nor xz nor zstd", name);
    mica_status status = unpack_with(p, bytes, size, name, out, err);
    if (status == MICA_OK) return MICA_OK;
    free(out->data);
    *out = (file_bytes){0};
    return status;
}
