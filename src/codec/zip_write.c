/* zip, writing: see zip.h. zip64 where a size, a place or the count needs it. */
#include "codec/zip.h"

#include "codec/bytes.h"
#include "codec/deflate.h"

#include <stdlib.h>
#include <string.h>

#define ONES 0xffffffffu
#define OLD_DATE 0x0021u /* 1 January 1980: what is written does not depend on the day */

static bool wide(uint64_t v) { return v >= ONES; }
static uint32_t narrow(uint64_t v) { return wide(v) ? ONES : (uint32_t)v; }

/* What header and directory entry share, from "version needed" on; 26 bytes. */
static void put_facts(unsigned char *b, const zip_member *m, size_t extra) {
    put_little16(b, wide(m->size) || wide(m->packed) || wide(m->header) ? 45 : 20);
    put_little16(b + 2, 0x0800); /* names are UTF-8 */
    put_little16(b + 4, (uint32_t)m->method);
    put_little16(b + 6, 0);
    put_little16(b + 8, OLD_DATE);
    put_little32(b + 10, m->crc);
    put_little32(b + 14, narrow(m->packed));
    put_little32(b + 18, narrow(m->size));
    put_little16(b + 22, (uint32_t)strlen(m->name));
    put_little16(b + 24, (uint32_t)extra);
}

static size_t put_extra(unsigned char *b, const uint64_t *values, int count) {
    size_t n = 0;
    for (int i = 0; i < count; i++)
        if (wide(values[i])) put_little64(b + 4 + n, values[i]), n += 8;
    put_little16(b, 1);
    put_little16(b + 2, (uint32_t)n);
    return n ? 4 + n : 0;
}

static mica_status write_header(zip_writer *w, const zip_member *m, mica_error *err) {
    unsigned char b[30], extra[32];
    /* in a header both sizes stand in the extra field, or none */
    bool both = wide(m->size) || wide(m->packed);
    size_t n = both ? 20 : 0;
    zip_member shown = *m;
    shown.header = 0;
    put_little32(b, 0x04034b50u);
    put_facts(b + 4, &shown, n);
    if (both) {
        put_little32(b + 18, ONES), put_little32(b + 22, ONES);
        put_little16(extra, 1), put_little16(extra + 2, 16);
        put_little64(extra + 4, m->size), put_little64(extra + 12, m->packed);
    }
    TRY(file_write(&w->file, b, sizeof b, err));
    TRY(file_write(&w->file, m->name, strlen(m->name), err));
    return file_write(&w->file, extra, n, err);
}

static mica_status write_entry(zip_writer *w, const zip_member *m, mica_error *err) {
    unsigned char b[46] = {0}, extra[32];
    size_t n = put_extra(extra, (const uint64_t[]){m->size, m->packed, m->header}, 3);
    put_little32(b, 0x02014b50u);
    put_little16(b + 4, 45 | 3 << 8); /* made on Unix: the mode is below */
    put_facts(b + 6, m, n);
    put_little32(b + 38, 0100644u << 16);
    put_little32(b + 42, narrow(m->header));
    TRY(file_write(&w->file, b, sizeof b, err));
    TRY(file_write(&w->file, m->name, strlen(m->name), err));
    return file_write(&w->file, extra, n, err);
}

static mica_status write_end(zip_writer *w, uint64_t at, mica_error *err) {
    unsigned char b[98] = {0}, *end = b;
    uint64_t bytes = w->file.size - at;
    if (w->count >= 0xffff || wide(at) || wide(bytes)) {
        put_little32(b, 0x06064b50u);
        put_little64(b + 4, 44);
        put_little16(b + 12, 45), put_little16(b + 14, 45);
        put_little64(b + 24, w->count), put_little64(b + 32, w->count);
        put_little64(b + 40, bytes), put_little64(b + 48, at);
        put_little32(b + 56, 0x07064b50u);
        put_little64(b + 64, w->file.size);
        put_little32(b + 72, 1);
        end = b + 76;
    }
    uint32_t count = w->count >= 0xffff ? 0xffff : (uint32_t)w->count;
    put_little32(end, 0x06054b50u);
    put_little16(end + 8, count), put_little16(end + 10, count);
    put_little32(end + 12, narrow(bytes)), put_little32(end + 16, narrow(at));
    return file_write(&w->file, b, (size_t)(end - b) + 22, err);
}

mica_status zip_begin(zip_writer *w, const char *path, mica_error *err) {
    *w = (zip_writer){.file.descriptor = -1};
    w->name = arena_text(&w->names, path);
    mica_status status = w->name ? file_begin(&w->file, path, err)
                                 : fail_memory(err, strlen(path), path);
    if (status != MICA_OK) zip_cancel(w);
    return status;
}

static mica_status write_member(zip_writer *w, zip_member *m, const void *bytes, size_t size,
                                bool pack, mica_error *err) {
    size_t room = pack && size > 1 ? size - 1 : 0, packed = 0;
    unsigned char *smaller = room ? malloc(room) : NULL;
    if (smaller) packed = deflate_pack(bytes, size, smaller, room);
    m->method = packed ? 8 : 0;
    m->packed = packed ? packed : size;
    mica_status status = write_header(w, m, err);
    if (status == MICA_OK)
        status = file_write(&w->file, packed ? smaller : bytes, (size_t)m->packed, err);
    free(smaller);
    return status;
}

mica_status zip_add(zip_writer *w, const char *name, const void *bytes, size_t size, bool pack,
                    mica_error *err) {
    if (strlen(name) > 0xffff)
        return fail(err, MICA_VALUE, "%s: a name of a member is too long", w->name);
    if (!grow(&w->member, &w->room, w->count + 1, sizeof *w->member))
        return fail_memory(err, w->count * sizeof *w->member, w->name);
    zip_member *m = &w->member[w->count];
    *m = (zip_member){
        arena_text(&w->names, name), 0, crc32_of(0, bytes, size), 0, size, w->file.size};
    if (!m->name) return fail_memory(err, strlen(name), w->name);
    TRY(write_member(w, m, bytes, size, pack, err));
    w->count++;
    return MICA_OK;
}

mica_status zip_commit(zip_writer *w, mica_error *err) {
    uint64_t at = w->file.size;
    mica_status status = MICA_OK;
    for (size_t i = 0; i < w->count && status == MICA_OK; i++)
        status = write_entry(w, &w->member[i], err);
    if (status == MICA_OK) status = write_end(w, at, err);
    if (status == MICA_OK) status = file_commit(&w->file, err);
    zip_cancel(w);
    return status;
}

void zip_cancel(zip_writer *w) {
    file_cancel(&w->file);
    free(w->member);
    arena_free(&w->names);
    *w = (zip_writer){.file.descriptor = -1};
}
