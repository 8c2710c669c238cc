/* Batches: see batches.h. */
#include "batch/batches.h"

#include "base/philox.h"

#include <stdlib.h>
#include <string.h>

mica_status batches_open(batches *b, mica_dataset *data, int64_t first, int64_t rows,
                         int64_t batch_size, const feed *feeds, int count, mica_error *err) {
    *b = (batches){.data = data, .first = first, .rows = rows, .batch_size = batch_size, .feeds = count};
    if (rows > batch_size * (int64_t)UINT32_MAX)
        return fail(err, MICA_VALUE, "%lld rows are too many", (long long)rows);
    b->order = allocate((size_t)rows, sizeof *b->order);
    bool done = b->order != NULL;
    for (int i = 0; i < count && done; i++) {
        b->feed[i] = feeds[i];
        b->buffer[i] = allocate_aligned(feeds[i].row_bytes * (size_t)batch_size);
        done = b->buffer[i] != NULL;
    }
    if (done) return MICA_OK;
    batches_close(b);
    return fail_memory(err, (size_t)rows * sizeof *b->order, "batches");
}

void batches_close(batches *b) {
    for (int i = 0; i < b->feeds; i++) release_aligned(b->buffer[i]);
    free(b->order);
    *b = (batches){0};
}

int64_t batches_count(const batches *b) { return (b->rows + b->batch_size - 1) / b->batch_size; }

void batches_begin(batches *b, bool shuffle, uint64_t key, uint64_t epoch) {
    size_t n = (size_t)b->rows;
    if (shuffle) philox_shuffle(key, epoch, b->order, n);
    else
        for (size_t i = 0; i < n; i++) b->order[i] = (uint32_t)i;
    for (size_t i = 0; i < n; i++) b->order[i] += (uint32_t)b->first;
    b->at = 0;
}

void batches_begin_at(batches *b, bool shuffle, uint64_t key, uint64_t epoch, int64_t at) {
    batches_begin(b, shuffle, key, epoch);
    b->at = at < 0 ? 0 : at < b->rows ? at : b->rows;
}

static void fill_ones(const feed *f, void *out, int64_t rows) {
    size_t size = mica_dtype_size(f->dtype);
    for (size_t i = 0; i < (size_t)rows * f->row_bytes / size; i++)
        dtype_store(f->dtype, (char *)out + i * size, 1);
}

mica_status batches_next(batches *b, int64_t *rows, mica_error *err) {
    int64_t left = b->rows - b->at, n = left < b->batch_size ? left : b->batch_size;
    *rows = n;
    for (int i = 0; i < b->feeds && n; i++) {
        const feed *f = &b->feed[i];
        if (f->column < 0) fill_ones(f, b->buffer[i], n);
        else TRY(b->data->gather(b->data, f->column, b->order + b->at, n, f->dtype, b->buffer[i], err));
    }
    b->at += n;
    return MICA_OK;
}
