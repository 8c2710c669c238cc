/* Stages of pipelines, what they share: see pipe.h. */
#include "data/pipe.h"

#include "base/philox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

mica_status pipe_at_least(const char *name, const char *what, int64_t value, int64_t least,
                          mica_error *err) {
    if (value >= least) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: %s is %lld, expected at least %lld", name, what,
                (long long)value, (long long)least);
}

static mica_status check_parts(mica_dataset *const *parts, int count, const char *name,
                               mica_error *err) {
    if (count < 1 || count > MOST_PARTS)
        return fail(err, MICA_VALUE, "%s: %d datasets, expected 1 to %d", name, count, MOST_PARTS);
    for (int i = 0; i < count; i++)
        if (parts[i]->batch_size)
            return fail(err, MICA_STATE,
                        "%s: after dataset_batch, expected before it: batches are the last stage",
                        name);
    return MICA_OK;
}

static bool has_report(const mica_dataset *d, const struct broken_rows *report) {
    for (int i = 0; i < d->reports_count; i++)
        if (d->reports[i] == report) return true;
    return false;
}

/* Parts may have sources in common. */
static bool take_reports(mica_dataset *d, mica_dataset *const *parts, int count) {
    int most = 0;
    for (int i = 0; i < count; i++) most += parts[i]->reports_count;
    d->reports_count = 0;
    d->reports = arena_take(&d->texts, ((size_t)most + 1) * sizeof(struct broken_rows *));
    for (int i = 0; i < count && d->reports; i++)
        for (int k = 0; k < parts[i]->reports_count; k++)
            if (!has_report(d, parts[i]->reports[k]))
                d->reports[d->reports_count++] = parts[i]->reports[k];
    return d->reports;
}

/* Counts come from all parts. */
static void take_traits(mica_dataset *d, mica_dataset *const *parts, int count) {
    for (int i = 0; i < count; i++) {
        d->slow |= parts[i]->slow;
        d->ordered |= parts[i]->ordered;
        d->endless |= parts[i]->endless;
        d->makes_targets |= parts[i]->makes_targets;
        if (!d->broken) d->broken = parts[i]->broken;
        if (parts[i]->prefetch > d->prefetch) d->prefetch = parts[i]->prefetch;
    }
}

static void free_state(mica_dataset *d) { free(d->state); }

mica_status pipe_begin(mica_dataset *const *parts, int count, const char *name, size_t state_bytes,
                       void (*destroy)(mica_dataset *d), mica_dataset **out, mica_error *err) {
    TRY(check_parts(parts, count, name, err));
    mica_dataset *d = dataset_derive(parts[0]);
    if (!d) return fail_memory(err, sizeof *d, name);
    *out = d; /* from here on the caller drops it */
    d->stream = NULL;
    d->locate = locate_same;
    d->gather = gather_brought;
    d->bring = NULL;
    d->also = arena_take(&d->texts, (size_t)count * sizeof *d->also);
    d->state = allocate(1, state_bytes + 1);
    if (!d->also || !d->state || !take_reports(d, parts, count))
        return fail_memory(err, state_bytes, name);
    d->destroy = destroy ? destroy : free_state;
    for (int i = 1; i < count; i++, d->also_count++) (d->also[i - 1] = parts[i])->refs++;
    take_traits(d, parts, count);
    return MICA_OK;
}

mica_dataset *pipe_end(mica_context *ctx, mica_status status, mica_dataset *d,
                       const mica_error *err) {
    if (status == MICA_OK) return d;
    mica_dataset_destroy(&d);
    return dataset_failed(ctx, err);
}

uint64_t pipe_key(const mica_dataset *d, uint64_t seed, const char *purpose) {
    char text[96];
    int depth = 0;
    for (const mica_dataset *at = d; at; at = at->of) depth++;
    snprintf(text, sizeof text, "%s %d", purpose, depth);
    return philox_key(seed ? seed : d->ctx->options.seed, text);
}

mica_status gather_brought(const mica_dataset *d, int column, const uint32_t *rows, int64_t count,
                           mica_dtype dtype, void *out, mica_error *err) {
    const struct column *c = &d->column[column];
    feed wanted = {column, dtype, (size_t)shape_size(&c->shape) * mica_dtype_size(dtype)};
    return dataset_bring(d, 0, rows, count, &wanted, 1, &out, err);
}

const mica_dataset *locate_same(const mica_dataset *d, uint64_t *epoch, uint32_t *row) {
    (void)epoch, (void)row;
    return d->of;
}

mica_status digest_parts(const mica_dataset *d, const char *name, const int64_t *numbers, int count,
                         sha256 *h, mica_error *err) {
    sha256_add(h, name, strlen(name) + 1);
    sha256_add(h, numbers, sizeof *numbers * (size_t)count);
    for (int i = 0; i <= d->also_count; i++) {
        const mica_dataset *part = i ? d->also[i - 1] : d->of;
        if (part && part->digest) TRY(part->digest(part, h, err));
    }
    return MICA_OK;
}

void sample_of(const mica_dataset *d, void *const *at, int64_t row, mica_value *values,
               mica_sample *out) {
    *out = (mica_sample){.value = values, .count = d->columns};
    for (int i = 0; i < d->columns; i++) {
        const column *c = &d->column[i];
        values[i] = (mica_value){c->dtype, c->shape, (char *)at[i] + (size_t)row * column_bytes(c)};
        out->inputs += c->role == COLUMN_INPUT;
        out->targets += c->role == COLUMN_TARGET;
    }
}

uint64_t sample_random(uint64_t key, uint64_t epoch, uint64_t number) {
    philox4 r = philox(key, epoch, number);
    return (uint64_t)r.v[0] << 32 | r.v[1];
}

mica_status sample_failed(const char *name, int64_t number, mica_status status, mica_error *err) {
    if (err && !err->message[0]) fail(err, status, "the function failed: %s", status_text(status));
    return fail_within(err, status, "%s: sample %lld", name, (long long)number);
}

/* ---- batches and prefetching: no stages, but notes for whoever reads ---- */

mica_dataset *mica_dataset_batch(mica_dataset *of, int64_t batch_size, bool drop_remainder) {
    if (!of) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = pipe_at_least("dataset_batch", "batch_size", batch_size, 1, &err);
    if (status == MICA_OK) status = check_parts(&of, 1, "dataset_batch", &err);
    if (status == MICA_OK && !(d = dataset_derive(of)))
        status = fail_memory(&err, sizeof *d, "dataset_batch");
    if (status == MICA_OK) d->batch_size = batch_size, d->drop_remainder = drop_remainder;
    return pipe_end(of->ctx, status, d, &err);
}

mica_dataset *mica_dataset_prefetch(mica_dataset *of, int64_t batches) {
    if (!of) return NULL;
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = MICA_OK;
    if (batches < 1 || batches > 64)
        status = fail(&err, MICA_VALUE, "dataset_prefetch: %lld batches, expected 1 to 64",
                      (long long)batches);
    if (status == MICA_OK && !(d = dataset_derive(of)))
        status = fail_memory(&err, sizeof *d, "dataset_prefetch");
    if (status == MICA_OK) d->prefetch = batches;
    return pipe_end(of->ctx, status, d, &err);
}
