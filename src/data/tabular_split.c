/* Which rows of a table are the test part and the validation's: see tabular.h. Of each class the
 * same share, the rest by the largest remainders, as scikit-learn's train_test_split(stratify=y);
 * ceil(share * rows) in all. Which rows they are depends on the seed alone; rows keep their order.
 */
#include "base/philox.h"
#include "base/tally.h"
#include "data/tabular.h"

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

typedef struct share {
    double rest;
    size_t stratum;
} share;

static int by_rest(const void *a, const void *b) {
    const share *x = a, *y = b;
    if (x->rest != y->rest) return x->rest < y->rest ? 1 : -1;
    return (x->stratum > y->stratum) - (x->stratum < y->stratum);
}

/* wanted[s] of sizes[s] rows, `all` together. */
static bool share_out(const int64_t *sizes, size_t count, int64_t rows, int64_t all,
                      int64_t *wanted) {
    share *shares = allocate(count, sizeof *shares);
    int64_t given = 0;
    if (!shares) return false;
    for (size_t s = 0; s < count; s++) {
        double part = (double)sizes[s] * (double)all / (double)rows;
        wanted[s] = (int64_t)part;
        given += wanted[s];
        shares[s] = (share){part - (double)wanted[s], s};
    }
    qsort(shares, count, sizeof *shares, by_rest);
    for (size_t i = 0; i < count && given < all; i++, given++) wanted[shares[i].stratum]++;
    free(shares);
    return true;
}

/* What a division is about. */
typedef struct dividing {
    const mica_table *t;
    const mica_tabular_options *o;
    const char *name, *what; /* the table; the share's name */
    double share;
    uint32_t *stratum; /* of each row */
    size_t strata;
} dividing;

/* Marks the rows that are taken: of each stratum those that come first in a random order. */
static bool choose(const dividing *g, const row_list *all, int64_t wanted_rows, bool *taken) {
    int64_t *sizes = allocate(g->strata + 1, sizeof *sizes),
            *wanted = allocate(g->strata + 1, sizeof *wanted);
    uint32_t *order = allocate((size_t)all->count + 1, sizeof *order);
    bool ok = sizes && wanted && order;
    for (int64_t i = 0; i < all->count && ok; i++) sizes[g->stratum[all->row[i]]]++;
    ok = ok && share_out(sizes, g->strata, all->count, wanted_rows, wanted);
    if (ok) philox_shuffle(philox_key((uint64_t)g->o->seed, g->what), 0, order, (size_t)all->count);
    for (int64_t i = 0; i < all->count && ok; i++) {
        int64_t *left = &wanted[g->stratum[all->row[order[i]]]];
        if (*left > 0) taken[order[i]] = true, --*left;
    }
    free(sizes);
    free(wanted);
    free(order);
    return ok;
}

/* Of `all` the share goes to `taken`, which has room, and the others stay, in their order. */
static mica_status divide(const dividing *g, row_list *all, row_list *taken, mica_error *err) {
    int64_t rows = (int64_t)ceil(g->share * (double)all->count), kept = 0;
    bool *is_taken = allocate((size_t)all->count + 1, sizeof *is_taken), ok = is_taken != NULL;
    for (int64_t i = all->count - rows; i < all->count && ok && g->o->no_shuffle; i++)
        is_taken[i] = true;
    if (ok && !g->o->no_shuffle) ok = choose(g, all, rows, is_taken);
    for (int64_t i = 0; i < all->count && ok; i++)
        if (is_taken[i]) taken->row[taken->count++] = all->row[i];
        else all->row[kept++] = all->row[i];
    free(is_taken);
    if (!ok) return fail_no_memory(err, g->name);
    if (!kept && all->count)
        return fail(err, MICA_VALUE, "%s: %s %g of %lld rows leaves none to train on", g->name,
                    g->what, g->share, (long long)all->count);
    all->count = kept;
    return MICA_OK;
}

static mica_status divide_all(dividing *g, table_parts *out, mica_error *err) {
    const mica_tabular_options *o = g->o;
    int target = -1;
    if (o->test_split == 0 && o->validation_split == 0) return MICA_OK;
    if (o->target) TRY(tabular_find(g->t, o->target, "target", g->name, &target, err));
    if (target >= 0 && !o->no_stratify && !o->no_shuffle && tabular_has_classes(g->t, o, target))
        TRY(find_strata(g->t, o, target, g->stratum, &g->strata, g->name, err));
    g->what = "test_split", g->share = o->test_split;
    if (g->share > 0) TRY(divide(g, &out->train, &out->test, err));
    g->what = "validation_split", g->share = o->validation_split;
    return g->share > 0 ? divide(g, &out->train, &out->validation, err) : MICA_OK;
}

/* All rows; without those that lack a target, where they are left out. */
static mica_status list_rows(const dividing *g, row_list *out, mica_error *err) {
    const mica_tabular_options *o = g->o;
    int target = -1;
    if (!strcmp(o->missing_target, "drop"))
        TRY(tabular_find(g->t, o->target, "target", g->name, &target, err));
    for (int64_t i = 0; i < g->t->rows; i++)
        if (target < 0 || !mica_table_is_missing(g->t, target, i))
            out->row[out->count++] = (uint32_t)i;
    return MICA_OK;
}

void tabular_parts_free(table_parts *p) {
    free(p->train.row);
    free(p->validation.row);
    free(p->test.row);
}

mica_status tabular_split(const mica_table *t, const mica_tabular_options *o, const char *name,
                          table_parts *out, mica_error *err) {
    size_t rows = (size_t)t->rows;
    row_list *parts[] = {&out->train, &out->validation, &out->test};
    dividing g = {.t = t, .o = o, .name = name, .strata = 1};
    bool ok = (g.stratum = allocate(rows + 1, sizeof *g.stratum)) != NULL;
    for (size_t i = 0; i < LENGTH(parts); i++)
        ok = (parts[i]->row = allocate(rows + 1, sizeof *parts[i]->row)) && ok;
    mica_status status = ok ? list_rows(&g, &out->train, err) : fail_no_memory(err, name);
    if (status == MICA_OK && o->test_split == 0) { /* both parts are the whole table */
        memcpy(out->test.row, out->train.row, rows * sizeof *out->test.row);
        out->test.count = out->train.count;
    }
    if (status == MICA_OK) status = divide_all(&g, out, err);
    free(g.stratum);
    return status;
}
