/* Folds. Plain: stretches of the rows, the first n mod k of them one longer. Stratified: the rows
 * sorted by class (in the order in which classes first occur) are dealt out like cards, so that
 * each fold's share of a class is known; then a class's rows fill the folds in order. Groups: the
 * largest first, each to the fold that has fewest rows. Both: fold_stratified_groups.c. Time: the
 * last stretches of equal length. Source: sklearn.model_selection.KFold, StratifiedKFold,
 * GroupKFold, TimeSeriesSplit. */
#include "transform/split_rows.h"

#include "base/memory.h"
#include "base/philox.h"

#include <stdlib.h>

static mica_status check_folds(int64_t fold, int64_t folds, int64_t items, const char *of,
                               const char *what, mica_error *err) {
    if (folds < 2)
        return fail(err, MICA_VALUE, "%s: %lld folds, expected at least 2", what, (long long)folds);
    if (folds > items)
        return fail(err, MICA_VALUE, "%s: %lld folds of %lld %s, expected at most as many as these",
                    what, (long long)folds, (long long)items, of);
    if (fold >= 0 && fold < folds) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: fold %lld, expected 0 to %lld", what, (long long)fold,
                (long long)folds - 1);
}

/* Each item's fold, in stretches of the order; NULL: that of their numbers. */
static void fold_in_stretches(int64_t n, int64_t folds, const uint32_t *order, uint32_t *fold_of) {
    int64_t at = 0;
    for (int64_t f = 0; f < folds; f++)
        for (int64_t i = 0; i < n / folds + (f < n % folds); i++, at++)
            fold_of[order ? order[at] : at] = (uint32_t)f;
}

static mica_status fold_plain(const fold_plan *p, uint32_t *fold_of, mica_error *err) {
    uint32_t *order = p->shuffle ? allocate((size_t)p->rows, sizeof *order) : NULL;
    if (p->shuffle && !order) return fail_no_memory(err, "folds");
    if (order) philox_shuffle(p->key, p->counter, order, (size_t)p->rows);
    fold_in_stretches(p->rows, p->folds, order, fold_of);
    free(order);
    return MICA_OK;
}

/* ---- stratified ---- */

/* left[class * folds + fold] becomes how many rows of the class the fold gets. */
static mica_status deal_classes(const fold_plan *p, int64_t *left, mica_error *err) {
    const codes *c = p->classes;
    bool *met = allocate((size_t)c->count, sizeof *met);
    if (!met) return fail_no_memory(err, "folds");
    int64_t card = 0;
    for (int64_t i = 0; i < p->rows; i++) {
        uint32_t class = c->code[i];
        if (met[class]) continue;
        met[class] = true;
        for (int64_t k = 0; k < c->rows_of[class]; k++, card++)
            left[class * p->folds + card % p->folds]++;
    }
    free(met);
    return MICA_OK;
}

/* The k-th of what is left of a class's cards; takes it. */
static uint32_t take_card(int64_t *left, int64_t folds, int64_t k) {
    int64_t f = 0;
    for (; f < folds - 1 && k >= left[f]; f++) k -= left[f];
    left[f]--;
    return (uint32_t)f;
}

static mica_status fold_stratified(const fold_plan *p, const char *what, uint32_t *fold_of,
                                   mica_error *err) {
    const codes *c = p->classes;
    int64_t *left = allocate((size_t)c->count * (size_t)p->folds, sizeof *left);
    int64_t *rest = allocate((size_t)c->count, sizeof *rest); /* rows of the class not dealt yet */
    mica_status status = left && rest ? deal_classes(p, left, err) : fail_no_memory(err, "folds");
    for (int64_t i = 0; i < c->count && status == MICA_OK; i++) rest[i] = c->rows_of[i];
    for (int64_t i = 0; i < p->rows && status == MICA_OK; i++) {
        uint32_t class = c->code[i];
        uint64_t left_over = (uint64_t)rest[class]--;
        int64_t k = p->shuffle ? (int64_t)philox_below(p->key, p->counter, (uint64_t)i, left_over)
                               : 0;
        fold_of[i] = take_card(left + class * p->folds, p->folds, k);
    }
    free(left);
    free(rest);
    return status;
}

/* ---- groups ---- */

typedef struct sized {
    int64_t rows;
    uint32_t group;
} sized;

/* The largest first; of equal ones the last first. */
static int by_rows(const void *a, const void *b) {
    const sized *x = a, *y = b;
    if (x->rows != y->rows) return x->rows < y->rows ? 1 : -1;
    return x->group < y->group ? 1 : -1;
}

static void fill_lightest(const codes *g, sized *groups, int64_t *rows, int64_t folds,
                          uint32_t *fold_of_group) {
    for (int64_t i = 0; i < g->count; i++) groups[i] = (sized){g->rows_of[i], (uint32_t)i};
    qsort(groups, (size_t)g->count, sizeof *groups, by_rows);
    for (int64_t i = 0; i < g->count; i++) {
        int64_t lightest = 0;
        for (int64_t f = 1; f < folds; f++)
            if (rows[f] < rows[lightest]) lightest = f;
        rows[lightest] += groups[i].rows;
        fold_of_group[groups[i].group] = (uint32_t)lightest;
    }
}

static mica_status fold_groups(const fold_plan *p, uint32_t *fold_of, mica_error *err) {
    const codes *g = p->groups;
    uint32_t *of_group = allocate((size_t)g->count, sizeof *of_group),
             *order = allocate((size_t)g->count, sizeof *order);
    sized *groups = allocate((size_t)g->count, sizeof *groups);
    int64_t *rows = allocate((size_t)p->folds, sizeof *rows);
    bool done = of_group && order && groups && rows;
    if (done && p->shuffle) {
        philox_shuffle(p->key, p->counter, order, (size_t)g->count);
        fold_in_stretches(g->count, p->folds, order, of_group);
    } else if (done) {
        fill_lightest(g, groups, rows, p->folds, of_group);
    }
    for (int64_t i = 0; i < p->rows && done; i++) fold_of[i] = of_group[g->code[i]];
    free(of_group);
    free(order);
    free(groups);
    free(rows);
    return done ? MICA_OK : fail_no_memory(err, "folds");
}

/* At least one class has a row for each fold. */
static mica_status check_classes(const fold_plan *p, const char *what, mica_error *err) {
    const codes *c = p->classes;
    int64_t most = 0;
    for (int64_t i = 0; c && i < c->count; i++) most = c->rows_of[i] > most ? c->rows_of[i] : most;
    if (!c || most >= p->folds) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: %lld folds, but no class has more than %lld rows: expected as many in at "
                "least one to stratify by",
                what, (long long)p->folds, (long long)most);
}

mica_status fold_rows(const fold_plan *p, const char *what, row_split *out, mica_error *err) {
    *out = (row_split){0};
    TRY(check_folds(p->fold, p->folds, p->groups ? p->groups->count : p->rows,
                    p->groups ? "groups" : "rows", what, err));
    TRY(check_classes(p, what, err));
    uint32_t *fold_of = allocate((size_t)p->rows, sizeof *fold_of);
    out->train = allocate((size_t)p->rows + 1, sizeof *out->train);
    out->test = allocate((size_t)p->rows + 1, sizeof *out->test);
    mica_status status;
    if (!fold_of || !out->train || !out->test) status = fail_no_memory(err, "folds");
    else if (p->groups && p->classes) status = fold_stratified_groups(p, what, fold_of, err);
    else if (p->groups) status = fold_groups(p, fold_of, err);
    else if (p->classes) status = fold_stratified(p, what, fold_of, err);
    else status = fold_plain(p, fold_of, err);
    for (int64_t i = 0; i < p->rows && status == MICA_OK; i++)
        if (fold_of[i] == (uint32_t)p->fold) out->test[out->test_rows++] = (uint32_t)i;
        else out->train[out->train_rows++] = (uint32_t)i;
    free(fold_of);
    if (status != MICA_OK) row_split_free(out);
    return status;
}

mica_status time_fold_rows(const time_fold_plan *p, const char *what, time_fold *out,
                           mica_error *err) {
    TRY(check_folds(p->fold, p->folds, p->rows - 1, "rows but one", what, err));
    int64_t test = p->test ? p->test : p->rows / (p->folds + 1);
    if (p->gap > p->rows || test > p->rows / p->folds || p->rows - p->gap - test * p->folds <= 0)
        return fail(err, MICA_VALUE,
                    "%s: %lld folds of %lld rows and a gap of %lld leave nothing of %lld rows to "
                    "train on",
                    what, (long long)p->folds, (long long)test, (long long)p->gap,
                    (long long)p->rows);
    int64_t first = p->rows - (p->folds - p->fold) * test, end = first - p->gap;
    int64_t rows = p->max_train && p->max_train < end ? p->max_train : end;
    *out = (time_fold){end - rows, rows, first, test};
    return MICA_OK;
}
