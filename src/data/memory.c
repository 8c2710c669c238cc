/* Datasets in memory: see memory.h. Also tensors as a dataset. */
#include "data/memory.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FILES 4

typedef struct in_memory {
    buffer *bytes[MAX_COLUMNS];
    size_t offset[MAX_COLUMNS];
    char *file[MOST_FILES]; /* whose bytes are the fingerprint; none: the values are */
    int files;
    char *text; /* what is the fingerprint instead; NULL: nothing is */
} in_memory;

static void destroy(mica_dataset *d) {
    in_memory *m = d->state;
    for (int i = 0; i < d->columns; i++) buffer_drop(m->bytes[i]);
    free(m);
}

/* Of strings what they say, not where it lies. */
static void digest_texts(sha256 *h, const mica_string *texts, size_t n) {
    for (size_t i = 0; i < n; i++) {
        sha256_add(h, &texts[i].size, sizeof texts[i].size);
        sha256_add(h, texts[i].bytes, texts[i].size);
    }
}

static mica_status digest_values(const mica_dataset *d, sha256 *h) {
    const in_memory *m = d->state;
    for (int i = 0; i < d->columns; i++) {
        const column *c = &d->column[i];
        int64_t each = shape_size(&c->shape);
        sha256_add(h, mica_dtype_name(c->dtype), strlen(mica_dtype_name(c->dtype)) + 1);
        sha256_add(h, c->shape.dims, sizeof *c->shape.dims * (size_t)c->shape.rank);
        const char *values = (const char *)m->bytes[i]->data + m->offset[i];
        if (c->dtype == MICA_STRING)
            digest_texts(h, (const mica_string *)(const void *)values,
                         (size_t)d->rows * (size_t)each);
        else sha256_add(h, values, (size_t)d->rows * (size_t)each * mica_dtype_size(c->dtype));
    }
    return MICA_OK;
}

static mica_status digest(const mica_dataset *d, sha256 *h, mica_error *err) {
    const in_memory *m = d->state;
    if (m->text) sha256_add(h, m->text, strlen(m->text));
    if (!m->files && !m->text) return digest_values(d, h);
    for (int i = 0; i < m->files; i++) {
        file_bytes content;
        TRY(file_read(m->file[i], &content, err));
        sha256_add(h, content.data, content.size);
        free(content.data);
    }
    return MICA_OK;
}

/* A shuffled row is in no cache: asked for while the one before is converted. */
static inline void fetch_row(const char *at, size_t bytes) {
    for (size_t i = 0; i < bytes && i < 4096; i += CACHE_LINE) __builtin_prefetch(at + i);
}

static mica_status gather(const mica_dataset *d, int at, const uint32_t *rows, int64_t count,
                          mica_dtype dtype, void *out, mica_error *err) {
    const in_memory *m = d->state;
    const column *c = &d->column[at];
    int64_t each = shape_size(&c->shape);
    if ((c->dtype == MICA_STRING) != (dtype == MICA_STRING))
        return fail(err, MICA_TYPE, "%s: %s holds %s, expected %s", d->origin ? d->origin : "data",
                    c->name, c->dtype == MICA_STRING ? "strings" : "numbers",
                    dtype == MICA_STRING ? "strings" : "numbers");
    size_t from = (size_t)each * mica_dtype_size(c->dtype),
           to = (size_t)each * mica_dtype_size(dtype);
    const char *bytes = (const char *)m->bytes[at]->data + m->offset[at];
    for (int64_t i = 0; i < count; i++) {
        if (i + 1 < count && rows[i + 1] < d->rows) fetch_row(bytes + rows[i + 1] * from, from);
        if (rows[i] >= d->rows)
            return fail(err, MICA_INTERNAL, "row %u of %lld", rows[i], (long long)d->rows);
        convert(c->dtype, bytes + rows[i] * from, dtype, (char *)out + (size_t)i * to, each);
    }
    return MICA_OK;
}

static mica_status begin(mica_dataset *d, mica_error *err) {
    if (d->state) return MICA_OK;
    d->state = allocate(1, sizeof(in_memory));
    d->destroy = destroy;
    d->gather = gather;
    d->digest = digest;
    return d->state ? MICA_OK
                    : fail_memory(err, sizeof(in_memory), d->origin ? d->origin : "dataset");
}

mica_status memory_digest_files(mica_dataset *d, const char *const *paths, int count,
                                mica_error *err) {
    TRY(begin(d, err));
    in_memory *m = d->state;
    for (int i = 0; i < count && i < MOST_FILES; i++, m->files++)
        if (!(m->file[i] = arena_text(&d->texts, paths[i])))
            return fail_memory(err, strlen(paths[i]), paths[i]);
    return MICA_OK;
}

mica_status memory_digest_text(mica_dataset *d, const char *text, mica_error *err) {
    TRY(begin(d, err));
    in_memory *m = d->state;
    m->text = arena_text(&d->texts, text);
    return m->text ? MICA_OK : fail_no_memory(err, text);
}

mica_status memory_add_column(mica_dataset *d, const char *name, column_role role, mica_dtype dtype,
                              const shape *sample, buffer *bytes, size_t offset, mica_error *err) {
    TRY(begin(d, err));
    int at = d->columns;
    in_memory *m = d->state;
    if (d->rows > UINT32_MAX)
        return fail(err, MICA_UNSUPPORTED, "%s: %lld samples, expected at most %u", name,
                    (long long)d->rows, UINT32_MAX);
    if (!dataset_add_column(d, name, role, dtype, sample))
        return fail(err, MICA_VALUE, "%s: more than %d columns", name, MAX_COLUMNS);
    m->bytes[at] = buffer_share(bytes);
    m->offset[at] = offset;
    return MICA_OK;
}

mica_status memory_add_array(mica_dataset *d, const char *name, column_role role,
                             const array_bytes *a, mica_error *err) {
    const char *origin = d->origin ? d->origin : "data";
    if (a->shape.rank < 1)
        return fail(err, MICA_SHAPE, "%s: %s is a scalar; the first axis must be the samples",
                    origin, name);
    if (d->columns == 0) d->rows = a->shape.dims[0];
    if (a->shape.dims[0] != d->rows)
        return fail(err, MICA_SHAPE, "%s: %s has %lld samples, but %s has %lld", origin, name,
                    (long long)a->shape.dims[0], d->column[0].name, (long long)d->rows);
    shape sample = {.rank = a->shape.rank - 1};
    memcpy(sample.dims, a->shape.dims + 1, sizeof(int64_t) * (size_t)sample.rank);
    return memory_add_column(d, name, role, a->dtype, &sample, a->bytes, a->offset, err);
}

/* ---- tensors ---- */

static mica_status add_tensor(mica_dataset *d, mica_tensor *t, const char *prefix, int number,
                              column_role role, mica_error *err) {
    char name[32];
    snprintf(name, sizeof name, number ? "%s_%d" : "%s", prefix, number);
    if (t->kind != TENSOR_CONCRETE && t->kind != TENSOR_VARIABLE)
        return fail(err, MICA_STATE, "%s: not a concrete tensor", name);
    array_bytes a = {t->dtype, t->shape, t->buffer, t->offset};
    if (tensor_contiguous(t)) return memory_add_array(d, name, role, &a, err);
    a.bytes = buffer_new((size_t)shape_size(&t->shape) * mica_dtype_size(t->dtype));
    a.offset = 0;
    if (!a.bytes)
        return fail_memory(err, (size_t)shape_size(&t->shape) * mica_dtype_size(t->dtype), name);
    tensor_copy_out(t, t->dtype, a.bytes->data);
    mica_status status = memory_add_array(d, name, role, &a, err);
    buffer_drop(a.bytes);
    return status;
}

mica_dataset *mica_dataset_new(mica_context *ctx, mica_tensor *const *inputs, int input_count,
                               mica_tensor *const *targets, int target_count,
                               mica_tensor *weights) {
    if (!ctx) return NULL;
    if (LACKS_EACH(ctx, inputs, input_count, "inputs") ||
        LACKS_EACH(ctx, targets, target_count, "targets"))
        return NULL;
    mica_error err = {0};
    mica_dataset *d = dataset_new(ctx);
    mica_status status = d ? MICA_OK : fail_memory(&err, sizeof *d, "dataset");
    for (int i = 0; i < input_count && status == MICA_OK; i++)
        status = add_tensor(d, inputs[i], "x", i, COLUMN_INPUT, &err);
    for (int i = 0; i < target_count && status == MICA_OK; i++)
        status = add_tensor(d, targets[i], "y", i, COLUMN_TARGET, &err);
    if (weights && status == MICA_OK)
        status = add_tensor(d, weights, "sample_weight", 0, COLUMN_WEIGHT, &err);
    if (status == MICA_OK) return d;
    context_fail_with(ctx, &err);
    if (d) d->rows = 0;
    return d;
}
