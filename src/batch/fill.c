/* Filling one batch: see fill.h. */
#include "batch/fill.h"

#include <string.h>

static char *row_of(const batches *b, void *const *buffer, int feed, int64_t row) {
    return (char *)buffer[feed] + (size_t)row * b->feed[feed].row_bytes;
}

static void fill_ones(const feed *f, void *out, int64_t rows) {
    size_t size = mica_dtype_size(f->dtype), n = (size_t)rows * f->row_bytes / size;
    for (size_t i = 0; i < n; i++) dtype_store(f->dtype, (char *)out + i * size, 1);
}

/* `n` rows of the order from `at` on, into the buffers from row `to` on. */
static mica_status gather_rows(const batches *b, void *const *buffer, int64_t at, int64_t n,
                               int64_t to, mica_error *err) {
    for (int i = 0; i < b->feeds; i++) {
        const feed *f = &b->feed[i];
        if (f->column < 0) fill_ones(f, row_of(b, buffer, i, to), n);
        else
            TRY(b->data->gather(b->data, f->column, b->order + at, n, f->dtype,
                                row_of(b, buffer, i, to), err));
    }
    return MICA_OK;
}

/* Takes the broken ones of the last n rows out; how many are left. */
static int64_t squeeze(const batches *b, void *const *buffer, int64_t at, int64_t n, int64_t to) {
    int64_t kept = 0;
    for (int64_t k = 0; k < n; k++) {
        if (dataset_row_broken(b->data, b->order[at + k])) continue;
        for (int i = 0; i < b->feeds && kept < k; i++)
            memcpy(row_of(b, buffer, i, to + kept), row_of(b, buffer, i, to + k),
                   b->feed[i].row_bytes);
        kept++;
    }
    return kept;
}

/* From order[at] on, at most `most` rows, up to the first that is known to be broken. */
static int64_t good_run(const batches *b, int64_t at, int64_t most) {
    int64_t n = b->rows - at < most ? b->rows - at : most, k = 0;
    if (!b->data->broken) return n;
    while (k < n && !dataset_row_broken(b->data, b->order[at + k])) k++;
    return k;
}

mica_status fill_batch(const batches *b, void *const *buffer, int64_t *at, int64_t *rows,
                       mica_error *err) {
    int64_t have = 0, began = *at;
    *rows = 0;
    while (have < b->batch_size && *at < b->rows) {
        int64_t n = good_run(b, *at, b->batch_size - have);
        if (n) {
            TRY(gather_rows(b, buffer, *at, n, have, err));
            have += b->data->broken ? squeeze(b, buffer, *at, n, have) : n;
        }
        *at += n;
        if (!n) ++*at; /* the broken one */
    }
    if (b->mixing && have) mix_rows(b->mixing, buffer, have, b->epoch, began);
    *rows = have;
    return MICA_OK;
}
