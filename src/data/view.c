/* Views of a dataset, which share its data: a range of its rows, or its rows in another order. A
 * range of a range is one of the whole. Rows that are picked may come more than once. */
#include "base/philox.h"
#include "data/stream.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 1024

static uint32_t row_of(const mica_dataset *d, uint32_t row) {
    return d->order ? d->order[row] : row + (uint32_t)d->first;
}

uint32_t dataset_whole_row(const mica_dataset *d, uint32_t row) {
    uint64_t epoch = 0;
    while (d->of) d = d->locate(d, &epoch, &row);
    return row;
}

uint16_t dataset_row_source(const mica_dataset *d, uint32_t row) {
    uint64_t epoch = 0;
    while (!d->row_source && d->of) d = d->locate(d, &epoch, &row);
    return d->row_source ? d->row_source[row] : 0;
}

static const mica_dataset *locate_view(const mica_dataset *d, uint64_t *epoch, uint32_t *row) {
    (void)epoch;
    *row = row_of(d, *row);
    return d->of;
}

static mica_status gather_view(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                               mica_dtype dtype, void *out, mica_error *err) {
    uint32_t moved[CHUNK];
    size_t row_bytes = (size_t)shape_size(&d->column[at].shape) * mica_dtype_size(dtype);
    for (int64_t done = 0, n; done < count; done += n) {
        n = count - done < CHUNK ? count - done : CHUNK;
        for (int64_t i = 0; i < n; i++) moved[i] = row_of(d, rows[done + i]);
        TRY(d->of->gather(d->of, at, moved, n, dtype, (char *)out + (size_t)done * row_bytes, err));
    }
    return MICA_OK;
}

static mica_status bring_view(const mica_dataset *d, uint64_t epoch, const uint32_t *rows,
                              int64_t count, const feed *feeds, int n, void *const *out,
                              mica_error *err) {
    uint32_t moved[CHUNK];
    void *to[MAX_COLUMNS];
    for (int64_t done = 0, some; done < count; done += some) {
        some = count - done < CHUNK ? count - done : CHUNK;
        for (int64_t i = 0; i < some; i++) moved[i] = row_of(d, rows[done + i]);
        for (int i = 0; i < n; i++) to[i] = (char *)out[i] + (size_t)done * feeds[i].row_bytes;
        TRY(dataset_bring(d->of, epoch, moved, some, feeds, n, to, err));
    }
    return MICA_OK;
}

/* Of a part, and of rows that were picked. A shuffled whole is the same data. */
static mica_status digest_view(const mica_dataset *d, sha256 *h, mica_error *err) {
    int64_t part[2] = {d->first, d->rows};
    sha256_add(h, part, sizeof part);
    if (d->picked) sha256_add(h, d->order, sizeof *d->order * (size_t)d->rows);
    return d->of->digest ? d->of->digest(d->of, h, err) : MICA_OK;
}

void dataset_view_of(mica_dataset *d, mica_dataset *of) {
    mica_dataset *next = d->next;
    *d = *of;
    d->next = next;
    d->texts = (arena){0};
    d->fingerprint[0] = 0;
    d->row_source = NULL; /* asked of what is below */
    d->refs = 1;
    d->of = of;
    d->first = 0;
    d->order = NULL;
    d->picked = false;
    d->gather = gather_view;
    d->bring = of->bring ? bring_view : NULL;
    d->locate = locate_view;
    if (of->stream) d->stream = &stream_same;
    d->also = NULL;
    d->also_count = 0;
    d->joined = false;
    d->digest = digest_view;
    d->describe = NULL;
    d->state = NULL;
    d->destroy = NULL;
    of->refs++;
}

mica_dataset *dataset_derive(mica_dataset *of) {
    mica_dataset *d = dataset_new(of->ctx);
    if (d) dataset_view_of(d, of);
    return d;
}

mica_dataset *mica_dataset_range(mica_dataset *of, int64_t first, int64_t count) {
    if (!of) return NULL;
    mica_dataset *d = dataset_new(of->ctx);
    mica_error err = {0};
    if (d && dataset_need_rows(of, "dataset_range", &err) != MICA_OK) {
        context_fail_with(of->ctx, &err);
        return d;
    }
    if (!d || first < 0 || count < 0 || first > of->rows || count > of->rows - first) {
        context_fail(of->ctx, d ? MICA_VALUE : MICA_MEMORY,
                     "dataset_range: %lld rows from row %lld of a dataset of %lld",
                     (long long)count, (long long)first, (long long)of->rows);
        return d;
    }
    bool nested = of->gather == gather_view && !of->order;
    dataset_view_of(d, nested ? of->of : of);
    d->first = nested ? of->first + first : first;
    d->rows = count;
    return d;
}

/* Takes the order. */
static mica_status view_in_order(mica_dataset *of, uint32_t *order, int64_t rows,
                                 mica_dataset **out, mica_error *err) {
    mica_dataset *d = order ? dataset_new(of->ctx) : NULL;
    if (!d) {
        free(order);
        return fail_memory(err, (size_t)rows * sizeof *order, "an order of rows");
    }
    dataset_view_of(d, of);
    d->order = order;
    d->rows = rows;
    d->by_class = false;
    *out = d;
    return MICA_OK;
}

mica_status dataset_shuffled(mica_dataset *of, uint64_t key, mica_dataset **out, mica_error *err) {
    uint32_t *order = allocate((size_t)of->rows, sizeof *order);
    if (order) philox_shuffle(key, 0, order, (size_t)of->rows);
    return view_in_order(of, order, of->rows, out, err);
}

mica_status dataset_picked(mica_dataset *of, const uint32_t *rows, int64_t count,
                           mica_dataset **out, mica_error *err) {
    if (count > UINT32_MAX)
        return fail(err, MICA_UNSUPPORTED, "%lld rows picked, expected at most %u",
                    (long long)count, UINT32_MAX);
    uint32_t *order = allocate((size_t)count + 1, sizeof *order);
    if (order && count) memcpy(order, rows, sizeof *order * (size_t)count);
    TRY(view_in_order(of, order, count, out, err));
    (*out)->picked = true;
    return MICA_OK;
}
