/* Several sources as one: lists of SPECs. See dataset.h. */
#include "base/config.h"
#include "data/dataset.h"
#include "mica/pipeline.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64 }; /* that mica_dataset_concatenate takes */

json_t *spec_list(const char *spec) {
    json_t *list = spec[0] == '[' ? json_loads(spec, 0, NULL) : NULL, *one;
    size_t i;
    bool specs = json_is_array(list) && json_array_size(list) > 1;
    json_array_foreach(list, i, one) specs = specs && json_is_string(one);
    if (specs) return list;
    json_decref(list);
    return NULL;
}

/* ---- what must be the same ---- */

static mica_status same_classes(const mica_dataset *a, const mica_dataset *b, mica_error *err) {
    const int most = a->classes > b->classes ? a->classes : b->classes;
    for (int i = 0; i < most; i++) {
        const char *of_a = i < a->classes ? a->class_names[i] : NULL,
                   *of_b = i < b->classes ? b->class_names[i] : NULL;
        if (of_a && of_b && !strcmp(of_a, of_b)) continue;
        return fail(err, MICA_VALUE,
                    "class %d of %s is %s, of %s %s: expected the same classes in all sources", i,
                    a->origin, of_a ? of_a : "none", b->origin, of_b ? of_b : "none");
    }
    return MICA_OK;
}

static mica_status same_columns(const mica_dataset *a, const mica_dataset *b, mica_error *err) {
    char of_a[128], of_b[128];
    if (a->columns != b->columns)
        return fail(err, MICA_SHAPE, "%s: %d values a sample, %s: %d, expected as many", a->origin,
                    a->columns, b->origin, b->columns);
    for (int i = 0; i < a->columns; i++) {
        const column *x = &a->column[i], *y = &b->column[i];
        shape_format(&x->shape, of_a), shape_format(&y->shape, of_b);
        if (x->role == y->role && x->dtype == y->dtype && shape_equal(&x->shape, &y->shape))
            continue;
        return fail(err, MICA_SHAPE, "%s: %s is %s %s a sample, %s: %s is %s %s, expected the same",
                    a->origin, x->name, mica_dtype_name(x->dtype), of_a, b->origin, y->name,
                    mica_dtype_name(y->dtype), of_b);
    }
    return MICA_OK;
}

static mica_status same_preparation(const mica_dataset *a, const mica_dataset *b, mica_error *err) {
    const char *of_a = a->preparation ? a->preparation : "{}",
               *of_b = b->preparation ? b->preparation : "{}";
    if (a->has_parts != b->has_parts)
        return fail(err, MICA_VALUE,
                    "%s has a part of its own to test with, %s has none: expected all sources with "
                    "or without",
                    (a->has_parts ? a : b)->origin, (a->has_parts ? b : a)->origin);
    if (!strcmp(of_a, of_b)) return MICA_OK;
    return fail(err, MICA_VALUE, "%s is read as %s, %s as %s, expected the same way", a->origin,
                of_a, b->origin, of_b);
}

static mica_status check_same(mica_dataset *const *parts, size_t count, mica_error *err) {
    for (size_t i = 1; i < count; i++) {
        TRY(same_columns(parts[0], parts[i], err));
        TRY(same_classes(parts[0], parts[i], err));
        TRY(same_preparation(parts[0], parts[i], err));
    }
    return MICA_OK;
}

/* ---- the whole ---- */

static mica_status load_parts(mica_context *ctx, const json_t *list, const json_t *options,
                              mica_part part, mica_dataset **parts, mica_error *err) {
    const json_t *one;
    size_t i;
    json_array_foreach((json_t *)list, i, one)
        TRY(dataset_load_with(ctx, json_string_value(one), options, part, &parts[i], err));
    return check_same(parts, json_array_size(list), err);
}

/* Which source each row is of. */
static mica_status number_rows(mica_dataset *d, mica_dataset *const *parts, size_t count,
                               mica_error *err) {
    const size_t bytes = ((size_t)d->rows + 1) * sizeof(uint16_t);
    uint16_t *source = arena_take(&d->texts, bytes);
    if (!source) return fail_memory(err, bytes, d->origin);
    d->row_source = source;
    for (size_t k = 0; k < count; k++)
        for (int64_t i = 0; i < parts[k]->rows; i++) *source++ = (uint16_t)k;
    return MICA_OK;
}

static mica_status follow(mica_context *ctx, mica_dataset *const *parts, size_t count,
                          const char *spec, mica_dataset **out, mica_error *err) {
    *out = mica_dataset_concatenate(parts, (int)count);
    TRY(mica_check(ctx, err));
    mica_dataset *d = *out;
    d->files = NULL; /* those of the first one are not all */
    d->origin = arena_text(&d->texts, spec);
    return d->origin ? number_rows(d, parts, count, err) : fail_no_memory(err, spec);
}

mica_status dataset_load_several(mica_context *ctx, const char *spec, const json_t *options,
                                 mica_part part, mica_dataset **out, mica_error *err) {
    mica_dataset *parts[MOST] = {NULL};
    json_t *list = spec_list(spec);
    const size_t count = json_array_size(list);
    mica_status status = MICA_OK;
    if (count < 2 || count > MOST)
        status = fail(err, MICA_VALUE, "%zu sources in a list, expected 2 to %d", count, MOST);
    if (status == MICA_OK) status = load_parts(ctx, list, options, part, parts, err);
    if (status == MICA_OK) status = follow(ctx, parts, count, spec, out, err);
    for (size_t i = 0; i < count && i < MOST; i++) mica_dataset_destroy(&parts[i]);
    json_decref(list);
    return status;
}
