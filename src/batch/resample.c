/* Over- and under-sampling: see mica/prepare.h. */
#include "batch/resample.h"

#include "base/philox.h"
#include "base/strbuf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OWNER mica_resample_options
static const char *const methods[] = {"over", "under", "smote", NULL};
const field resample_fields[] = {
    TEXT(OWNER, method, "over", .choices = methods, .help = "how rows get more or fewer"),
    REAL(OWNER, ratio, .max = 1, .help = "of two classes: rarer rows to each of the other"),
    INTEGER(OWNER, neighbors, DEFAULT(5), .min = 1, .max = 1e6, .help = "of smote"),
    BOOLEAN(OWNER, replacement, .help = "of under: a row may stay more than once"), END_OF_FIELDS};

mica_resample_options mica_resample_defaults(void) {
    return (mica_resample_options){.size = sizeof(mica_resample_options)};
}

/* ---- how many ---- */

static int64_t extreme(const codes *c, bool most) {
    int64_t at = 0;
    for (int64_t i = 1; i < c->count; i++)
        if (most ? c->rows_of[i] > c->rows_of[at] : c->rows_of[i] < c->rows_of[at]) at = i;
    return at;
}

static mica_status wanted_by_ratio(const OWNER *o, const codes *c, bool under, int64_t *wanted,
                                   mica_error *err) {
    int64_t most = extreme(c, true), least = extreme(c, false);
    if (c->count != 2)
        return fail(err, MICA_VALUE,
                    "resample: ratio with %lld classes, expected 2; give counts for more",
                    (long long)c->count);
    if (under) wanted[most] = (int64_t)((double)c->rows_of[least] / o->ratio);
    else wanted[least] = (int64_t)(o->ratio * (double)c->rows_of[most]);
    return MICA_OK;
}

/* For errors: its name, or its number where it has none. */
static const char *class_called(const mica_dataset *d, double value, char number[32]) {
    const char *name = value == (int)value ? mica_dataset_class_name(d, (int)value) : NULL;
    format_real(number, value);
    return name ? name : number;
}

static mica_status wanted_by_counts(const mica_dataset *d, const OWNER *o, const classes *c,
                                    int64_t *wanted, mica_error *err) {
    char number[32];
    for (int i = 0; i < o->count_count; i++) {
        int64_t at = 0;
        if (o->counts[i] == 0) continue;
        while (at < c->codes.count && c->value[at] != i) at++;
        if (at == c->codes.count || o->counts[i] < 0)
            return fail(err, MICA_VALUE, "resample: %lld rows of class %s wanted, %s",
                        (long long)o->counts[i], class_called(d, i, number),
                        o->counts[i] < 0 ? "expected at least 0" : "but none is there");
        wanted[at] = o->counts[i];
    }
    return MICA_OK;
}

/* wanted[code]: as many rows as the class shall have. */
static mica_status count_wanted(const mica_dataset *d, const OWNER *o, const classes *c, bool under,
                                int64_t *wanted, mica_error *err) {
    const codes *k = &c->codes;
    char number[32];
    memcpy(wanted, k->rows_of, sizeof *wanted * (size_t)k->count);
    if (o->count_count > 0) TRY(wanted_by_counts(d, o, c, wanted, err));
    else if (o->ratio > 0) TRY(wanted_by_ratio(o, k, under, wanted, err));
    else
        for (int64_t i = 0; i < k->count; i++) wanted[i] = k->rows_of[extreme(k, !under)];
    for (int64_t i = 0; i < k->count; i++)
        if (under ? wanted[i] > k->rows_of[i] && !o->replacement : wanted[i] < k->rows_of[i])
            return fail(err, MICA_VALUE,
                        "resample: %lld rows of class %s wanted of %lld; '%s' makes them %s",
                        (long long)wanted[i], class_called(d, c->value[i], number),
                        (long long)k->rows_of[i], o->method,
                        under ? "fewer (replacement: or repeats some)" : "more");
    return MICA_OK;
}

/* ---- which ---- */

/* The rows of each class one after the other; from[c] is where class c begins. */
static uint32_t *rows_by_class(const codes *c, int64_t *from) {
    uint32_t *rows = allocate((size_t)c->rows + 1, sizeof *rows);
    int64_t at = 0;
    for (int64_t i = 0; i < c->count; at += c->rows_of[i++]) from[i] = at;
    for (int64_t i = 0; i < c->rows && rows; i++) rows[from[c->code[i]]++] = (uint32_t)i;
    for (int64_t i = 0; i < c->count; i++) from[i] -= c->rows_of[i];
    return rows;
}

/* All rows, then drawn ones of each class. */
static int64_t draw_over(const codes *c, const uint32_t *rows, const int64_t *from,
                         const int64_t *wanted, uint64_t key, uint32_t *order) {
    int64_t at = 0;
    for (; at < c->rows; at++) order[at] = (uint32_t)at;
    for (int64_t i = 0; i < c->count; i++)
        for (int64_t k = 0; k < wanted[i] - c->rows_of[i]; k++)
            order[at++] = rows[from[i] + (int64_t)philox_below(key, (uint64_t)i, (uint64_t)k,
                                                               (uint64_t)c->rows_of[i])];
    return at;
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The first ones of each class's rows, shuffled; then all in their order. `lot` is room. */
static int64_t draw_under(const codes *c, const uint32_t *rows, const int64_t *from,
                          const int64_t *wanted, bool replacement, uint64_t key, uint32_t *lot,
                          uint32_t *order) {
    int64_t at = 0;
    for (int64_t i = 0; i < c->count; i++) {
        uint64_t n = (uint64_t)c->rows_of[i];
        if (!replacement) philox_shuffle(key, (uint64_t)i, lot, n);
        for (int64_t k = 0; k < wanted[i]; k++)
            order[at++] = rows[from[i] + (replacement ? (int64_t)philox_below(key, (uint64_t)i,
                                                                              (uint64_t)k, n)
                                                      : lot[k])];
    }
    qsort(order, (size_t)at, sizeof *order, by_number);
    return at;
}

static mica_status pick(mica_dataset *d, const OWNER *o, const codes *c, const int64_t *wanted,
                        mica_dataset **out, mica_error *err) {
    int64_t total = c->rows;
    for (int64_t i = 0; i < c->count; i++) total += wanted[i] > 0 ? wanted[i] : 0;
    bool under = !strcmp(o->method, "under");
    uint64_t key = philox_key(d->ctx->options.seed, "resample");
    int64_t *from = allocate((size_t)c->count, sizeof *from), count;
    uint32_t *rows = from ? rows_by_class(c, from) : NULL,
             *lot = allocate((size_t)c->rows + 1, sizeof *lot),
             *order = total <= UINT32_MAX ? allocate((size_t)total + 1, sizeof *order) : NULL;
    mica_status status = rows && lot && order
                             ? MICA_OK
                             : fail_memory(err, (size_t)total * sizeof *order, "resample");
    if (status == MICA_OK) {
        count = under ? draw_under(c, rows, from, wanted, o->replacement, key, lot, order)
                      : draw_over(c, rows, from, wanted, key, order);
        status = dataset_picked(d, order, count, out, err);
    }
    free(from);
    free(rows);
    free(lot);
    free(order);
    return status;
}

/* ---- */

mica_status resample_plan_open(mica_dataset *d, const mica_resample_options *options,
                               resample_plan *out, mica_error *err) {
    *out = (resample_plan){.options = mica_resample_defaults()};
    OWNER *o = &out->options;
    classes *c = &out->classes;
    TRY(options_take(o, sizeof *o, options, "resample", err));
    if (o->count_count > 0 && !o->counts)
        return fail(err, MICA_VALUE, "resample: counts is NULL, but there are %d", o->count_count);
    if (d->rows > UINT32_MAX)
        return fail(err, MICA_UNSUPPORTED, "resample: %lld rows, expected at most %u",
                    (long long)d->rows, UINT32_MAX);
    TRY(fields_resolve(resample_fields, o, &out->texts, "resample", err));
    TRY(classes_read(d, 0, d->rows, "resample", c, err));
    out->wanted = allocate((size_t)c->codes.count, sizeof *out->wanted);
    if (!out->wanted) return fail_no_memory(err, "resample");
    return count_wanted(d, o, c, !strcmp(o->method, "under"), out->wanted, err);
}

mica_status resample_by_plan(mica_dataset *d, const resample_plan *plan, mica_dataset **out,
                             mica_error *err) {
    const OWNER *o = &plan->options;
    const codes *c = &plan->classes.codes;
    if (strcmp(o->method, "smote")) return pick(d, o, c, plan->wanted, out, err);
    int64_t *more = allocate((size_t)c->count, sizeof *more);
    if (!more) return fail_no_memory(err, "resample");
    for (int64_t i = 0; i < c->count; i++) more[i] = plan->wanted[i] - c->rows_of[i];
    mica_status status = smote_open(d, &plan->classes, more, o->neighbors, out, err);
    free(more);
    return status;
}

void resample_plan_free(resample_plan *plan) {
    free(plan->wanted);
    classes_free(&plan->classes);
    arena_free(&plan->texts);
}

mica_status mica_dataset_resample(mica_dataset *d, const mica_resample_options *options,
                                  mica_dataset **out, mica_error *err) {
    REQUIRE(d, "dataset");
    REQUIRE(out, "out");
    resample_plan plan;
    mica_status status = resample_plan_open(d, options, &plan, err);
    if (status == MICA_OK) status = resample_by_plan(d, &plan, out, err);
    resample_plan_free(&plan);
    return status;
}
