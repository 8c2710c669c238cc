/* Batches of a dataset: rows in an order that depends on the seed alone, brought into buffers of
 * the dtypes that a model wants. Broken rows are left out, and the next ones move up: every batch
 * but the last is full, the same for any number of workers and after a resume. Where rows are
 * decoded, a thread prepares the next batches meanwhile. Streams (data/stream.h) come in their own
 * order: there the cursor counts samples, and going on at one reads those before it again. */
#ifndef BATCH_BATCHES_H
#define BATCH_BATCHES_H

#include "batch/mix.h"
#include "data/dataset.h"

typedef struct batches {
    mica_dataset *data;
    int64_t first, rows; /* the part of the dataset; of streams INT64_MAX rows */
    int64_t batch_size;
    bool drop_remainder; /* a last batch that is not full does not come */
    int feeds;
    feed feed[MAX_COLUMNS];
    void *buffer[MAX_COLUMNS]; /* of batch_size rows; other addresses after every batches_next */
    uint32_t *order;           /* of the part's rows; NULL: a stream */
    struct reading *reading;   /* the pass over a stream */
    int64_t at;                /* the cursor: the next row in `order` */
    uint64_t epoch;            /* of the order */
    const mixing *mixing;      /* mixes rows of each batch; NULL: none. Set before the beginning */
    struct ahead *ahead;       /* the thread; NULL: rows are brought when they are asked for */
    mica_status status;        /* of the pass: what it failed with */
    mica_error err;
} batches;

mica_status batches_open(batches *b, mica_dataset *data, int64_t first, int64_t rows,
                         int64_t batch_size, const feed *feeds, int count, mica_error *err);
void batches_close(batches *b);
/* How many there are, if no row is broken; of streams INT64_MAX. */
int64_t batches_count(const batches *b);
/* Starts over: shuffled by (key, epoch), or in order (also where the data have one that is wanted);
 * at the cursor `at` (0: from the beginning),
 * which is what b->at was when the run was left. */
void batches_begin_at(batches *b, bool shuffle, uint64_t key, uint64_t epoch, int64_t at);
void batches_begin(batches *b, bool shuffle, uint64_t key, uint64_t epoch);
/* Brings the next batch into the buffers; *rows 0: there is none. A pass that failed stays so: what
 * comes behind would lack rows. */
mica_status batches_next(batches *b, int64_t *rows, mica_error *err);

#endif
