/* Which rows of a table are the test part: see tabular.h. Of each class the same share, the rest by
 * the largest remainders, as scikit-learn's train_test_split(stratify=y); ceil(share * rows) in
 * all. Which rows they are depends on the seed alone; rows keep their order. */
#include "base/philox.h"
#include "data/tabular.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The class of each row, in the order of first coming; one class where nothing is stratified. */
static mica_status find_strata(const mica_table *t, int target, uint32_t *stratum, size_t *count,
                               const char *name, mica_error *err) {
    hash_index by_text = {0};
    arena a = {0};
    char **texts = NULL;
    size_t room = 0;
    mica_status status = MICA_OK;
    *count = 0;
    for (int64_t row = 0; row < t->rows && status == MICA_OK; row++) {
        size_t at = 0;
        int found;
        char *text = tabular_text(t, target, row);
        if (!text) status = fail_no_memory(err, name);
        if (!text) break;
        uint64_t hash = hash_bytes(HASH_BEGIN, text, strlen(text));
        while ((found = index_next(&by_text, hash, &at)) >= 0 && strcmp(texts[found], text)) {
        }
        if (found < 0) {
            found = (int)*count;
            if (!grow(&texts, &room, *count + 1, sizeof *texts) ||
                !(texts[*count] = arena_text(&a, text)) || !index_add(&by_text, hash, found))
                status = fail_no_memory(err, name);
            ++*count;
        }
        free(text);
        stratum[row] = (uint32_t)found;
    }
    index_free(&by_text);
    arena_free(&a);
    free(texts);
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

/* Marks the rows of the test part: those that come first in a random order. */
static mica_status choose(const mica_table *t, const mica_tabular_options *o,
                          const uint32_t *stratum, size_t count, bool *is_test, const char *name,
                          mica_error *err) {
    int64_t all = (int64_t)ceil(o->test_split * (double)t->rows);
    int64_t *sizes = allocate(count + 1, sizeof *sizes),
            *wanted = allocate(count + 1, sizeof *wanted);
    uint32_t *order = allocate((size_t)t->rows + 1, sizeof *order);
    bool ok = sizes && wanted && order;
    for (int64_t row = 0; row < t->rows && ok; row++) sizes[stratum[row]]++;
    ok = ok && share_out(sizes, count, t->rows, all, wanted);
    if (ok) philox_shuffle(philox_key((uint64_t)o->seed, "test_split"), 0, order, (size_t)t->rows);
    for (int64_t i = 0; i < t->rows && ok; i++)
        if (wanted[stratum[order[i]]] > 0) is_test[order[i]] = true, wanted[stratum[order[i]]]--;
    free(sizes);
    free(wanted);
    free(order);
    return ok ? MICA_OK : fail_no_memory(err, name);
}

static void list_rows(const bool *is_test, int64_t rows, row_list *train, row_list *test) {
    for (int64_t row = 0; row < rows; row++) {
        row_list *to = is_test[row] ? test : train;
        to->row[to->count++] = (uint32_t)row;
    }
}

static mica_status split(const mica_table *t, const mica_tabular_options *o, uint32_t *stratum,
                         bool *is_test, const char *name, mica_error *err) {
    int target = -1;
    size_t count = 1;
    if (o->target) TRY(tabular_find(t, o->target, "target", name, &target, err));
    if (target >= 0 && !o->no_stratify && tabular_has_classes(t, o, target))
        TRY(find_strata(t, target, stratum, &count, name, err));
    TRY(choose(t, o, stratum, count, is_test, name, err));
    return MICA_OK;
}

mica_status tabular_split(const mica_table *t, const mica_tabular_options *o, const char *name,
                          row_list *train, row_list *test, mica_error *err) {
    size_t rows = (size_t)t->rows;
    train->row = allocate(rows + 1, sizeof *train->row);
    test->row = allocate(rows + 1, sizeof *test->row);
    uint32_t *stratum = allocate(rows + 1, sizeof *stratum);
    bool *is_test = allocate(rows + 1, sizeof *is_test), whole = o->test_split == 0;
    mica_status status = train->row && test->row && stratum && is_test ? MICA_OK
                                                                       : fail_no_memory(err, name);
    if (status == MICA_OK && !whole) status = split(t, o, stratum, is_test, name, err);
    if (status == MICA_OK) list_rows(is_test, t->rows, train, test);
    if (status == MICA_OK && whole) {
        memcpy(test->row, train->row, rows * sizeof *test->row);
        test->count = train->count;
    }
    free(stratum);
    free(is_test);
    return status;
}
