/* mica_dataset_generator: a stream of what a function makes. Source:
 * tf.data.Dataset.from_generator. */
#include "base/philox.h"
#include "data/pipe.h"

#include <stdlib.h>

typedef struct generating {
    mica_generator_function *function;
    void *user;
    uint64_t key;
} generating;

static mica_status next_generated(stream *s, int64_t most, void *const *out, int64_t *count,
                                  mica_error *err) {
    const generating *g = s->d->state;
    for (*count = 0; *count < most; ++*count) {
        mica_value values[MAX_COLUMNS];
        mica_sample sample;
        bool end = false;
        sample_of(s->d, out, *count, values, &sample);
        sample.number = s->at + *count;
        sample.epoch = s->epoch;
        sample.random = sample_random(g->key, s->epoch, (uint64_t)sample.number);
        mica_status status = g->function(&sample, &end, g->user, err);
        if (status != MICA_OK)
            return sample_failed("dataset_generator", sample.number, status, err);
        if (end) return MICA_OK;
    }
    return MICA_OK;
}

static const stream_kind stream_generated = {.alone = true, .next = next_generated};

static mica_status gather(const mica_dataset *d, int column, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    (void)column, (void)rows, (void)count, (void)dtype, (void)out;
    return dataset_need_rows(d, "rows", err);
}

static void destroy(mica_dataset *d) { free(d->state); }

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    (void)err;
    for (int i = 0; i < d->columns; i++) {
        sha256_add(h, &d->column[i].dtype, sizeof d->column[i].dtype);
        sha256_add(h, d->column[i].shape.dims, sizeof(int64_t) * (size_t)d->column[i].shape.rank);
    }
    return MICA_OK;
}

static mica_status add(mica_dataset *d, const mica_value_type *types, int count, column_role role,
                       const char *prefix, mica_error *err) {
    char name[32], text[128];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, i ? "%s_%d" : "%s", prefix, i);
        shape_format(&types[i].shape, text);
        if (types[i].dtype == MICA_STRING || shape_size(&types[i].shape) < 0)
            return fail(err, MICA_TYPE,
                        "dataset_generator: %s is %s %s, expected numbers of a known shape", name,
                        mica_dtype_name(types[i].dtype), text);
        if (!dataset_add_column(d, name, role, types[i].dtype, &types[i].shape))
            return fail(err, MICA_VALUE, "dataset_generator: more than %d values", MAX_COLUMNS);
    }
    return MICA_OK;
}

mica_dataset *mica_dataset_generator(mica_context *ctx, const mica_value_type *inputs,
                                     int input_count, const mica_value_type *targets,
                                     int target_count, mica_generator_function *function,
                                     void *user) {
    if (!ctx || LACKS(ctx, inputs, "inputs") || LACKS(ctx, function, "function")) return NULL;
    if (target_count > 0 && LACKS(ctx, targets, "targets")) return NULL;
    mica_error err = {0};
    mica_dataset *d = dataset_new(ctx);
    mica_status status = d && (d->state = allocate(1, sizeof(generating)))
                             ? pipe_at_least("dataset_generator", "input_count", input_count, 1,
                                             &err)
                             : fail_no_memory(&err, "dataset_generator");
    if (status == MICA_OK) {
        *(generating *)d->state = (generating){function, user,
                                               philox_key(ctx->options.seed, "generator")};
        d->destroy = destroy;
        d->rows = -1;
        d->gather = gather;
        d->digest = digest;
        d->stream = &stream_generated;
        d->slow = true;
        status = add(d, inputs, input_count, COLUMN_INPUT, "x", &err);
    }
    if (status == MICA_OK) status = add(d, targets, target_count, COLUMN_TARGET, "y", &err);
    return pipe_end(ctx, status, d, &err);
}
