/* mica_dataset_cache: what was made of a row once is kept. Rows stay rows, and are made when they
 * are asked for first; always those of the first pass, so that what is kept does not depend on
 * when. See cache.h; source: tf.data.Dataset.cache. */
#include "data/cache.h"

#include "data/pipe.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_CHUNK 64

typedef struct caching {
    row_store store;
    pthread_mutex_t lock; /* of store_keep */
    rooms rooms;
    const char *path;
} caching;

static void destroy(mica_dataset *d) {
    caching *c = d->state;
    store_close(&c->store);
    pthread_mutex_destroy(&c->lock);
    rooms_close(&c->rooms);
    free(c);
}

static void put_row(const mica_dataset *d, const char *row, const feed *feeds, int n,
                    void *const *out, int64_t at) {
    const caching *c = d->state;
    for (int i = 0; i < n; i++) {
        const column *from = &d->column[feeds[i].column];
        convert(from->dtype, row + c->store.offset[feeds[i].column], feeds[i].dtype,
                (char *)out[i] + (size_t)at * feeds[i].row_bytes, shape_size(&from->shape));
    }
}

/* One row of column-wise values, laid out as it is kept. */
static void lay_row(const mica_dataset *d, void *const *made, int64_t at, char *row) {
    const caching *c = d->state;
    for (int i = 0; i < d->columns; i++) {
        size_t bytes = column_bytes(&d->column[i]);
        memcpy(row + c->store.offset[i], (const char *)made[i] + (size_t)at * bytes, bytes);
    }
}

static mica_status keep_row(const mica_dataset *d, uint32_t row, char *bytes, mica_error *err) {
    caching *c = d->state;
    if (dataset_row_broken_in(d->of, 0, row)) return MICA_OK;
    pthread_mutex_lock(&c->lock);
    mica_status status = store_keep(&c->store, row, bytes, err);
    pthread_mutex_unlock(&c->lock);
    return status;
}

/* Those that are not there yet are made, kept and put. */
static mica_status make_missing(const mica_dataset *d, const uint32_t *rows, const int64_t *to,
                                int64_t count, const feed *feeds, int n, void *const *out, room *r,
                                char *row, mica_error *err) {
    void *made[MAX_COLUMNS];
    feed whole[MAX_COLUMNS];
    int columns = dataset_feeds(d, whole);
    TRY(rows_room(r, 0, d, CACHE_CHUNK, made, err));
    TRY(dataset_bring(d->of, 0, rows, count, whole, columns, made, err));
    for (int64_t i = 0; i < count; i++) {
        lay_row(d, made, i, row);
        put_row(d, row, feeds, n, out, to[i]);
        TRY(keep_row(d, rows[i], row, err));
    }
    return MICA_OK;
}

static mica_status bring_block(const mica_dataset *d, const uint32_t *rows, int64_t count,
                               const feed *feeds, int n, void *const *out, room *r,
                               mica_error *err) {
    caching *c = d->state;
    uint32_t missing[CACHE_CHUNK];
    int64_t to[CACHE_CHUNK], lacking = 0;
    char *row = room_block(r, MAX_COLUMNS, c->store.row_bytes + 8);
    if (!row) return fail_memory(err, c->store.row_bytes, "dataset_cache");
    memset(row, 0, c->store.row_bytes);
    for (int64_t i = 0; i < count; i++) {
        const char *at;
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
        TRY(store_row(&c->store, rows[i], row, &at, err));
        if (at) put_row(d, at, feeds, n, out, i);
        else missing[lacking] = rows[i], to[lacking++] = i;
    }
    if (!lacking) return MICA_OK;
    memset(row, 0, c->store.row_bytes);
    return make_missing(d, missing, to, lacking, feeds, n, out, r, row, err);
}

/* Labels alone are not worth making whole samples for. */
static bool wants_inputs(const mica_dataset *d, const feed *feeds, int n) {
    for (int i = 0; i < n; i++)
        if (d->column[feeds[i].column].role == COLUMN_INPUT) return true;
    return d->of->stream != NULL;
}

static mica_status bring(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t count,
                         const feed *feeds, int n, void *const *out, mica_error *err) {
    caching *c = d->state;
    void *to[MAX_COLUMNS];
    mica_status status = MICA_OK;
    (void)epoch;
    if (!wants_inputs(d, feeds, n)) return dataset_bring(d->of, 0, rows, count, feeds, n, out, err);
    room *r = rooms_take(&c->rooms);
    if (!r) return fail_memory(err, sizeof *r, "dataset_cache");
    for (int64_t done = 0, some; done < count && status == MICA_OK; done += some) {
        some = count - done < CACHE_CHUNK ? count - done : CACHE_CHUNK;
        for (int i = 0; i < n; i++) to[i] = (char *)out[i] + (size_t)done * feeds[i].row_bytes;
        status = bring_block(d, rows + done, some, feeds, n, to, r, err);
    }
    rooms_give(&c->rooms, r);
    return status;
}

static const mica_dataset *locate(const mica_dataset *d, uint64_t *epoch, uint32_t *row) {
    (void)row;
    *epoch = 0;
    return d->of;
}

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    return d->of->digest ? d->of->digest(d->of, h, err) : MICA_OK; /* the same data */
}

/* ---- a stream is read to its end ---- */

static mica_status keep_all(mica_dataset *d, stream *s, room *r, mica_error *err) {
    caching *c = d->state;
    void *made[MAX_COLUMNS];
    char *row = room_block(r, MAX_COLUMNS, c->store.row_bytes + 8);
    int64_t n = CACHE_CHUNK;
    if (!row) return fail_memory(err, c->store.row_bytes, "dataset_cache");
    memset(row, 0, c->store.row_bytes);
    TRY(rows_room(r, 0, d, CACHE_CHUNK, made, err));
    for (d->rows = 0; n == CACHE_CHUNK; d->rows += n) {
        TRY(stream_next(s, CACHE_CHUNK, made, &n, err));
        if (d->rows + n > UINT32_MAX)
            return fail(err, MICA_UNSUPPORTED, "dataset_cache: more than %u samples", UINT32_MAX);
        TRY(store_widen(&c->store, d->rows + n, err));
        for (int64_t i = 0; i < n; i++) {
            lay_row(d, made, i, row);
            TRY(store_keep(&c->store, d->rows + i, row, err));
        }
    }
    return store_end(&c->store, d->rows, err);
}

static mica_status cache_stream(mica_dataset *d, mica_error *err) {
    caching *c = d->state;
    stream *s = NULL;
    if (d->endless)
        return fail(err, MICA_VALUE,
                    "dataset_cache: the data never end, expected some that do "
                    "(mica_dataset_take)");
    d->broken = NULL; /* what is broken does not come */
    if (c->path) TRY(store_in_file(&c->store, d, 0, c->path, NULL, err));
    else TRY(store_in_memory(&c->store, d, 0, err));
    TRY(stream_open(d->of, 0, &s, err));
    room *r = rooms_take(&c->rooms);
    mica_status status = r ? keep_all(d, s, r, err) : fail_memory(err, sizeof *r, "dataset_cache");
    if (r) rooms_give(&c->rooms, r);
    stream_close(s);
    return status;
}

static mica_status cache(mica_dataset *of, const char *path, mica_dataset **out, mica_error *err) {
    char fingerprint[65];
    TRY(pipe_begin(&of, 1, "dataset_cache", sizeof(caching), NULL, out, err));
    mica_dataset *d = *out;
    caching *c = d->state;
    pthread_mutex_init(&c->lock, NULL);
    rooms_open(&c->rooms);
    d->destroy = destroy;
    d->bring = bring;
    d->locate = locate;
    d->digest = digest;
    if (path && !(c->path = arena_text(&d->texts, path)))
        return fail_memory(err, strlen(path), "dataset_cache");
    if (of->stream) return cache_stream(d, err);
    if (!path) return store_in_memory(&c->store, d, d->rows, err);
    TRY(mica_dataset_fingerprint(of, fingerprint, err));
    return store_in_file(&c->store, d, d->rows, c->path, fingerprint, err);
}

mica_dataset *mica_dataset_cache(mica_dataset *of, const char *path) {
    if (!of) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = cache(of, path, &d, &err);
    return pipe_end(of->ctx, status, d, &err);
}
