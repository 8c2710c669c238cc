/* zip, reading: see zip.h. The directory at the end is what counts; the header before a member only
 * tells where its bytes begin. */
#include "codec/zip.h"

#include "codec/bytes.h"
#include "codec/deflate.h"

#include <stdlib.h>
#include <string.h>

enum { END_SIZE = 22, LOCATOR_SIZE = 20, END64_SIZE = 56, ENTRY_SIZE = 46, HEADER_SIZE = 30 };
#define END_MARK 0x06054b50u
#define LOCATOR_MARK 0x07064b50u
#define END64_MARK 0x06064b50u
#define ENTRY_MARK 0x02014b50u
#define HEADER_MARK 0x04034b50u
#define LONGEST_COMMENT 65535u

bool zip_is(const void *bytes, size_t size) {
    const unsigned char *b = bytes;
    return size >= 4 && (little32(b) == HEADER_MARK || little32(b) == END_MARK);
}

static mica_status damaged(const zip *z, mica_error *err, const char *what) {
    return fail(err, MICA_FORMAT, "%s: the zip archive is damaged or cut short: %s", z->name, what);
}

static mica_status read_at(const zip *z, uint64_t at, void *out, size_t count, const char *what,
                           mica_error *err) {
    if (at > z->bytes || count > z->bytes - at) return damaged(z, err, what);
    if (!z->memory) return file_read_at(&z->file, at, out, count, err);
    memcpy(out, z->memory + at, count);
    return MICA_OK;
}

/* ---- the directory ---- */

typedef struct directory {
    uint64_t count, bytes, at;
} directory;

static mica_status read_end64(const zip *z, uint64_t end, directory *d, mica_error *err) {
    unsigned char b[END64_SIZE];
    if (end < LOCATOR_SIZE) return damaged(z, err, "no zip64 locator");
    TRY(read_at(z, end - LOCATOR_SIZE, b, LOCATOR_SIZE, "no zip64 locator", err));
    if (little32(b) != LOCATOR_MARK) return damaged(z, err, "no zip64 locator");
    TRY(read_at(z, little64(b + 8), b, END64_SIZE, "no zip64 end", err));
    if (little32(b) != END64_MARK) return damaged(z, err, "no zip64 end");
    *d = (directory){little64(b + 32), little64(b + 40), little64(b + 48)};
    return MICA_OK;
}

static mica_status find_directory(const zip *z, directory *d, mica_error *err) {
    size_t tail = z->bytes < END_SIZE + LONGEST_COMMENT ? (size_t)z->bytes
                                                        : END_SIZE + LONGEST_COMMENT;
    if (tail < END_SIZE)
        return fail(err, MICA_FORMAT, "%s: not a zip archive: %zu bytes", z->name, tail);
    unsigned char *b = malloc(tail);
    if (!b) return fail_memory(err, tail, z->name);
    mica_status status = read_at(z, z->bytes - tail, b, tail, "its end", err);
    size_t at = tail - END_SIZE;
    while (status == MICA_OK && little32(b + at) != END_MARK)
        if (at-- == 0)
            status = fail(err, MICA_FORMAT,
                          "%s: not a zip archive, or cut short: it has no end record", z->name);
    if (status == MICA_OK) {
        *d = (directory){little16(b + at + 10), little32(b + at + 12), little32(b + at + 16)};
        bool wide = d->count == 0xffff || d->bytes == 0xffffffffu || d->at == 0xffffffffu;
        if (little16(b + at + 4))
            status = fail(err, MICA_UNSUPPORTED, "%s: a zip archive of several disks", z->name);
        else if (wide) status = read_end64(z, z->bytes - tail + at, d, err);
    }
    free(b);
    return status;
}

/* The zip64 numbers stand in for those that are all ones, in this order. */
static bool widen(zip_member *m, const unsigned char *extra, size_t length) {
    uint64_t *field[3] = {&m->size, &m->packed, &m->header};
    while (length >= 4) {
        size_t n = little16(extra + 2);
        if (n > length - 4) return false;
        if (little16(extra) == 1) {
            const unsigned char *b = extra + 4;
            for (int i = 0; i < 3; i++) {
                if (*field[i] != 0xffffffffu) continue;
                if (n < 8) return false;
                *field[i] = little64(b);
                b += 8, n -= 8;
            }
            return true;
        }
        extra += 4 + n, length -= 4 + n;
    }
    return m->size != 0xffffffffu && m->packed != 0xffffffffu && m->header != 0xffffffffu;
}

static mica_status check_member(const zip *z, const zip_member *m, unsigned flags,
                                mica_error *err) {
    if (flags & 1)
        return fail(err, MICA_UNSUPPORTED, "%s: member %s is encrypted", z->name, m->name);
    if (m->method != 0 && m->method != 8)
        return fail(err, MICA_UNSUPPORTED,
                    "%s: member %s is packed by method %d, expected 0 (stored) or 8 (deflated)",
                    z->name, m->name, m->method);
    if (m->header > z->bytes || m->packed > z->bytes - m->header ||
        (m->method == 0 ? m->size != m->packed : m->size / DEFLATE_HIGHEST_RATIO > m->packed))
        return fail(err, MICA_FORMAT,
                    "%s: member %s claims %llu bytes, packed to %llu, in an archive of %llu",
                    z->name, m->name, (unsigned long long)m->size, (unsigned long long)m->packed,
                    (unsigned long long)z->bytes);
    return MICA_OK;
}

static mica_status parse_member(zip *z, const unsigned char **at, const unsigned char *end,
                                zip_member *m, mica_error *err) {
    const unsigned char *b = *at;
    if (end - b < ENTRY_SIZE || little32(b) != ENTRY_MARK) return damaged(z, err, "its directory");
    size_t name = little16(b + 28), extra = little16(b + 30), comment = little16(b + 32);
    if (name + extra + comment > (size_t)(end - b) - ENTRY_SIZE)
        return damaged(z, err, "its directory");
    *m = (zip_member){arena_take(&z->names, name + 1),
                      (int)little16(b + 10),
                      little32(b + 16),
                      little32(b + 20),
                      little32(b + 24),
                      little32(b + 42)};
    if (!m->name) return fail_memory(err, name, z->name);
    memcpy(m->name, b + ENTRY_SIZE, name);
    if (memchr(m->name, 0, name)) return damaged(z, err, "a name of a member");
    if (!widen(m, b + ENTRY_SIZE + name, extra)) return damaged(z, err, "sizes of a member");
    *at = b + ENTRY_SIZE + name + extra + comment;
    return check_member(z, m, little16(b + 8), err);
}

static mica_status read_directory(zip *z, mica_error *err) {
    directory d = {0};
    TRY(find_directory(z, &d, err));
    if (d.at > z->bytes || d.bytes > z->bytes - d.at || d.count > d.bytes / ENTRY_SIZE)
        return damaged(z, err, "its directory");
    unsigned char *b = malloc((size_t)d.bytes + 1);
    z->member = allocate((size_t)d.count, sizeof *z->member);
    mica_status status = b && z->member ? read_at(z, d.at, b, (size_t)d.bytes, "its directory", err)
                                        : fail_memory(err, d.bytes, z->name);
    const unsigned char *at = b;
    while (status == MICA_OK && z->count < d.count) {
        status = parse_member(z, &at, b + d.bytes, &z->member[z->count], err);
        z->count += status == MICA_OK;
    }
    free(b);
    return status;
}

static mica_status opened(zip *z, const char *name, mica_error *err) {
    z->name = arena_text(&z->names, name);
    mica_status status = z->name ? read_directory(z, err) : fail_memory(err, strlen(name), name);
    if (status != MICA_OK) zip_close(z);
    return status;
}

mica_status zip_open(zip *z, const char *path, mica_error *err) {
    *z = (zip){.file.descriptor = -1};
    TRY(file_open(&z->file, path, err));
    z->bytes = z->file.size;
    return opened(z, path, err);
}

mica_status zip_open_memory(zip *z, const void *bytes, size_t size, const char *name,
                            mica_error *err) {
    *z = (zip){.file.descriptor = -1, .memory = bytes, .bytes = size};
    return opened(z, name, err);
}

void zip_close(zip *z) {
    file_close(&z->file);
    free(z->member);
    arena_free(&z->names);
    *z = (zip){.file.descriptor = -1};
}

const zip_member *zip_find(const zip *z, const char *name) {
    for (size_t i = 0; i < z->count; i++)
        if (!strcmp(z->member[i].name, name)) return &z->member[i];
    return NULL;
}

/* ---- members ---- */

static mica_status find_bytes(const zip *z, const zip_member *m, uint64_t *at, mica_error *err) {
    unsigned char b[HEADER_SIZE];
    TRY(read_at(z, m->header, b, HEADER_SIZE, "the header of a member", err));
    if (little32(b) != HEADER_MARK) return damaged(z, err, "the header of a member");
    *at = m->header + HEADER_SIZE + little16(b + 26) + little16(b + 28);
    if (*at > z->bytes || m->packed > z->bytes - *at) return damaged(z, err, "a member");
    return MICA_OK;
}

static mica_status unpack(const zip *z, const zip_member *m, uint64_t at, void *out,
                          mica_error *err) {
    if (m->method == 0) return read_at(z, at, out, (size_t)m->size, "a member", err);
    unsigned char *copy = NULL;
    const unsigned char *packed = z->memory ? z->memory + at : NULL;
    if (!packed) {
        packed = copy = malloc((size_t)m->packed + 1);
        if (!copy) return fail_memory(err, m->packed, z->name);
        mica_status status = file_read_at(&z->file, at, copy, (size_t)m->packed, err);
        if (status != MICA_OK) return free(copy), status;
    }
    bool good = deflate_unpack(packed, (size_t)m->packed, out, (size_t)m->size);
    free(copy);
    return good ? MICA_OK : fail(err, MICA_FORMAT, "%s: member %s is damaged", z->name, m->name);
}

mica_status zip_read(const zip *z, const zip_member *m, buffer **out, mica_error *err) {
    uint64_t at = 0;
    *out = NULL;
    TRY(find_bytes(z, m, &at, err));
    buffer *b = m->size < SIZE_MAX / 2 ? buffer_new((size_t)m->size) : NULL;
    if (!b) return fail_memory(err, m->size, m->name);
    mica_status status = unpack(z, m, at, b->data, err);
    uint32_t crc = status == MICA_OK ? crc32_of(0, b->data, b->bytes) : m->crc;
    if (crc != m->crc)
        status = fail(err, MICA_FORMAT, "%s: member %s is damaged: its CRC is %08x, expected %08x",
                      z->name, m->name, crc, m->crc);
    if (status == MICA_OK) *out = b;
    else buffer_drop(b);
    return status;
}
