/* zip archives: members stored or deflated, zip64, from a file or memory; written with the same.
 * Encrypted members, other methods and archives of several disks are refused. No member is believed
 * to be larger than its packed bytes can hold.  Source: PKWARE's APPNOTE. */
#ifndef CODEC_ZIP_H
#define CODEC_ZIP_H

#include "base/file.h"
#include "tensor/tensor.h"

typedef struct zip_member {
    char *name;
    int method; /* 0 stored, 8 deflated */
    uint32_t crc;
    uint64_t packed, size, header; /* bytes in the archive, bytes unpacked, where its header is */
} zip_member;

typedef struct zip {
    char *name; /* for errors */
    file_reader file;
    const unsigned char *memory; /* NULL: in the file */
    uint64_t bytes;
    size_t count;
    zip_member *member;
    arena names;
} zip;

bool zip_is(const void *bytes, size_t size);
mica_status zip_open(zip *z, const char *path, mica_error *err);
/* Over bytes that the caller keeps until zip_close. */
mica_status zip_open_memory(zip *z, const void *bytes, size_t size, const char *name,
                            mica_error *err);
void zip_close(zip *z);
/* The member of that name; NULL: there is none. */
const zip_member *zip_find(const zip *z, const char *name);
/* The bytes of a member, checked by its CRC; a reference that the caller drops. */
mica_status zip_read(const zip *z, const zip_member *m, buffer **out, mica_error *err);

typedef struct zip_writer {
    file_writer file;
    char *name;
    zip_member *member;
    size_t count, room;
    arena names;
} zip_writer;

mica_status zip_begin(zip_writer *w, const char *path, mica_error *err);
/* `pack`: deflated where that makes it smaller. */
mica_status zip_add(zip_writer *w, const char *name, const void *bytes, size_t size, bool pack,
                    mica_error *err);
mica_status zip_commit(zip_writer *w, mica_error *err);
void zip_cancel(zip_writer *w);

#endif
