/* Growing text, and the nearest known name for an unknown one. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include "base/memory.h"

/* Zero-initialised is empty. After a failed allocation `failed` is set and nothing is added. */
typedef struct strbuf {
    char *data; /* NUL-terminated once anything was added; else NULL */
    size_t length, capacity;
    bool failed;
} strbuf;

void strbuf_add(strbuf *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A real with so many digits behind the '.', which it is in every locale. */
void strbuf_add_fixed(strbuf *t, int digits, double value);
void strbuf_put(strbuf *t, const char *bytes, size_t count);
/* A text as JSON has it, in quotes, with escapes; it is UTF-8. */
void strbuf_put_quoted(strbuf *t, const char *text, size_t size);
/* The same of whatever bytes: what belongs to no letter is U+FFFD, what is not plain is \uXXXX. */
void strbuf_put_quoted_bytes(strbuf *t, const char *bytes, size_t size);
void strbuf_free(strbuf *t);

/* Of `names` (ending in NULL) the one with the least edit distance to `name`, if at most a third
 * of its letters differ (two that changed places are one); before that the only one that begins
 * with it; else NULL. */
const char *nearest_name(const char *name, const char *const *names);

/* Of a hexadecimal digit; -1: it is none. */
int hex_value(char c);

/* A real in the shortest form that reads back the same, with '.' in every locale. */
void format_real(char out[32], double value);
/* A whole number; the length is returned. */
size_t format_integer(char out[24], int64_t value);

#endif
