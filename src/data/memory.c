/* Datasets in memory: see memory.h. Also tensors as a dataset, and ranges of one. */
#include "data/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct in_memory {
    buffer *bytes[MAX_COLUMNS];
    size_t offset[MAX_COLUMNS];
} in_memory;

static void destroy(mica_dataset *d) {
    in_memory *m = d->state;
    for (int i = 0; i < d->columns; i++) buffer_drop(m->bytes[i]);
    free(m);
}

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count, mica_dtype dtype,
                          void *out, mica_error *err) {
    const in_memory *m = d->state;
    const column *c = &d->column[at];
    int64_t each = shape_size(&c->shape);
    size_t from = (size_t)each * mica_dtype_size(c->dtype), to = (size_t)each * mica_dtype_size(dtype);
    const char *bytes = (const char *)m->bytes[at]->data + m->offset[at];
    for (int64_t i = 0; i < count; i++) {
        if (rows[i] >= d->rows) return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
        convert(c->dtype, bytes + rows[i] * from, dtype, (char *)out + (size_t)i * to, each);
    }
    return MICA_OK;
}

mica_status memory_add_column(mica_dataset *d, const char *name, column_role role, mica_dtype dtype,
                              const shape *sample, buffer *bytes, size_t offset, mica_error *err) {
    if (!d->state) {
        d->state = allocate(1, sizeof(in_memory));
        d->destroy = destroy;
        d->gather = gather;
    }
    if (!d->state) return fail_memory(err, sizeof(in_memory), name);
    int at = d->columns;
    if (!dataset_add_column(d, name, role, dtype, sample))
        return fail(err, MICA_VALUE, "%s: more than %d columns", name, MAX_COLUMNS);
    in_memory *m = d->state;
    m->bytes[at] = buffer_share(bytes);
    m->offset[at] = offset;
    return MICA_OK;
}

static mica_status add_tensor(mica_dataset *d, mica_tensor *t, const char *prefix, int number, column_role role,
                              mica_error *err) {
    char name[32];
    snprintf(name, sizeof name, number ? "%s_%d" : "%s", prefix, number);
    if (t->kind != TENSOR_CONCRETE && t->kind != TENSOR_VARIABLE) return fail(err, MICA_STATE, "%s: not a concrete tensor", name);
    if (t->shape.rank < 1) return fail(err, MICA_SHAPE, "%s: a scalar; the first axis must be the samples", name);
    if (d->columns == 0) d->rows = t->shape.dims[0];
    if (t->shape.dims[0] != d->rows)
        return fail(err, MICA_SHAPE, "%s: %lld samples, but the first column has %lld", name, (long long)t->shape.dims[0], (long long)d->rows);
    shape sample = {.rank = t->shape.rank - 1};
    memcpy(sample.dims, t->shape.dims + 1, sizeof(int64_t) * (size_t)sample.rank);
    if (tensor_contiguous(t)) return memory_add_column(d, name, role, t->dtype, &sample, t->buffer, t->offset, err);
    buffer *copy = buffer_new((size_t)shape_size(&t->shape) * mica_dtype_size(t->dtype));
    if (!copy) return fail_memory(err, 1, name);
    tensor_copy_out(t, t->dtype, copy->data);
    mica_status status = memory_add_column(d, name, role, t->dtype, &sample, copy, 0, err);
    buffer_drop(copy);
    return status;
}

mica_dataset *mica_dataset_new(mica_context *ctx, mica_tensor *const *inputs, int input_count,
                               mica_tensor *const *targets, int target_count, mica_tensor *weights) {
    mica_error err = {0};
    mica_dataset *d = dataset_new(ctx);
    mica_status status = d ? MICA_OK : fail_memory(&err, sizeof *d, "dataset");
    for (int i = 0; i < input_count && status == MICA_OK; i++) status = add_tensor(d, inputs[i], "x", i, COLUMN_INPUT, &err);
    for (int i = 0; i < target_count && status == MICA_OK; i++) status = add_tensor(d, targets[i], "y", i, COLUMN_TARGET, &err);
    if (weights && status == MICA_OK) status = add_tensor(d, weights, "sample_weight", 0, COLUMN_WEIGHT, &err);
    if (status == MICA_OK) return d;
    context_fail_with(ctx, &err);
    if (d) d->rows = 0;
    return d;
}

/* ---- ranges ---- */

typedef struct range {
    mica_dataset *of;
    int64_t first;
} range;

static mica_status gather_range(const mica_dataset *d, int at, const uint32_t *rows, int64_t count, mica_dtype dtype,
                                void *out, mica_error *err) {
    const range *r = d->state;
    size_t row_bytes = (size_t)shape_size(&d->column[at].shape) * mica_dtype_size(dtype);
    for (int64_t i = 0; i < count; i++) {
        uint32_t row = rows[i] + (uint32_t)r->first;
        TRY(r->of->gather(r->of, at, &row, 1, dtype, (char *)out + (size_t)i * row_bytes, err));
    }
    return MICA_OK;
}

static void destroy_range(mica_dataset *d) { free(d->state); }

mica_dataset *mica_dataset_range(mica_dataset *of, int64_t first, int64_t count) {
    mica_dataset *d = dataset_new(of->ctx);
    range *r = allocate(1, sizeof *r);
    if (!d || !r || first < 0 || count < 0 || first + count > of->rows) {
        context_fail(of->ctx, d && r ? MICA_VALUE : MICA_MEMORY, "rows %lld to %lld of a dataset of %lld",
                     (long long)first, (long long)(first + count), (long long)of->rows);
        free(r);
        return d;
    }
    *r = (range){of, first};
    d->rows = count;
    d->columns = of->columns;
    memcpy(d->column, of->column, sizeof d->column);
    d->gather = gather_range;
    d->state = r;
    d->destroy = destroy_range;
    return d;
}
