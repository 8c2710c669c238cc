/* A text in stretches of whole rows (of CSV, of JSON Lines): each is a text_file like any other,
 * until the next one comes. */
#ifndef CODEC_TEXT_ROWS_H
#define CODEC_TEXT_ROWS_H

#include "codec/text_file.h"
#include "codec/text_stream.h"
#include "table/table.h"

typedef struct text_rows {
    text_stream stream;
    char *name;
    size_t each; /* bytes of a stretch, about */
    /* Where the last whole row in begin … end ends, where a row begins; NULL: none does. */
    const char *(*rows_end)(const void *arg, const char *begin, const char *end);
    const void *arg;
    text_file text;      /* the stretch; what follows it lies behind it */
    size_t filled, room; /* bytes that are there, that fit */
} text_rows;

/* The caller sets rows_end before the first text_rows_next. `each` is at least 1. */
mica_status text_rows_open(text_rows *r, const char *path, const char *encoding, size_t each,
                           mica_error *err);
/* From the first row on; `skip`: what was found to be before it. */
mica_status text_rows_begin(text_rows *r, size_t skip, mica_error *err);
/* At least so many bytes lie at text.bytes, or all that there are: then *all. A newline ends the
 * last line. */
mica_status text_rows_fill(text_rows *r, size_t until, bool *all, mica_error *err);
/* The next rows; a text of size 0 at the end, and where stream.again became true. */
mica_status text_rows_next(text_rows *r, mica_error *err);
/* Tells a table of them in which encoding the text is. False: no memory. */
bool text_rows_tell(const text_rows *r, mica_table *t);
/* Gives the buffer back; next is text_rows_begin. */
void text_rows_shrink(text_rows *r);
void text_rows_close(text_rows *r); /* also of zeroes, but for those of text_stream_close */

#endif
