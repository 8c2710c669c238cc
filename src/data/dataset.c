/* Datasets: making, finding sources, tensors as a dataset. See dataset.h. */
#include "data/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void dataset_free(mica_dataset *d) {
    if (d->destroy) d->destroy(d);
    for (int i = 0; i < d->classes; i++) free(d->class_names[i]);
    free(d->class_names);
    free(d->origin);
    free(d);
}

static void free_all(void *first) {
    for (mica_dataset *d = first, *next; d; d = next) {
        next = d->next;
        dataset_free(d);
    }
}

mica_dataset *dataset_new(mica_context *ctx) {
    context_entry *slot = &ctx->slots[SLOT_DATASETS];
    mica_dataset *d = allocate(1, sizeof *d);
    if (!d) return NULL;
    d->ctx = ctx;
    d->next = slot->data;
    *slot = (context_entry){d, free_all};
    return d;
}

void mica_dataset_destroy(mica_dataset **dataset) {
    mica_dataset *d = *dataset;
    if (!d) return;
    mica_dataset **at = (mica_dataset **)&d->ctx->slots[SLOT_DATASETS].data;
    while (*at && *at != d) at = &(*at)->next;
    if (*at) *at = d->next;
    dataset_free(d);
    *dataset = NULL;
}

column *dataset_add_column(mica_dataset *d, const char *name, column_role role, mica_dtype dtype, const shape *s) {
    if (d->columns == MAX_COLUMNS) return NULL;
    column *c = &d->column[d->columns++];
    snprintf(c->name, sizeof c->name, "%s", name);
    c->role = role;
    c->dtype = dtype;
    c->shape = *s;
    return c;
}

int dataset_column(const mica_dataset *d, column_role role, int n) {
    for (int i = 0; i < d->columns; i++)
        if (d->column[i].role == role && n-- == 0) return i;
    return -1;
}

int64_t mica_dataset_size(const mica_dataset *d) { return d ? d->rows : 0; }
int mica_dataset_classes(const mica_dataset *d) { return d ? d->classes : 0; }

const char *mica_dataset_class_name(const mica_dataset *d, int i) {
    return d && i >= 0 && i < d->classes ? d->class_names[i] : NULL;
}

/* ---- from a SPEC ---- */

static const source *source_by_name(const char *name, size_t length) {
    for (const source *const *s = all_sources; *s; s++)
        if (strlen((*s)->name) == length && !strncmp((*s)->name, name, length)) return *s;
    return NULL;
}

static mica_status find_source(const char *spec, const source **out, const char **path, mica_error *err) {
    const char *colon = strchr(spec, ':');
    *path = spec;
    if (colon && (*out = source_by_name(spec, (size_t)(colon - spec)))) {
        *path = colon + 1;
        return MICA_OK;
    }
    for (const source *const *s = all_sources; *s; s++)
        if ((*s)->probe(spec)) return *out = *s, MICA_OK;
    return fail(err, MICA_FORMAT, "%s: no such data, or of no kind that is known (see mica list sources)", spec);
}

mica_status dataset_load(mica_context *ctx, const char *spec, mica_part part, mica_dataset **out, mica_error *err) {
    const source *s = NULL;
    const char *path;
    TRY(find_source(spec, &s, &path, err));
    mica_dataset *d = dataset_new(ctx);
    if (!d || !(d->origin = strdup(path))) return fail_memory(err, sizeof *d, spec);
    mica_status status = s->load(ctx, path, part, d, err);
    if (status == MICA_OK) *out = d;
    else mica_dataset_destroy(&d);
    return status;
}

/* The dataset, or an empty one and a sticky error. */
static mica_dataset *or_empty(mica_context *ctx, mica_status status, mica_dataset *d, const mica_error *err) {
    if (status == MICA_OK) return d;
    context_fail_with(ctx, err);
    return dataset_new(ctx);
}

mica_dataset *mica_load(mica_context *ctx, const char *spec, mica_part part) {
    mica_error err = {0};
    mica_dataset *d = NULL;
    mica_status status = dataset_load(ctx, spec, part, &d, &err);
    return or_empty(ctx, status, d, &err);
}

mica_dataset *mica_load_mnist(mica_context *ctx, const char *folder, mica_part part) {
    char spec[4096];
    snprintf(spec, sizeof spec, "idx:%s", folder);
    return mica_load(ctx, spec, part);
}
