/* Rows of a dataset as tensors, for loops that are written by hand: see mica/data.h. */
#include "data/dataset.h"

#include <string.h>

enum { CHUNK = 1024 };

/* Brings the rows in pieces: a dataset counts them in 32 bits. */
static mica_status bring(const mica_dataset *d, int at, const int64_t *rows, int64_t count,
                         char *out, mica_error *err) {
    const column *c = &d->column[at];
    size_t row_bytes = (size_t)shape_size(&c->shape) * mica_dtype_size(c->dtype);
    uint32_t piece[CHUNK];
    for (int64_t done = 0, n; done < count; done += n) {
        n = count - done < CHUNK ? count - done : CHUNK;
        for (int64_t i = 0; i < n; i++) {
            int64_t row = rows ? rows[done + i] : done + i;
            if (row < 0 || row >= d->rows)
                return fail(err, MICA_VALUE, "%s: row %lld, expected 0 to %lld",
                            d->origin ? d->origin : "dataset", (long long)row,
                            (long long)d->rows - 1);
            piece[i] = (uint32_t)row;
        }
        TRY(d->gather(d, at, piece, n, c->dtype, out + (size_t)done * row_bytes, err));
    }
    return MICA_OK;
}

mica_tensor *dataset_tensor(mica_dataset *d, int at, const int64_t *rows, int64_t count) {
    mica_error err = {0};
    const char *origin = d->origin ? d->origin : "dataset";
    const column *c = &d->column[at];
    shape s = {.rank = c->shape.rank + 1, .dims = {count}};
    memcpy(s.dims + 1, c->shape.dims, sizeof *s.dims * (size_t)c->shape.rank);
    mica_tensor *t = tensor_alloc(d->ctx, c->dtype, &s);
    if (t->kind == TENSOR_POISON) return t;
    mica_status status = bring(d, at, rows, count, t->buffer->data, &err);
    if (status == MICA_OK && !tensor_own_texts(t)) status = fail_no_memory(&err, origin);
    if (status == MICA_OK) return t;
    mica_tensor_destroy(&t);
    context_fail_with(d->ctx, &err);
    return tensor_poison(d->ctx);
}

static mica_tensor *column_rows(mica_dataset *d, column_role role, int n, const int64_t *rows,
                                int64_t count) {
    const char *origin = d->origin ? d->origin : "dataset";
    mica_error err = {0};
    int at = n < 0 ? -1 : dataset_column(d, role, n);
    if (dataset_need_rows(d, origin, &err) != MICA_OK) {
        context_fail_with(d->ctx, &err);
        return tensor_poison(d->ctx);
    }
    if (at < 0) {
        context_fail(d->ctx, MICA_VALUE, "%s: there is no %s %d", origin,
                     role == COLUMN_INPUT ? "input" : "target", n);
        return tensor_poison(d->ctx);
    }
    if (count < 0 || (!rows && count > d->rows)) {
        context_fail(d->ctx, MICA_VALUE, "%s: %lld rows, expected 0 to %lld", origin,
                     (long long)count, (long long)d->rows);
        return tensor_poison(d->ctx);
    }
    return dataset_tensor(d, at, rows, count);
}

mica_tensor *mica_dataset_input(mica_dataset *d, int n, const int64_t *rows, int64_t count) {
    if (!d) return NULL;
    return column_rows(d, COLUMN_INPUT, n, rows, count);
}

mica_tensor *mica_dataset_target(mica_dataset *d, int n, const int64_t *rows, int64_t count) {
    if (!d) return NULL;
    return column_rows(d, COLUMN_TARGET, n, rows, count);
}
