/* The bytes of a file, unpacked where it is packed (codec/packing.h), from the first to the last,
 * as often as it is asked: in little memory, however large it is. */
#ifndef CODEC_BYTE_STREAM_H
#define CODEC_BYTE_STREAM_H

#include "codec/packing.h"

typedef struct byte_stream {
    file_reader file;
    const packing *packing; /* NULL: the file's bytes as they are */
    void *state;
    uint64_t at;             /* in the file: what is read next */
    unsigned char *in;       /* packed bytes that are read */
    size_t in_at, in_filled; /* those that are unpacked, that are there */
    bool ended;              /* all of it was given */
} byte_stream;

/* The stream is at its begin. */
mica_status byte_stream_open(byte_stream *s, const char *path, mica_error *err);
mica_status byte_stream_begin(byte_stream *s, mica_error *err);
/* Fills `to` with the next bytes; *got fewer than its room only at the end. */
mica_status byte_stream_read(byte_stream *s, void *to, size_t room, size_t *got, mica_error *err);
void byte_stream_close(byte_stream *s); /* also of zeroes, but for file.descriptor -1 */

#endif
