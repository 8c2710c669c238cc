/* Streams: one pass over a dataset in its order, a few samples at a time. What a stage of a
 * pipeline has to say for that is a stream_kind; a dataset without one is read by its rows.
 *
 * next brings up to `most` samples, all columns in their own types, to out[column]; fewer only
 * where the pass is over. What it gives must not depend on how the reader cuts the pass into calls.
 */
#ifndef DATA_STREAM_H
#define DATA_STREAM_H

#include "data/dataset.h"
#include "data/room.h"

#define STREAM_CHUNK 64 /* samples that stages read at a time */

typedef struct stream {
    const struct stream_kind *kind;
    const mica_dataset *d;
    uint64_t epoch;
    int64_t at; /* samples that it gave */
    bool ended;
    struct stream **of; /* of the dataset's parents, in their order */
    int of_count;
    void *state; /* the kind's, zeroed at first */
    room room;   /* of a stage: blocks 0 … MAX_COLUMNS - 1; those behind are the reader's */
} stream;

typedef struct stream_kind {
    size_t state_bytes;
    bool alone;                                       /* it opens its parents itself, or has none */
    mica_status (*begin)(stream *s, mica_error *err); /* NULL: nothing to do */
    mica_status (*next)(stream *s, int64_t most, void *const *out, int64_t *count, mica_error *err);
    mica_status (*skip)(stream *s, int64_t count, mica_error *err); /* NULL: reads them */
    void (*close)(stream *s);                                       /* NULL: nothing to do */
} stream_kind;

extern const stream_kind stream_same; /* of a dataset that is all of its only part */

mica_status stream_open(const mica_dataset *d, uint64_t epoch, stream **out, mica_error *err);
void stream_close(stream *s);
mica_status stream_next(stream *s, int64_t most, void *const *out, int64_t *count, mica_error *err);
/* Leaves out so many samples. */
mica_status stream_skip(stream *s, int64_t count, mica_error *err);

/* Places `rows` rows further in each column. */
void rows_behind(const mica_dataset *d, void *const *out, int64_t rows, void **behind);
/* Copies `count` rows of each column. */
void rows_copy(const mica_dataset *d, void *const *to, int64_t at, void *const *from, int64_t first,
               int64_t count);
/* Blocks from `first` on for that many rows of each column of d, in to[]; nothing in them is kept.
 */
mica_status rows_room(room *r, int first, const mica_dataset *d, int64_t rows, void **to,
                      mica_error *err);

#endif
