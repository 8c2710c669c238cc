/* What the stages of pipelines (mica/pipeline.h) share. */
#ifndef DATA_PIPE_H
#define DATA_PIPE_H

#include "data/stream.h"
#include "mica/pipeline.h"

#define MOST_PARTS 64

/* A stage over all of `parts`, with the columns and names of the first one; `name` is that of the
 * call, for errors. Its state has so many bytes, zeroed; destroy may be NULL. Fails after
 * mica_dataset_batch. */
mica_status pipe_begin(mica_dataset *const *parts, int count, const char *name, size_t state_bytes,
                       void (*destroy)(mica_dataset *d), mica_dataset **out, mica_error *err);
/* The stage; where status says so it is dropped, and the result is an empty one and a sticky error.
 */
mica_dataset *pipe_end(mica_context *ctx, mica_status status, mica_dataset *d,
                       const mica_error *err);
/* A key that no other stage below or above has. */
uint64_t pipe_key(const mica_dataset *d, uint64_t seed, const char *purpose);
/* gather by bring, for stages with rows. */
mica_status gather_brought(const mica_dataset *d, int column, const uint32_t *rows, int64_t count,
                           mica_dtype dtype, void *out, mica_error *err);
/* The same row of the only part. */
const mica_dataset *locate_same(const mica_dataset *d, uint64_t *epoch, uint32_t *row);
/* Adds numbers, and all parts, to a digest. */
mica_status digest_parts(const mica_dataset *d, const char *name, const int64_t *numbers, int count,
                         sha256 *h, mica_error *err);
/* VALUE where a number is below `least`. */
mica_status pipe_at_least(const char *name, const char *what, int64_t value, int64_t least,
                          mica_error *err);

/* Values of row `row` of columns that lie at `at`, for a user's function. */
void sample_of(const mica_dataset *d, void *const *at, int64_t row, mica_value *values,
               mica_sample *out);
/* Its bits by chance. */
uint64_t sample_random(uint64_t key, uint64_t epoch, uint64_t number);
/* What a user's function failed with, in a form that says where. */
mica_status sample_failed(const char *name, int64_t number, mica_status status, mica_error *err);

/* ---- map, with the number of the thread that calls ---- */

typedef mica_status (*map_work)(void *user, int worker, const mica_sample *in,
                                const mica_sample *out, mica_error *err);
typedef struct map_settings {
    const char *name;
    map_work work;
    void *user;
    void (*destroy)(void *user); /* NULL: it is the caller's */
    mica_map_options options;
} map_settings;
mica_status pipe_map(mica_dataset *d, const map_settings *s, mica_dataset **out, mica_error *err);

#endif
