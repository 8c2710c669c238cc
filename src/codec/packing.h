/* How a file may be packed. To add a packing Foo: write src/codec/foo.c with `const packing
 * packing_foo`, and add PACKING(foo) to packings.def: then texts and tables are read from it, whole
 * and in blocks. */
#ifndef CODEC_PACKING_H
#define CODEC_PACKING_H

#include "base/file.h"

/* One step of unpacking: it takes from the front of `in`, and fills the front of `out`. What is
 * left of `in` comes again, with more behind it. */
typedef struct unpack_step {
    const unsigned char *in;
    size_t in_left;
    bool last; /* nothing comes behind `in` */
    unsigned char *out;
    size_t out_left;
    bool whole; /* becomes true: all is unpacked */
} unpack_step;

typedef struct packing {
    const char *name;
    const char *magic; /* what such a file begins with */
    size_t length;
    /* Errors: UNSUPPORTED where this build lacks the library. */
    mica_status (*begin)(void **state, const char *name, mica_error *err);
    /* As far as it gets. Where `last` holds and nothing more comes of it, it is a FORMAT error. */
    mica_status (*step)(void *state, unpack_step *s, const char *name, mica_error *err);
    void (*end)(void *state);
    /* All of a file in memory, where that is faster than step by step; may be NULL. */
    mica_status (*unpack)(const void *bytes, size_t size, const char *name, file_bytes *out,
                          mica_error *err);
} packing;

/* NULL: the bytes begin with the magic of none. */
const packing *packing_of(const void *bytes, size_t size);
enum { PACKING_MAGIC_MOST = 8 }; /* bytes that tell it */
/* Makes `out`, which has room for so many bytes, larger: 64 KiB first, then twice the room. False:
 * there is not so much memory, or it is a bomb. */
bool unpack_room(file_bytes *out, size_t *room);

#endif
