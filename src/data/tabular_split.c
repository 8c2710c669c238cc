/* Which rows of a table are the test part and the validation's: see tabular.h. Of each class the
 * same share (share_out), as scikit-learn's train_test_split(stratify=y); ceil(share * rows) in
 all. Which rows they are depends on the seed alone; rows keep their order.
 */
#include "base/philox.h"
#include "base/tally.h"
#include "data/tabular.h"
#include "table/edit.h"
#include "table/time_order.h"
#include "transform/share_out.h"
#include "transform/split_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The class of each row, in the order of first coming; one class where nothing is stratified. */
static mica_status find_strata(const mica_table *t, const mica_tabular_options *o, int target,
                               uint32_t *stratum, size_t *count, const char *name,
                               mica_error *err) {
    tally seen = {0};
    mica_status status = MICA_OK;
    for (int64_t row = 0; row < t->rows && status == MICA_OK; row++) {
        char *text = tabular_class(t, o, target, row);
        const tallied *one = text ? tally_entry(&seen, text, strlen(text)) : NULL;
        if (one) stratum[row] = (uint32_t)(one - seen.at);
        else status = fail_no_memory(err, name);
        free(text);
    }
    *count = seen.count;
    tally_free(&seen);
    return status;
}

/* What a division is about. */
typedef struct dividing {
    const mica_table *t;
    const mica_tabular_options *o;
    const char *name, *what; /* the table; the share's name */
    double share;
    uint32_t *stratum; /* of each row */
    size_t strata;
    bool last, stratified; /* the last rows are taken; of every class as many */
    int64_t seed;
    uint64_t counter; /* how many divisions went before */
} dividing;

static uint32_t stratum_of(const dividing *g, uint32_t row) {
    return g->stratified ? g->stratum[row] : 0;
}

/* Marks the rows that are taken: of each stratum those that come first in a random order. */
static mica_status choose(const dividing *g, const row_list *all, int64_t wanted_rows, bool *taken,
                          mica_error *err) {
    int64_t *sizes = allocate(g->strata + 1, sizeof *sizes),
            *wanted = allocate(g->strata + 1, sizeof *wanted);
    uint32_t *order = allocate((size_t)all->count + 1, sizeof *order);
    bool ok = sizes && wanted && order;
    for (int64_t i = 0; i < all->count && ok; i++) sizes[stratum_of(g, all->row[i])]++;
    mica_status status = ok ? share_out(sizes, (int64_t)g->strata, wanted_rows, NULL, wanted, err)
                            : fail_no_memory(err, g->name);
    if (status == MICA_OK)
        philox_shuffle(philox_key((uint64_t)g->seed, g->what), 0, order, (size_t)all->count);
    for (int64_t i = 0; i < all->count && status == MICA_OK; i++) {
        int64_t *left = &wanted[stratum_of(g, all->row[order[i]])];
        if (*left > 0) taken[order[i]] = true, --*left;
    }
    free(sizes);
    free(wanted);
    free(order);
    return status;
}

/* ---- by groups, by time ---- */

/* Codes of all->row's values. */
static mica_status codes_at(const row_list *all, const int64_t *values, codes *out,
                            mica_error *err) {
    int64_t *some = allocate((size_t)all->count + 1, sizeof *some);
    if (!some) return fail_no_memory(err, "split");
    for (int64_t i = 0; i < all->count; i++) some[i] = values[all->row[i]];
    mica_status status = codes_of_integers(some, all->count, out, NULL, err);
    free(some);
    return status;
}

static mica_status choose_groups(const dividing *g, const row_list *all, int column, bool *taken,
                                 mica_error *err) {
    codes groups = {0}, classes = {0};
    row_split parts = {0};
    int64_t *values = allocate((size_t)g->t->rows + 1, sizeof *values);
    mica_status status = values ? MICA_OK : fail_no_memory(err, g->name);
    if (status == MICA_OK) {
        column_keys(g->t, column, values);
        status = codes_at(all, values, &groups, err);
    }
    for (int64_t i = 0; i < g->t->rows && status == MICA_OK; i++) values[i] = g->stratum[i];
    if (status == MICA_OK && g->stratified) status = codes_at(all, values, &classes, err);
    split_plan p = {.rows = all->count,
                    .test = g->share,
                    .shuffle = true,
                    .classes = g->stratified ? &classes : NULL,
                    .groups = &groups,
                    .key = philox_key((uint64_t)g->seed, "dataset_split"),
                    .counter = g->counter};
    char what[1024];
    snprintf(what, sizeof what, "%s: %s", g->name, g->what);
    if (status == MICA_OK) status = split_rows(&p, what, &parts, err);
    for (int64_t i = 0; i < parts.test_rows && status == MICA_OK; i++) taken[parts.test[i]] = true;
    row_split_free(&parts);
    codes_free(&groups);
    codes_free(&classes);
    free(values);
    return status;
}

/* What of the order are rows of `all` becomes their places there, with their times; how many. */
static int64_t keep_places(const row_list *all, int64_t rows, int64_t *place, int64_t *order,
                           double *times) {
    int64_t kept = 0;
    for (int64_t i = 0; i < all->count; i++) place[all->row[i]] = i + 1;
    for (int64_t i = 0; i < rows; i++) {
        int64_t at = place[order[i]];
        if (!at) continue;
        times[kept] = times[i];
        order[kept++] = at - 1;
    }
    return kept;
}

/* The latest rows of `all`; those of one time go together, as in mica_table_split. */
static mica_status choose_latest(const dividing *g, const row_list *all, int column, int64_t rows,
                                 bool *taken, mica_error *err) {
    char what[1024];
    int64_t *order = NULL;
    double *times = NULL;
    snprintf(what, sizeof what, "%s: split_time", g->name);
    int64_t *place = allocate((size_t)g->t->rows + 1, sizeof *place); /* in `all`, from 1 */
    mica_status status = place ? time_order(g->t, column, what, &order, &times, err)
                               : fail_no_memory(err, g->name);
    if (status == MICA_OK) {
        const int64_t count = keep_places(all, g->t->rows, place, order, times);
        const int64_t bound = time_bound(times, count, count - rows);
        for (int64_t i = bound; i < count; i++) taken[order[i]] = true;
        if (bound == count && rows > 0)
            status = fail(err, MICA_VALUE,
                          "%s: %s: no row is left for this part: rows of one time go into one "
                          "part, and too many of the latest have the same",
                          what, g->what);
    }
    free(order);
    free(times);
    free(place);
    return status;
}

static mica_status mark(const dividing *g, const row_list *all, int64_t rows, bool *taken,
                        mica_error *err) {
    const mica_tabular_options *o = g->o;
    int column;
    if (o->split_groups) {
        TRY(tabular_find(g->t, o->split_groups, "split_groups", g->name, &column, err));
        return choose_groups(g, all, column, taken, err);
    }
    if (o->split_time) {
        TRY(tabular_find(g->t, o->split_time, "split_time", g->name, &column, err));
        return choose_latest(g, all, column, rows, taken, err);
    }
    for (int64_t i = all->count - rows; i < all->count && g->last; i++) taken[i] = true;
    return g->last ? MICA_OK : choose(g, all, rows, taken, err);
}

/* Of `all` the share goes to `taken`, which has room, and the others stay, in their order. */
static mica_status divide(const dividing *g, row_list *all, row_list *taken, mica_error *err) {
    int64_t rows = (int64_t)ceil(g->share * (double)all->count), kept = 0;
    bool *is_taken = allocate((size_t)all->count + 1, sizeof *is_taken);
    if (!is_taken) return fail_no_memory(err, g->name);
    mica_status status = mark(g, all, rows, is_taken, err);
    for (int64_t i = 0; i < all->count && status == MICA_OK; i++)
        if (is_taken[i]) taken->row[taken->count++] = all->row[i];
        else all->row[kept++] = all->row[i];
    free(is_taken);
    TRY(status);
    if (!kept && all->count)
        return fail(err, MICA_VALUE, "%s: %s %g of %lld rows leaves none to train on", g->name,
                    g->what, g->share, (long long)all->count);
    all->count = kept;
    return MICA_OK;
}

static mica_status check_ways(const dividing *g, mica_error *err) {
    const mica_tabular_options *o = g->o;
    if (o->split_groups && o->split_time)
        return fail(err, MICA_VALUE, "%s: split_groups and split_time, expected one of them",
                    g->name);
    if (o->split_groups && g->last)
        return fail(err, MICA_VALUE, "%s: split_groups and the last rows, expected one of them",
                    g->name);
    return MICA_OK;
}

static bool asks_classes(const mica_tabular_options *o) {
    bool validation = o->validation_order && !strcmp(o->validation_order, "stratified");
    return validation || (!o->no_stratify && !o->no_shuffle);
}

/* The test's rows by the options of all parts, so that they are the same whatever is asked of the
 * others; then the validation's, by their own where they have some. */
static mica_status divide_all(dividing *g, table_parts *out, mica_error *err) {
    const mica_tabular_options *o = g->o;
    int target = -1;
    if (o->test_split == 0 && o->validation_split == 0) return MICA_OK;
    if (o->target) TRY(tabular_find(g->t, o->target, "target", g->name, &target, err));
    bool classes = target >= 0 && tabular_has_classes(g->t, o, target);
    if (classes && asks_classes(o))
        TRY(find_strata(g->t, o, target, g->stratum, &g->strata, g->name, err));
    g->what = "test_split", g->share = o->test_split, g->seed = o->seed;
    g->last = o->no_shuffle, g->stratified = classes && !o->no_stratify && !o->no_shuffle;
    if (g->share > 0) {
        TRY(check_ways(g, err));
        TRY(divide(g, &out->train, &out->test, err));
        g->counter++;
    }
    g->what = "validation_split", g->share = o->validation_split;
    if (o->validation_seed != NO_INTEGER) g->seed = o->validation_seed;
    if (o->validation_order) {
        g->last = !strcmp(o->validation_order, "last");
        g->stratified = classes && !strcmp(o->validation_order, "stratified");
    }
    if (g->share == 0) return MICA_OK;
    TRY(check_ways(g, err));
    return divide(g, &out->train, &out->validation, err);
}

/* All rows that are not left out; without those that lack a target, where these are too. */
static mica_status list_rows(const dividing *g, const bool *left_out, row_list *out,
                             mica_error *err) {
    const mica_tabular_options *o = g->o;
    int target = -1;
    if (!strcmp(o->missing_target, "drop"))
        TRY(tabular_find(g->t, o->target, "target", g->name, &target, err));
    for (int64_t i = 0; i < g->t->rows; i++)
        if (!(left_out && left_out[i]) && (target < 0 || !mica_table_is_missing(g->t, target, i)))
            out->row[out->count++] = (uint32_t)i;
    return MICA_OK;
}

void tabular_parts_free(table_parts *p) {
    free(p->train.row);
    free(p->validation.row);
    free(p->test.row);
}

mica_status tabular_split(const mica_table *t, const mica_tabular_options *o, const bool *left_out,
                          const char *name, table_parts *out, mica_error *err) {
    size_t rows = (size_t)t->rows;
    row_list *parts[] = {&out->train, &out->validation, &out->test};
    dividing g = {.t = t, .o = o, .name = name, .strata = 1};
    bool ok = (g.stratum = allocate(rows + 1, sizeof *g.stratum)) != NULL;
    for (size_t i = 0; i < LENGTH(parts); i++)
        ok = (parts[i]->row = allocate(rows + 1, sizeof *parts[i]->row)) && ok;
    mica_status status = ok ? list_rows(&g, left_out, &out->train, err) : fail_no_memory(err, name);
    if (status == MICA_OK && o->test_split == 0) { /* both parts are the whole table */
        memcpy(out->test.row, out->train.row, rows * sizeof *out->test.row);
        out->test.count = out->train.count;
    }
    if (status == MICA_OK) status = divide_all(&g, out, err);
    free(g.stratum);
    return status;
}
