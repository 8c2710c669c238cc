/* Batches: see batches.h. */
#include "batch/batches.h"

#include "base/philox.h"
#include "batch/fill.h"

#include <stdlib.h>
#include <string.h>

static mica_status check_part(const mica_dataset *data, int64_t first, int64_t rows,
                              int64_t batch_size, mica_error *err) {
    bool stream = data->stream && !first && rows == data->rows;
    if (batch_size < 1 ||
        (!stream && (first < 0 || rows < 0 || first > data->rows || rows > data->rows - first)))
        return fail(err, MICA_VALUE, "batches of %lld: %lld rows from row %lld of %lld",
                    (long long)batch_size, (long long)rows, (long long)first,
                    (long long)data->rows);
    if (!stream && first + rows > UINT32_MAX)
        return fail(err, MICA_UNSUPPORTED, "%lld rows, expected at most %u",
                    (long long)(first + rows), UINT32_MAX);
    return MICA_OK;
}

mica_status batches_open(batches *b, mica_dataset *data, int64_t first, int64_t rows,
                         int64_t batch_size, const feed *feeds, int count, mica_error *err) {
    TRY(check_part(data, first, rows, batch_size, err));
    bool stream = data->stream != NULL;
    if (rows > 0 && batch_size > rows && !data->drop_remainder)
        batch_size = rows; /* no room for what never comes */
    *b = (batches){.data = data,
                   .first = first,
                   .rows = stream ? INT64_MAX : rows,
                   .batch_size = batch_size,
                   .drop_remainder = data->drop_remainder,
                   .feeds = count};
    bool done = true;
    size_t bytes = 0;
    if (stream) done = (b->reading = reading_new()) != NULL;
    else done = (b->order = malloc(sizeof *b->order * (size_t)(rows + 1))) != NULL;
    for (int i = 0; i < count && done; i++) {
        b->feed[i] = feeds[i];
        bytes = feeds[i].row_bytes * (size_t)batch_size;
        b->buffer[i] = allocate_aligned(bytes);
        done = b->buffer[i] != NULL;
    }
    if (done && (data->slow || data->prefetch))
        b->ahead = ahead_open(b, data->prefetch ? (int)data->prefetch : 1);
    if (done) return MICA_OK;
    batches_close(b);
    return fail_memory(err, bytes + (stream ? 0 : (size_t)rows * sizeof *b->order), "batches");
}

void batches_close(batches *b) {
    ahead_close(b->ahead);
    for (int i = 0; i < b->feeds; i++) release_aligned(b->buffer[i]);
    free(b->order);
    reading_free(b->reading);
    *b = (batches){0};
}

int64_t batches_count(const batches *b) {
    if (b->reading) return INT64_MAX;
    return (b->rows + (b->drop_remainder ? 0 : b->batch_size - 1)) / b->batch_size;
}

void batches_begin_at(batches *b, bool shuffle, uint64_t key, uint64_t epoch, int64_t at) {
    ahead_stop(b->ahead);
    b->epoch = epoch;
    b->status = MICA_OK;
    b->at = at < 0 ? 0 : at < b->rows ? at : b->rows;
    if (b->reading) {
        reading_begin(b->reading, epoch, b->at);
    } else {
        size_t n = (size_t)b->rows;
        if (shuffle && !b->data->ordered) philox_shuffle(key, epoch, b->order, n);
        else
            for (size_t i = 0; i < n; i++) b->order[i] = (uint32_t)i;
        for (size_t i = 0; i < n; i++) b->order[i] += (uint32_t)b->first;
    }
    if (b->ahead) ahead_begin(b->ahead, b->at);
}

void batches_begin(batches *b, bool shuffle, uint64_t key, uint64_t epoch) {
    batches_begin_at(b, shuffle, key, epoch, 0);
}

mica_status batches_next(batches *b, int64_t *rows, mica_error *err) {
    *rows = 0;
    if (b->status == MICA_OK)
        b->status = b->ahead ? ahead_next(b->ahead, b, rows, &b->err)
                             : fill_batch(b, b->buffer, &b->at, rows, &b->err);
    if (b->status != MICA_OK && err) *err = b->err;
    return b->status;
}
