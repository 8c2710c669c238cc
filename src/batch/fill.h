/* Filling one batch: what batches.c and ahead.c share. */
#ifndef BATCH_FILL_H
#define BATCH_FILL_H

#include "batch/batches.h"

/* Brings up to batch_size rows from order[*at] on (of a stream: the next ones) into the buffers,
 * moves *at behind them. */
mica_status fill_batch(const batches *b, void *const *buffer, int64_t *at, int64_t *rows,
                       mica_error *err);

/* The pass over a stream: opened by the first fill_batch after reading_begin. */
struct reading *reading_new(void);
void reading_free(struct reading *r);
void reading_begin(struct reading *r, uint64_t epoch, int64_t at);

/* A thread that fills up to `depth` batches while the last one is used. NULL: there is no memory or
 * thread for it. Between ahead_begin and the last ahead_next nothing else may touch b->order. */
struct ahead *ahead_open(const batches *b, int depth);
void ahead_close(struct ahead *a);
void ahead_stop(struct ahead *a); /* the thread is idle now */
void ahead_begin(struct ahead *a, int64_t at);
/* Swaps the filled buffers with b's. */
mica_status ahead_next(struct ahead *a, batches *b, int64_t *rows, mica_error *err);

#endif
