/* Text files as UTF-8 in memory: unpacked (gzip, xz, zstd), without a byte order mark, from any
 * encoding that iconv knows. */
#ifndef CODEC_TEXT_FILE_H
#define CODEC_TEXT_FILE_H

#include "base/file.h"
#include "base/parallel.h"

#define TEXT_MARGIN 64 /* readable bytes before and behind the text */

typedef struct text_file {
    char *block;          /* what is freed */
    char *bytes;          /* the text; a newline ends it, added where the file has none */
    size_t size;          /* with that newline; 0: the file is empty */
    const char *encoding; /* which it was */
    bool guessed;         /* by what the bytes look like: nobody told it, nor does a mark */
    int64_t lines;        /* before it, where it is a part of a file */
} text_file;

/* encoding NULL: found. UTF-8 and UTF-16 by their mark; else UTF-8 where it is valid; else GB18030
 * where it is valid and most of it are characters of GB2312. Errors: FORMAT with the line of the
 * first byte that is wrong; a NUL byte is one. */
mica_status text_file_read(const char *path, const char *encoding, team *team, text_file *out,
                           mica_error *err);
/* The same of bytes in memory, which are copied. */
mica_status text_file_of(const void *bytes, size_t size, const char *name, const char *encoding,
                         text_file *out, mica_error *err);
void text_file_free(text_file *t);
/* Whether they are text in UTF-8, without a NUL. */
bool text_is_utf8(const char *bytes, size_t size);
/* The line of a place in the text, from 1. */
int64_t text_line(const text_file *t, const char *at);

#endif
