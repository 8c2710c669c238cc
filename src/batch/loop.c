/* Batches for loops that are written by hand: see mica/pipeline.h. */
#include "base/philox.h"
#include "batch/batches.h"
#include "data/pipe.h"

#include <stdlib.h>
#include <string.h>

struct mica_batches {
    batches b;
    mica_dataset *data;
    bool shuffle, begun;
    uint64_t key;
    int64_t rows; /* of the batch that was brought */
};

mica_batches_options mica_batches_defaults(void) {
    return (mica_batches_options){.size = sizeof(mica_batches_options)};
}

mica_status mica_batches_new(mica_dataset *d, const mica_batches_options *options,
                             mica_batches **out, mica_error *err) {
    REQUIRE(d, "d");
    REQUIRE(out, "batches");
    mica_batches_options o = mica_batches_defaults();
    feed feeds[MAX_COLUMNS];
    TRY(mica_check(d->ctx, err));
    TRY(options_take(&o, sizeof o, options, "batches_new", err));
    TRY(pipe_at_least("batches_new", "batch_size", o.batch_size, 0, err));
    int64_t size = o.batch_size ? o.batch_size : d->batch_size ? d->batch_size : 32;
    mica_batches *b = allocate(1, sizeof *b);
    if (!b) return fail_memory(err, sizeof *b, "batches");
    b->shuffle = o.shuffle;
    b->key = philox_key(d->ctx->options.seed, "shuffle");
    mica_status status = batches_open(&b->b, d, 0, d->rows, size, feeds, dataset_feeds(d, feeds),
                                      err);
    if (status != MICA_OK) {
        free(b);
        return status;
    }
    b->b.drop_remainder |= o.drop_remainder;
    (b->data = d)->refs++;
    *out = b;
    return MICA_OK;
}

void mica_batches_destroy(mica_batches **batches) {
    mica_batches *b = batches ? *batches : NULL;
    if (!b) return;
    batches_close(&b->b);
    mica_dataset_destroy(&b->data);
    free(b);
    *batches = NULL;
}

mica_status mica_batches_begin(mica_batches *b, uint64_t epoch, int64_t cursor, mica_error *err) {
    REQUIRE(b, "b");
    int64_t most = b->b.rows;
    if (cursor < 0 || cursor > most)
        return fail(err, MICA_VALUE, "batches_begin: cursor is %lld, expected 0 to %lld",
                    (long long)cursor, (long long)most);
    batches_begin_at(&b->b, b->shuffle, b->key, epoch, cursor);
    b->begun = true;
    b->rows = 0;
    return MICA_OK;
}

mica_status mica_batches_next(mica_batches *b, int64_t *rows, mica_error *err) {
    REQUIRE(b, "b");
    REQUIRE(rows, "rows");
    if (!b->begun) TRY(mica_batches_begin(b, 0, 0, err));
    b->rows = 0;
    TRY(batches_next(&b->b, rows, err));
    b->rows = *rows;
    return MICA_OK;
}

int64_t mica_batches_cursor(const mica_batches *b) { return b ? b->b.at : 0; }

static mica_tensor *column_of_batch(const mica_batches *b, column_role role, int n,
                                    const char *what) {
    mica_context *ctx = b->data->ctx;
    int at = n < 0 ? -1 : dataset_column(b->data, role, n);
    if (at < 0 || !b->rows) {
        context_fail(ctx, at < 0 ? MICA_VALUE : MICA_STATE, "%s: %s %d: %s", what,
                     role == COLUMN_INPUT    ? "input"
                     : role == COLUMN_TARGET ? "target"
                                             : "weight",
                     n, at < 0 ? "the data have none" : "no batch was brought");
        return tensor_poison(ctx);
    }
    const column *c = &b->data->column[at];
    shape s = {.rank = c->shape.rank + 1, .dims = {b->rows}};
    memcpy(s.dims + 1, c->shape.dims, sizeof *s.dims * (size_t)c->shape.rank);
    mica_tensor *t = tensor_alloc(ctx, c->dtype, &s);
    if (t->kind == TENSOR_POISON) return t;
    memcpy(t->buffer->data, b->b.buffer[at], (size_t)b->rows * column_bytes(c));
    if (tensor_own_texts(t)) return t;
    mica_tensor_destroy(&t);
    context_fail(ctx, MICA_MEMORY, "%s: memory is not enough", what);
    return tensor_poison(ctx);
}

mica_tensor *mica_batches_input(mica_batches *b, int n) {
    return b ? column_of_batch(b, COLUMN_INPUT, n, "batches_input") : NULL;
}

mica_tensor *mica_batches_target(mica_batches *b, int n) {
    return b ? column_of_batch(b, COLUMN_TARGET, n, "batches_target") : NULL;
}

mica_tensor *mica_batches_weight(mica_batches *b) {
    return b ? column_of_batch(b, COLUMN_WEIGHT, 0, "batches_weight") : NULL;
}
