/* Streams, and how a dataset of rows is read as one: see stream.h. */
#include "data/stream.h"

#include <stdlib.h>
#include <string.h>

void rows_behind(const mica_dataset *d, void *const *out, int64_t rows, void **behind) {
    for (int i = 0; i < d->columns; i++)
        behind[i] = (char *)out[i] + (size_t)rows * column_bytes(&d->column[i]);
}

void rows_copy(const mica_dataset *d, void *const *to, int64_t at, void *const *from, int64_t first,
               int64_t count) {
    for (int i = 0; i < d->columns; i++) {
        size_t each = column_bytes(&d->column[i]);
        memcpy((char *)to[i] + (size_t)at * each, (const char *)from[i] + (size_t)first * each,
               (size_t)count * each);
    }
}

mica_status rows_room(room *r, int first, const mica_dataset *d, int64_t rows, void **to,
                      mica_error *err) {
    for (int i = 0; i < d->columns; i++) {
        size_t bytes = column_bytes(&d->column[i]) * (size_t)rows;
        if (!(to[i] = room_block(r, first + i, bytes)))
            return fail_memory(err, bytes, d->column[i].name);
    }
    return MICA_OK;
}

/* ---- by rows ---- */

typedef struct by_rows {
    uint32_t *order;
    int64_t at;
} by_rows;

static mica_status begin_rows(stream *s, mica_error *err) {
    by_rows *r = s->state;
    size_t n = (size_t)s->d->rows;
    if (!(r->order = allocate(n + 1, sizeof *r->order)))
        return fail_memory(err, n * sizeof *r->order, "an order of rows");
    for (size_t i = 0; i < n; i++) r->order[i] = (uint32_t)i;
    return MICA_OK;
}

static mica_status next_rows(stream *s, int64_t most, void *const *out, int64_t *count,
                             mica_error *err) {
    by_rows *r = s->state;
    feed feeds[MAX_COLUMNS];
    int n = dataset_feeds(s->d, feeds);
    return dataset_read(s->d, s->epoch, r->order, s->d->rows, &r->at, feeds, n, out, most, count,
                        err);
}

/* Which rows are broken shows only when they are read. */
static mica_status read_away(stream *s, int64_t count, mica_error *err) {
    void *to[MAX_COLUMNS];
    int64_t n = 1;
    for (int64_t some; count > 0 && n; count -= n) {
        some = count < STREAM_CHUNK ? count : STREAM_CHUNK;
        TRY(rows_room(&s->room, MAX_COLUMNS, s->d, STREAM_CHUNK, to, err));
        TRY(s->kind->next(s, some, to, &n, err));
        s->at += n;
        s->ended = n < some;
        if (s->ended) break;
    }
    return MICA_OK;
}

static mica_status skip_rows(stream *s, int64_t count, mica_error *err) {
    by_rows *r = s->state;
    if (s->d->broken) return read_away(s, count, err);
    int64_t left = s->d->rows - r->at, n = count < left ? count : left;
    r->at += n;
    s->at += n;
    return MICA_OK;
}

static void close_rows(stream *s) { free(((by_rows *)s->state)->order); }

static const stream_kind stream_rows = {.state_bytes = sizeof(by_rows),
                                        .alone = true,
                                        .begin = begin_rows,
                                        .next = next_rows,
                                        .skip = skip_rows,
                                        .close = close_rows};

/* ---- all of another ---- */

static mica_status next_same(stream *s, int64_t most, void *const *out, int64_t *count,
                             mica_error *err) {
    return stream_next(s->of[0], most, out, count, err);
}

static mica_status skip_same(stream *s, int64_t count, mica_error *err) {
    s->at += count;
    return stream_skip(s->of[0], count, err);
}

const stream_kind stream_same = {.next = next_same, .skip = skip_same};

/* ---- any ---- */

static mica_status open_parents(stream *s, mica_error *err) {
    int count = s->kind->alone || !s->d->of ? 0 : 1 + s->d->also_count;
    s->of = allocate((size_t)count + 1, sizeof(stream *));
    if (!s->of) return fail_memory(err, sizeof(stream *), "a stream");
    for (; s->of_count < count; s->of_count++)
        TRY(stream_open(s->of_count ? s->d->also[s->of_count - 1] : s->d->of, s->epoch,
                        &s->of[s->of_count], err));
    return MICA_OK;
}

mica_status stream_open(const mica_dataset *d, uint64_t epoch, stream **out, mica_error *err) {
    stream *s = allocate(1, sizeof *s);
    if (!s) return fail_memory(err, sizeof *s, "a stream");
    s->kind = d->stream ? d->stream : &stream_rows;
    s->d = d;
    s->epoch = epoch;
    s->state = allocate(1, s->kind->state_bytes + 1);
    mica_status status = s->state ? open_parents(s, err) : fail_memory(err, sizeof *s, "a stream");
    if (status == MICA_OK && s->kind->begin) status = s->kind->begin(s, err);
    if (status == MICA_OK) *out = s;
    else stream_close(s);
    return status;
}

void stream_close(stream *s) {
    if (!s) return;
    if (s->state && s->kind->close) s->kind->close(s);
    for (int i = 0; i < s->of_count; i++) stream_close(s->of[i]);
    free(s->of);
    free(s->state);
    room_free(&s->room);
    free(s);
}

mica_status stream_next(stream *s, int64_t most, void *const *out, int64_t *count,
                        mica_error *err) {
    *count = 0;
    if (s->ended || most < 1) return MICA_OK;
    TRY(s->kind->next(s, most, out, count, err));
    s->at += *count;
    s->ended = *count < most;
    return MICA_OK;
}

mica_status stream_skip(stream *s, int64_t count, mica_error *err) {
    if (s->ended || count < 1) return MICA_OK;
    return s->kind->skip ? s->kind->skip(s, count, err) : read_away(s, count, err);
}
