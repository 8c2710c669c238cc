/* One division in two. Stratified: share_out, equal remainders by lot.
 * Source: sklearn.model_selection.StratifiedShuffleSplit, GroupShuffleSplit, ShuffleSplit. */
#include "transform/split_rows.h"

#include "base/memory.h"
#include "base/philox.h"
#include "transform/share_out.h"

#include <math.h>
#include <stdlib.h>

void row_split_free(row_split *s) {
    free(s->train);
    free(s->test);
    *s = (row_split){0};
}

/* How many of n items go where. */
static mica_status sizes(const split_plan *p, int64_t n, const char *what, const char *items,
                         int64_t *train, int64_t *test, mica_error *err) {
    *test = (int64_t)ceil(p->test * (double)n);
    *train = (int64_t)floor(p->train * (double)n);
    if (p->train == 0) *train = n - *test;
    if (p->test == 0) *test = n - *train;
    if (*test > 0 && *train > 0 && *train + *test <= n) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: %lld %s give %lld to test and %lld to train on, expected at least 1 each and "
                "no more than there are",
                what, (long long)n, items, (long long)*test, (long long)*train);
}

/* The number of the least frequent class: it decides what can be done. */
static int64_t rarest(const codes *c) {
    int64_t at = 0;
    for (int64_t i = 1; i < c->count; i++)
        if (c->rows_of[i] < c->rows_of[at]) at = i;
    return at;
}

static mica_status check_classes(const codes *c, int64_t train, int64_t test, const char *what,
                                 mica_error *err) {
    if (c->rows_of[rarest(c)] < 2)
        return fail(err, MICA_VALUE,
                    "%s: a class has 1 row only, expected at least 2 to stratify by classes (of "
                    "%lld)",
                    what, (long long)c->count);
    if (train >= c->count && test >= c->count) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: %lld rows to train on and %lld to test with, expected at least one for each "
                "of %lld classes",
                what, (long long)train, (long long)test, (long long)c->count);
}

/* left[c] becomes the rows of class c that go to training, left[classes + c] those to test. */
static mica_status share_classes(const split_plan *p, row_split *out, int64_t *left,
                                 mica_error *err) {
    const codes *c = p->classes;
    size_t n = (size_t)c->count;
    uint32_t *lot = allocate(n, sizeof *lot);
    int64_t *rest = allocate(n, sizeof *rest);
    uint64_t key = philox_key(p->key, "ties");
    mica_status status = lot && rest ? MICA_OK : fail_no_memory(err, "split");
    if (status == MICA_OK) {
        philox_shuffle(key, 2 * p->counter, lot, n);
        status = share_out(c->rows_of, c->count, out->train_rows, lot, left, err);
    }
    if (status == MICA_OK) {
        for (size_t i = 0; i < n; i++) rest[i] = c->rows_of[i] - left[i];
        philox_shuffle(key, 2 * p->counter + 1, lot, n);
        status = share_out(rest, c->count, out->test_rows, lot, left + n, err);
    }
    free(lot);
    free(rest);
    return status;
}

/* The first rows of each class in the order train, the next ones test. */
static mica_status deal_classes(const split_plan *p, const uint32_t *order, const char *what,
                                row_split *out, mica_error *err) {
    const codes *c = p->classes;
    TRY(check_classes(c, out->train_rows, out->test_rows, what, err));
    int64_t *left = allocate((size_t)c->count * 2, sizeof *left), train = 0, test = 0;
    mica_status status = left ? share_classes(p, out, left, err) : fail_no_memory(err, "split");
    for (int64_t i = 0; i < p->rows && status == MICA_OK; i++) {
        uint32_t class = c->code[order[i]];
        if (left[class] > 0) out->train[train++] = order[i], left[class]--;
        else if (left[c->count + class]-- > 0) out->test[test++] = order[i];
    }
    free(left);
    return status;
}

static void deal_rows(const split_plan *p, const uint32_t *order, row_split *out) {
    /* shuffled, the test's come first; else they are the last */
    int64_t test = p->shuffle ? 0 : out->train_rows, train = p->shuffle ? out->test_rows : 0;
    for (int64_t i = 0; i < out->test_rows; i++) out->test[i] = order[test + i];
    for (int64_t i = 0; i < out->train_rows; i++) out->train[i] = order[train + i];
}

static mica_status split_by_groups(const split_plan *p, const char *what, row_split *out,
                                   mica_error *err) {
    const codes *g = p->groups;
    int64_t train, test;
    TRY(sizes(p, g->count, what, "groups", &train, &test, err));
    uint32_t *order = allocate((size_t)g->count, sizeof *order);
    char *part = allocate((size_t)g->count, 1); /* 1 test, 2 train */
    mica_status status = order && part ? MICA_OK : fail_no_memory(err, "split");
    if (status == MICA_OK) {
        philox_shuffle(p->key, p->counter, order, (size_t)g->count);
        for (int64_t i = 0; i < train + test; i++) part[order[i]] = i < test ? 1 : 2;
        out->train_rows = out->test_rows = 0;
        for (int64_t i = 0; i < p->rows; i++) {
            if (part[g->code[i]] == 1) out->test[out->test_rows++] = (uint32_t)i;
            if (part[g->code[i]] == 2) out->train[out->train_rows++] = (uint32_t)i;
        }
    }
    free(order);
    free(part);
    return status;
}

static mica_status split_by_order(const split_plan *p, const char *what, row_split *out,
                                  mica_error *err) {
    TRY(sizes(p, p->rows, what, "rows", &out->train_rows, &out->test_rows, err));
    uint32_t *order = allocate((size_t)p->rows, sizeof *order);
    if (!order) return fail_no_memory(err, "split");
    if (p->shuffle) philox_shuffle(p->key, p->counter, order, (size_t)p->rows);
    else
        for (int64_t i = 0; i < p->rows; i++) order[i] = (uint32_t)i;
    mica_status status = MICA_OK;
    if (p->classes) status = deal_classes(p, order, what, out, err);
    else deal_rows(p, order, out);
    free(order);
    return status;
}

mica_status split_rows(const split_plan *p, const char *what, row_split *out, mica_error *err) {
    *out = (row_split){.train = allocate((size_t)p->rows + 1, sizeof *out->train),
                       .test = allocate((size_t)p->rows + 1, sizeof *out->test)};
    mica_status status = MICA_OK;
    if (!out->train || !out->test) status = fail_no_memory(err, "split");
    else if (p->classes && p->groups) status = split_stratified_groups(p, what, out, err);
    else if (p->classes && !p->shuffle)
        status = fail(err, MICA_VALUE, "%s: to stratify by classes rows must be shuffled", what);
    else if (p->groups) status = split_by_groups(p, what, out, err);
    else status = split_by_order(p, what, out, err);
    if (status != MICA_OK) row_split_free(out);
    return status;
}
