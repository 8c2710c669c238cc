/* Pipelines: datasets made of datasets, with tf.data's terms. Each call gives a new dataset and
 * leaves the one it was given as it is; the context owns both. They feed fit and evaluate, and
 * loops that are written by hand (mica_batches).
 *
 * Rows that can be reached in any order stay so: map, cache, take, skip, shard, shuffle, repeat,
 * concatenate, interleave, sample and zip of such data have a known size, and a resumed training
 * goes straight to its next sample. A generator, what a filter leaves, and what repeats without end
 * are streams: their size is -1, they are read from their beginning in order (to resume, what was
 * read already is read again and left out), and mica_dataset_cache makes them data with a size.
 *
 * The order of samples, and what map makes of them, depends on seed, pass and place alone, never on
 * the number of threads. A pass (epoch) is counted from 0. Source: tensorflow.org/guide/data. */
#ifndef MICA_PIPELINE_H
#define MICA_PIPELINE_H

#include "mica/data.h"
#include "mica/model.h"

MICA_API_BEGIN

/* One value of a sample: row-major elements. */
typedef struct mica_value {
    mica_dtype dtype;
    mica_shape shape;
    void *data;
} mica_value;

/* One sample as user functions see it: inputs first, then targets, then the weight, if any. */
typedef struct mica_sample {
    int inputs, targets, count; /* of values; of all */
    mica_value *value;
    int64_t number;  /* of the sample in its dataset, from 0 */
    uint64_t epoch;  /* the pass, from 0 */
    uint64_t random; /* 64 bits by chance that depend on seed, pass and number alone */
} mica_sample;

/* ---- sources ---- */

/* Type and shape of one value of a sample. */
typedef struct mica_value_type {
    mica_dtype dtype;
    mica_shape shape;
} mica_value_type;

/* Writes the next sample, or sets *end. `number` counts from 0 in each pass: a function that keeps
 * a place of its own starts anew at 0. One call at a time, not always from the same thread. */
typedef mica_status mica_generator_function(const mica_sample *out, bool *end, void *user,
                                            mica_error *err);
/* A stream of what the function makes. Source: tf.data.Dataset.from_generator. */
mica_dataset *mica_dataset_generator(mica_context *ctx, const mica_value_type *inputs,
                                     int input_count, const mica_value_type *targets,
                                     int target_count, mica_generator_function *function,
                                     void *user);

/* ---- each sample ---- */

/* Makes out of in. Values whose type and shape map was not told to change share their memory in
 * both, so that they stay as they are, or may be changed in place. Called by several threads at
 * once; a failure ends the run and names the sample. */
typedef mica_status mica_map_function(const mica_sample *in, const mica_sample *out, void *user,
                                      mica_error *err);
typedef struct mica_map_options {
    size_t size;
    const mica_value_type *inputs; /* of the result (default NULL: as they were) */
    int input_count;
    const mica_value_type *targets; /* (default NULL: as they were) */
    int target_count;
    bool inputs_only; /* the function changes inputs alone: targets and weights are read without
                         calling it (default false) */
    int64_t threads;  /* that call it (default 0: the context's workers) */
} mica_map_options;
mica_map_options mica_map_defaults(void);
mica_dataset *mica_dataset_map(mica_dataset *d, mica_map_function *function, void *user,
                               const mica_map_options *options);
/* What the model makes of the inputs, as in inference: a model of preprocessing layers, or one
 * whose output another is trained on. Targets and weights stay. It keeps the model, whose weights
 * must not change meanwhile. threads 0: the context's workers. */
mica_dataset *mica_dataset_map_model(mica_dataset *d, mica_model *model, int threads);

/* Whether the sample stays. As mica_map_function otherwise. */
typedef mica_status mica_filter_function(const mica_sample *sample, bool *keep, void *user,
                                         mica_error *err);
/* A stream of the samples that stay. Source: tf.data.Dataset.filter. */
mica_dataset *mica_dataset_filter(mica_dataset *d, mica_filter_function *function, void *user);

/* ---- which samples, in which order ---- */

mica_dataset *mica_dataset_take(mica_dataset *d, int64_t count); /* -1: all */
mica_dataset *mica_dataset_skip(mica_dataset *d, int64_t count); /* -1: all */
/* Samples index, index + count, …: those of `count` processes are all samples, each once. */
mica_dataset *mica_dataset_shard(mica_dataset *d, int64_t count, int64_t index);
/* So many passes as one, each shuffled anew below; -1: without end, a stream. */
mica_dataset *mica_dataset_repeat(mica_dataset *d, int64_t count);

typedef struct mica_shuffle_options {
    size_t size;
    uint64_t seed;     /* (default 0: the context's) */
    bool no_reshuffle; /* each pass in the same order: reshuffle_each_iteration=False (default
                          false) */
} mica_shuffle_options;
mica_shuffle_options mica_shuffle_defaults(void);
/* Each sample is drawn from a buffer of that many, which the next one then joins; at least as many
 * as there are: every order is as likely. Rows of a known number are drawn as numbers, and are read
 * when their turn comes; of streams the samples wait in memory. fit leaves this order as it is, and
 * shuffles only data that were not. */
mica_dataset *mica_dataset_shuffle(mica_dataset *d, int64_t buffer_size,
                                   const mica_shuffle_options *options);

/* One after the other. These four want at least one part, at most 64. */
mica_dataset *mica_dataset_concatenate(mica_dataset *const *parts, int count);
/* block_length samples of each in turn; a part that ends drops out. */
mica_dataset *mica_dataset_interleave(mica_dataset *const *parts, int count, int64_t block_length);
/* The inputs of all as the inputs of one, and their targets; as many samples as the shortest has.
 */
mica_dataset *mica_dataset_zip(mica_dataset *const *parts, int count);

typedef struct mica_sample_options {
    size_t size;
    const double *weights;      /* one a part, at least 0 (default NULL: the same for all) */
    uint64_t seed;              /* (default 0: the context's) */
    bool stop_on_empty_dataset; /* at the first part that ends (default false: it drops out) */
} mica_sample_options;
mica_sample_options mica_sample_defaults(void);
/* Each sample from a part by chance. Source: tf.data.Dataset.sample_from_datasets. */
mica_dataset *mica_dataset_sample(mica_dataset *const *parts, int count,
                                  const mica_sample_options *options);

/* ---- how they come ---- */

/* What was made of a row once is kept: in memory (path NULL) or in a file, which later runs go on
 * with. The first pass is what is kept: augment after it. The file knows the data that it was made
 * of, not what user functions did to them: remove it where they change (MISMATCH else). A stream is
 * read to its end at once, and its file is written anew. */
mica_dataset *mica_dataset_cache(mica_dataset *d, const char *path);
/* Batches of that size for fit and evaluate where they are told none; only prefetch may follow.
 * drop_remainder leaves out a last batch that is not full. */
mica_dataset *mica_dataset_batch(mica_dataset *d, int64_t batch_size, bool drop_remainder);
/* A thread prepares so many batches ahead, 1 to 64. Data that are decoded, mapped or read from a
 * stream have one anyway. */
mica_dataset *mica_dataset_prefetch(mica_dataset *d, int64_t batches);

/* ---- loops that are written by hand ---- */

typedef struct mica_batches mica_batches;

typedef struct mica_batches_options {
    size_t size;
    int64_t batch_size;  /* (default that of mica_dataset_batch, or 32) */
    bool drop_remainder; /* (default that of mica_dataset_batch) */
    bool shuffle; /* all rows, by the context's seed and the pass, as fit does (default false) */
} mica_batches_options;
mica_batches_options mica_batches_defaults(void);
/* Keeps the dataset; destroyed before the context is closed. */
mica_status mica_batches_new(mica_dataset *d, const mica_batches_options *options,
                             mica_batches **batches, mica_error *err);
void mica_batches_destroy(mica_batches **batches);
/* Begins pass `epoch`, at the place that mica_batches_cursor told (0: the first sample). */
mica_status mica_batches_begin(mica_batches *b, uint64_t epoch, int64_t cursor, mica_error *err);
/* Brings the next batch; *rows 0: the pass is over. The first call begins pass 0. */
mica_status mica_batches_next(mica_batches *b, int64_t *rows, mica_error *err);
/* Where the next batch begins. */
int64_t mica_batches_cursor(const mica_batches *b);
/* Input (target) n of the batch as a tensor (rows, …) of the data's own type. */
mica_tensor *mica_batches_input(mica_batches *b, int n);
mica_tensor *mica_batches_target(mica_batches *b, int n);
mica_tensor *mica_batches_weight(mica_batches *b); /* poison where the data has none */

MICA_API_END

#endif
