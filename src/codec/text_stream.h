/* A text file as UTF-8 from its first letter to its last, as often as it is asked, in little
 * memory: unpacked, without its mark, from the encoding it is in. What text_file_read gives, in
 * pieces. */
#ifndef CODEC_TEXT_STREAM_H
#define CODEC_TEXT_STREAM_H

#include "codec/byte_stream.h"
#include "codec/text_encoding.h"

#include <iconv.h>

typedef struct text_passed {
    uint64_t bytes; /* before it, behind the mark */
    int64_t lines;
} text_passed;

typedef struct text_stream {
    byte_stream bytes;
    const char *name;
    char *encoding; /* that it was said to be in, or NULL */
    const text_mark *mark;
    const char *from; /* what is converted; NULL: it is UTF-8 */
    iconv_t convert;
    char *in; /* bytes that are not converted yet, or the begin of a letter that is cut */
    size_t in_filled;
    text_passed converted, given; /* how far, until it is checked */
    bool guessed;                 /* from: by what the bytes look like */
    bool checked; /* all of it was gone through and is text: it is not looked at again */
    bool ended;
    bool again; /* what was given is void: it is GB18030, and has to be gone through again */
} text_stream;

enum { TEXT_STREAM_LEAST = 256 }; /* bytes that a read has room for, at least */

/* As text_file_read; `name` lives as long. The stream is at its begin. */
mica_status text_stream_open(text_stream *s, const char *path, const char *encoding,
                             mica_error *err);
mica_status text_stream_begin(text_stream *s, mica_error *err);
/* The next letters, none of them cut; *got 0: the end, or `again`. Errors are those of
 * text_file_read. */
mica_status text_stream_read(text_stream *s, char *to, size_t room, size_t *got, mica_error *err);
/* *encoding: NULL where the file has a mark or is UTF-8, else `likely`: all of it is looked at.
 * What keeps it from being read is for the one who reads it to say. */
void text_encoding_find(const char *path, const char *likely, const char **encoding);
/* Which encoding it is in, as far as is known now. */
const char *text_stream_encoding(const text_stream *s);
void text_stream_close(text_stream *s); /* of one that text_stream_open was called for */

#endif
