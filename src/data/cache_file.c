/* Rows that are kept: see cache.h. */
#include "data/cache.h"

#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAGIC "MICACACH"
#define VERSION 1u
#define HEAD_BYTES 4096
#define THERE (1ull << 32)

typedef struct head {
    char magic[8];
    uint32_t version, unused;
    uint64_t row_bytes, rows;
    char fingerprint[64];
} head;

static mica_status lay_out(row_store *s, const mica_dataset *d, int64_t rows, mica_error *err) {
    *s = (row_store){.d = d, .rows = rows, .room = rows, .file = {.descriptor = -1}};
    for (int i = 0; i < d->columns; i++) {
        s->offset[i] = s->row_bytes;
        s->row_bytes += (column_bytes(&d->column[i]) + 15) / 16 * 16;
    }
    if (!(s->there = allocate((size_t)rows + 1, sizeof *s->there)))
        return fail_memory(err, (size_t)rows, "dataset_cache");
    return MICA_OK;
}

static mica_status check_memory(const row_store *s, int64_t rows, mica_error *err) {
    double wanted = (double)rows * (double)s->row_bytes, free_bytes = (double)memory_available();
    if (wanted <= free_bytes) return MICA_OK;
    return fail(err, MICA_MEMORY,
                "dataset_cache: %lld samples take %.0f MiB, %.0f MiB of memory are free; expected "
                "less, or a path for a file",
                (long long)rows, wanted / 1048576, free_bytes / 1048576);
}

mica_status store_in_memory(row_store *s, const mica_dataset *d, int64_t rows, mica_error *err) {
    TRY(lay_out(s, d, rows, err));
    TRY(check_memory(s, rows, err));
    s->memory = allocate((size_t)rows + 1, s->row_bytes + !s->row_bytes);
    return s->memory ? MICA_OK : fail_memory(err, (size_t)rows * s->row_bytes, "dataset_cache");
}

static mica_status check_head(const row_store *s, const char *path, const char *fingerprint,
                              mica_error *err) {
    head h;
    size_t got;
    TRY(scratch_read(&s->file, 0, &h, sizeof h, &got, err));
    if (got < sizeof h || memcmp(h.magic, MAGIC, 8))
        return fail(err, MICA_FORMAT, "%s: no cache of samples, expected one or no file", path);
    if (h.version > VERSION)
        return fail(err, MICA_UNSUPPORTED, "%s: cache version %u, this mica reads up to %u", path,
                    h.version, VERSION);
    if (h.row_bytes != s->row_bytes || h.rows != (uint64_t)s->rows ||
        memcmp(h.fingerprint, fingerprint, sizeof h.fingerprint))
        return fail(err, MICA_MISMATCH,
                    "%s: a cache of %llu samples of %llu bytes of other data, expected %lld of "
                    "%zu; remove the file to make it anew",
                    path, (unsigned long long)h.rows, (unsigned long long)h.row_bytes,
                    (long long)s->rows, s->row_bytes);
    return MICA_OK;
}

static mica_status write_head(const row_store *s, int64_t rows, const char *fingerprint,
                              mica_error *err) {
    char bytes[HEAD_BYTES] = {0};
    head h = {MAGIC, VERSION, 0, s->row_bytes, (uint64_t)rows, {0}};
    memcpy(h.fingerprint, fingerprint, sizeof h.fingerprint);
    memcpy(bytes, &h, sizeof h);
    return scratch_write(&s->file, 0, bytes, sizeof bytes, err);
}

mica_status store_in_file(row_store *s, const mica_dataset *d, int64_t rows, const char *path,
                          const char *fingerprint, mica_error *err) {
    static const char none[65] = "";
    TRY(lay_out(s, d, rows, err));
    for (int i = 0; i < d->columns; i++)
        if (d->column[i].dtype == MICA_STRING)
            return fail(err, MICA_TYPE, "dataset_cache: %s: %s holds strings, expected numbers",
                        path, d->column[i].name);
    TRY(scratch_open(&s->file, path, !fingerprint, err));
    if (fingerprint && s->file.size) return check_head(s, path, fingerprint, err);
    return write_head(s, rows, fingerprint ? fingerprint : none, err);
}

void store_close(row_store *s) {
    free(s->memory);
    free(s->there);
    if (s->d) scratch_close(&s->file);
}

static uint64_t place_of(const row_store *s, int64_t row) {
    return HEAD_BYTES + (uint64_t)row * (s->row_bytes + 8);
}

static uint64_t mark_of(const row_store *s, const void *bytes) {
    return THERE | (uint32_t)crc32_z(0, bytes, s->row_bytes);
}

mica_status store_row(row_store *s, int64_t row, void *into, const char **at, mica_error *err) {
    *at = NULL;
    bool there = atomic_load_explicit(&s->there[row], memory_order_acquire);
    if (s->memory) {
        if (there) *at = s->memory + (size_t)row * s->row_bytes;
        return MICA_OK;
    }
    size_t got, whole = s->row_bytes + 8;
    uint64_t mark = 0;
    TRY(scratch_read(&s->file, place_of(s, row), into, whole, &got, err));
    if (got < whole) return MICA_OK;
    memcpy(&mark, (char *)into + s->row_bytes, sizeof mark);
    if (!there && (!mark || mark != mark_of(s, into))) return MICA_OK;
    atomic_store_explicit(&s->there[row], 1, memory_order_release);
    *at = into;
    return MICA_OK;
}

mica_status store_keep(row_store *s, int64_t row, void *bytes, mica_error *err) {
    if (atomic_load_explicit(&s->there[row], memory_order_acquire)) return MICA_OK;
    if (s->memory) {
        memcpy(s->memory + (size_t)row * s->row_bytes, bytes, s->row_bytes);
    } else {
        uint64_t mark = mark_of(s, bytes);
        memcpy((char *)bytes + s->row_bytes, &mark, sizeof mark);
        TRY(scratch_write(&s->file, place_of(s, row), bytes, s->row_bytes + 8, err));
    }
    atomic_store_explicit(&s->there[row], 1, memory_order_release);
    return MICA_OK;
}

mica_status store_widen(row_store *s, int64_t rows, mica_error *err) {
    if (rows <= s->room) return MICA_OK;
    int64_t room = s->room < 512 ? 1024 : 2 * s->room;
    if (room < rows) room = rows;
    if (s->memory) {
        if (check_memory(s, room, NULL) != MICA_OK) room = rows;
        TRY(check_memory(s, room - s->room, err));
        void *more = realloc(s->memory, (size_t)room * s->row_bytes + 1);
        if (!more) return fail_memory(err, (size_t)room * s->row_bytes, "dataset_cache");
        s->memory = more;
    }
    void *marks = realloc(s->there, (size_t)room);
    if (!marks) return fail_memory(err, (size_t)room, "dataset_cache");
    s->there = marks;
    memset((unsigned char *)marks + s->room, 0, (size_t)(room - s->room));
    s->room = room;
    return MICA_OK;
}

mica_status store_end(row_store *s, int64_t rows, mica_error *err) {
    static const char none[65] = "";
    s->rows = rows;
    return s->memory ? MICA_OK : write_head(s, rows, none, err);
}
