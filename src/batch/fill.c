/* Filling one batch: see fill.h. */
#include "batch/fill.h"

#include "data/stream.h"

#include <stdlib.h>

struct reading {
    stream *stream; /* NULL: to be opened */
    uint64_t epoch;
    int64_t at;
    room room; /* of a batch as the stream gives it */
};

struct reading *reading_new(void) {
    return allocate(1, sizeof(struct reading));
}

void reading_free(struct reading *r) {
    if (!r) return;
    stream_close(r->stream);
    room_free(&r->room);
    free(r);
}

void reading_begin(struct reading *r, uint64_t epoch, int64_t at) {
    stream_close(r->stream);
    r->stream = NULL;
    r->epoch = epoch, r->at = at;
}

/* Ones where nobody gave weights. */
static void put_feeds(const batches *b, void *const *from, void *const *buffer, int64_t rows) {
    for (int i = 0; i < b->feeds; i++) {
        const feed *f = &b->feed[i];
        size_t size = mica_dtype_size(f->dtype), n = (size_t)rows * f->row_bytes / size;
        if (f->column >= 0)
            convert(b->data->column[f->column].dtype, from[f->column], f->dtype, buffer[i],
                    rows * shape_size(&b->data->column[f->column].shape));
        for (size_t k = 0; k < n && f->column < 0; k++)
            dtype_store(f->dtype, (char *)buffer[i] + k * size, 1);
    }
}

static mica_status fill_from_stream(const batches *b, void *const *buffer, int64_t *rows,
                                    mica_error *err) {
    struct reading *r = b->reading;
    void *to[MAX_COLUMNS];
    if (!r->stream) {
        TRY(stream_open(b->data, r->epoch, &r->stream, err));
        TRY(stream_skip(r->stream, r->at, err));
    }
    TRY(rows_room(&r->room, 0, b->data, b->batch_size, to, err));
    TRY(stream_next(r->stream, b->batch_size, to, rows, err));
    put_feeds(b, to, buffer, *rows);
    return MICA_OK;
}

mica_status fill_batch(const batches *b, void *const *buffer, int64_t *at, int64_t *rows,
                       mica_error *err) {
    int64_t have = 0, began = *at;
    *rows = 0;
    if (b->reading) {
        TRY(fill_from_stream(b, buffer, &have, err));
        *at += have;
    } else {
        TRY(dataset_read(b->data, b->epoch, b->order, b->rows, at, b->feed, b->feeds, buffer,
                         b->batch_size, &have, err));
    }
    if (b->drop_remainder && have < b->batch_size) have = 0;
    if (b->mixing && have) mix_rows(b->mixing, buffer, have, b->epoch, began);
    *rows = have;
    return MICA_OK;
}
