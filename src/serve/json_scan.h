/* JSON (RFC 8259) read in one pass over bytes that need no closing NUL; strict: UTF-8, no comments,
 * nothing behind the value. A text without escapes is a piece of the bytes, so nothing is allocated
 * but for texts with escapes, in the arena. The first error stays: what was expected and found, at
 * which byte. Reading functions return false once there is one. */
#ifndef SERVE_JSON_SCAN_H
#define SERVE_JSON_SCAN_H

#include "base/memory.h"
#include "tensor/tensor.h"

#define JSON_DEPTH 32 /* lists and objects in each other */

typedef struct json_scan {
    const char *begin, *at, *end;
    arena *memory;
    mica_error *err;
    mica_status status;
    int depth;
    bool base64; /* a text in an array may be {"b64": "…"} */
} json_scan;

void scan_open(json_scan *s, const char *text, size_t length, arena *memory, mica_error *err);
/* There is nothing more; the status of the whole. */
mica_status scan_close(json_scan *s);
/* Leaves the error "byte N: expected …, found …"; false. */
bool scan_expected(json_scan *s, const char *what);
/* Leaves an error with a text of its own and the same place before it; false. */
bool scan_fail(json_scan *s, mica_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The first byte of what comes; 0: nothing. */
char scan_peek(json_scan *s);
/* A list or an object element by element; *n counts and is 0 at first:
 *     for (int64_t n = 0; scan_element(s, &n);) …
 * False at its end and after an error. */
bool scan_element(json_scan *s, int64_t *n);
bool scan_member(json_scan *s, int64_t *n, mica_string *name);

bool scan_text(json_scan *s, mica_string *out);
bool scan_boolean(json_scan *s, bool *out);
bool scan_whole(json_scan *s, int64_t *out); /* a number without point or exponent */
bool scan_skip(json_scan *s);                /* any value; it is checked */
bool scan_skip_number(json_scan *s);
static inline bool scan_is(const mica_string *text, const char *name) {
    return text->size == __builtin_strlen(name) && !__builtin_memcmp(text->bytes, name, text->size);
}

/* ---- arrays (json_array.c) ---- */

/* An array of that shape into row-major memory: lists in lists, as deep as the shape; `flat`: one
 * list of all elements may stand for it. Integers are whole and in range, floats become finite
 * ones, bools are true and false, strings texts, copied. */
bool scan_array(json_scan *s, mica_dtype dtype, const shape *shape, bool flat, void *out);
/* The shape of the array that comes, by the first element of each list; s stays where it is. */
bool scan_measure(json_scan *s, shape *out);

#endif
