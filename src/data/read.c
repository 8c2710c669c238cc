/* Reading rows of datasets: see dataset.h. */
#include "data/dataset.h"

#include <string.h>

int dataset_feeds(const mica_dataset *d, feed feeds[MAX_COLUMNS]) {
    for (int i = 0; i < d->columns; i++)
        feeds[i] = (feed){i, d->column[i].dtype, column_bytes(&d->column[i])};
    return d->columns;
}

mica_status dataset_need_rows(const mica_dataset *d, const char *what, mica_error *err) {
    if (!d->stream) return MICA_OK;
    return fail(
        err, MICA_UNSUPPORTED,
        "%s: the data are a stream, whose rows come in order alone, expected a known number "
        "of rows (mica_dataset_cache makes them of a stream)",
        what);
}

static void fill_ones(const feed *f, void *out, int64_t rows) {
    size_t size = mica_dtype_size(f->dtype), n = (size_t)rows * f->row_bytes / size;
    for (size_t i = 0; i < n; i++) dtype_store(f->dtype, (char *)out + i * size, 1);
}

/* The feeds that have a column, with their places: all of them but ones. */
static int wanted(const feed *feeds, int n, void *const *out, feed *some, void **to) {
    int count = 0;
    for (int i = 0; i < n; i++)
        if (feeds[i].column >= 0) some[count] = feeds[i], to[count++] = out[i];
    return count;
}

mica_status dataset_bring(const mica_dataset *d, uint64_t epoch, const uint32_t *rows,
                          int64_t count, const feed *feeds, int n, void *const *out,
                          mica_error *err) {
    feed some[MAX_COLUMNS];
    void *to[MAX_COLUMNS];
    for (int i = 0; i < n; i++)
        if (feeds[i].column < 0) fill_ones(&feeds[i], out[i], count);
    if (d->bring) {
        int k = wanted(feeds, n, out, some, to);
        return d->bring(d, epoch, rows, count, some, k, to, err);
    }
    for (int i = 0; i < n; i++)
        if (feeds[i].column >= 0)
            TRY(d->gather(d, feeds[i].column, rows, count, feeds[i].dtype, out[i], err));
    return MICA_OK;
}

static char *row_at(const feed *f, void *out, int64_t row) {
    return (char *)out + (size_t)row * f->row_bytes;
}

/* Takes the broken ones of the n rows from row `to` on out; how many are left. */
static int64_t squeeze(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t n,
                       const feed *feeds, int columns, void *const *out, int64_t to) {
    int64_t kept = 0;
    for (int64_t k = 0; k < n; k++) {
        if (dataset_row_broken_in(d, epoch, rows[k])) continue;
        for (int i = 0; i < columns && kept < k; i++)
            memcpy(row_at(&feeds[i], out[i], to + kept), row_at(&feeds[i], out[i], to + k),
                   feeds[i].row_bytes);
        kept++;
    }
    return kept;
}

/* At most n rows, up to the first that is known to be broken. */
static int64_t good_run(const mica_dataset *d, uint64_t epoch, const uint32_t *rows, int64_t n) {
    int64_t k = 0;
    if (!d->broken) return n;
    while (k < n && !dataset_row_broken_in(d, epoch, rows[k])) k++;
    return k;
}

mica_status dataset_read(const mica_dataset *d, uint64_t epoch, const uint32_t *order, int64_t rows,
                         int64_t *at, const feed *feeds, int n, void *const *out, int64_t most,
                         int64_t *have, mica_error *err) {
    void *to[MAX_COLUMNS];
    *have = 0;
    while (*have < most && *at < rows) {
        int64_t some = rows - *at < most - *have ? rows - *at : most - *have;
        some = good_run(d, epoch, order + *at, some);
        if (some) {
            for (int i = 0; i < n; i++) to[i] = row_at(&feeds[i], out[i], *have);
            TRY(dataset_bring(d, epoch, order + *at, some, feeds, n, to, err));
            *have += d->broken ? squeeze(d, epoch, order + *at, some, feeds, n, out, *have) : some;
        }
        *at += some;
        if (!some) ++*at; /* the broken one */
    }
    return MICA_OK;
}
