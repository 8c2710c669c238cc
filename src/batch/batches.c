/* Batches: see batches.h. */
#include "batch/batches.h"

#include "base/philox.h"
#include "batch/fill.h"

#include <stdlib.h>
#include <string.h>

mica_status batches_open(batches *b, mica_dataset *data, int64_t first, int64_t rows,
                         int64_t batch_size, const feed *feeds, int count, mica_error *err) {
    if (first < 0 || rows < 0 || first > data->rows || rows > data->rows - first || batch_size < 1)
        return fail(err, MICA_VALUE, "batches of %lld: %lld rows from row %lld of %lld",
                    (long long)batch_size, (long long)rows, (long long)first,
                    (long long)data->rows);
    if (first + rows > UINT32_MAX)
        return fail(err, MICA_UNSUPPORTED, "%lld rows, expected at most %u",
                    (long long)(first + rows), UINT32_MAX);
    if (rows > 0 && batch_size > rows) batch_size = rows; /* no room for what never comes */
    *b = (batches){
        .data = data, .first = first, .rows = rows, .batch_size = batch_size, .feeds = count};
    b->order = malloc(sizeof *b->order * (size_t)(rows + 1));
    bool done = b->order != NULL;
    size_t bytes = 0;
    for (int i = 0; i < count && done; i++) {
        b->feed[i] = feeds[i];
        bytes = feeds[i].row_bytes * (size_t)batch_size;
        b->buffer[i] = allocate_aligned(bytes);
        done = b->buffer[i] != NULL;
    }
    if (done && data->slow) b->ahead = ahead_open(b);
    if (done) return MICA_OK;
    batches_close(b);
    return fail_memory(err, bytes + (size_t)rows * sizeof *b->order, "batches");
}

void batches_close(batches *b) {
    ahead_close(b->ahead);
    for (int i = 0; i < b->feeds; i++) release_aligned(b->buffer[i]);
    free(b->order);
    *b = (batches){0};
}

int64_t batches_count(const batches *b) { return (b->rows + b->batch_size - 1) / b->batch_size; }

void batches_begin_at(batches *b, bool shuffle, uint64_t key, uint64_t epoch, int64_t at) {
    size_t n = (size_t)b->rows;
    ahead_stop(b->ahead);
    b->epoch = epoch;
    if (shuffle) philox_shuffle(key, epoch, b->order, n);
    else
        for (size_t i = 0; i < n; i++) b->order[i] = (uint32_t)i;
    for (size_t i = 0; i < n; i++) b->order[i] += (uint32_t)b->first;
    b->at = at < 0 ? 0 : at < b->rows ? at : b->rows;
    if (b->ahead) ahead_begin(b->ahead, b->at);
}

void batches_begin(batches *b, bool shuffle, uint64_t key, uint64_t epoch) {
    batches_begin_at(b, shuffle, key, epoch, 0);
}

mica_status batches_next(batches *b, int64_t *rows, mica_error *err) {
    if (b->ahead) return ahead_next(b->ahead, b, rows, err);
    return fill_batch(b, b->buffer, &b->at, rows, err);
}
