/* Folds by groups and classes at once: groups whose classes are least even come first; each goes to
 * the fold after which the folds' shares of every class differ least (the mean of their
 * deviations), of equal ones to the fold that has fewest rows. Source:
 * sklearn.model_selection.StratifiedGroupKFold. A split is the same with parts of other sizes than
 * each other: shares are divided by what the part shall have, so halves are two folds. */
#include "base/memory.h"
#include "base/philox.h"
#include "transform/split_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct dealing {
    const codes *of_class, *of; /* of each row: its class, its group */
    int64_t rows, folds, classes;
    const double
        *wish; /* of each fold: how much it shall have of what an even one would; NULL: 1 */
    bool shuffle;
    uint64_t key, counter;
    int64_t *of_group; /* [group * classes + class] */
    int64_t *of_fold;  /* [fold * classes + class] */
    uint32_t *order, *fold_of_group;
} dealing;

static double wish_of(const dealing *d, int64_t fold) { return d->wish ? d->wish[fold] : 1; }

static double deviation(const int64_t *counts, int64_t n) {
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) mean += (double)counts[i];
    mean /= (double)n;
    for (int64_t i = 0; i < n; i++)
        squares += ((double)counts[i] - mean) * ((double)counts[i] - mean);
    return sqrt(squares / (double)n);
}

/* How much the folds' shares of a class differ, where `fold` has `more` of it. */
static double spread(const dealing *d, int64_t class, int64_t fold, int64_t more) {
    double mean = 0, squares = 0, all = (double)d->of_class->rows_of[class];
    int64_t folds = d->folds;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t f = 0; f < folds; f++) {
            int64_t count = d->of_fold[f * d->classes + class] + (f == fold ? more : 0);
            double share = (double)count / all / wish_of(d, f);
            if (pass) squares += (share - mean) * (share - mean);
            else mean += share;
        }
        if (!pass) mean /= (double)folds;
    }
    return sqrt(squares / (double)folds);
}

static int64_t best_fold(const dealing *d, const int64_t *group) {
    int64_t best = 0;
    double least = INFINITY, least_rows = INFINITY;
    for (int64_t f = 0; f < d->folds; f++) {
        double sum = 0, rows = 0;
        for (int64_t k = 0; k < d->classes; k++) {
            sum += spread(d, k, f, group[k]);
            rows += (double)d->of_fold[f * d->classes + k];
        }
        rows /= wish_of(d, f);
        double mean = sum / (double)d->classes;
        bool alike = fabs(mean - least) <= 1e-8 + 1e-5 * fabs(least); /* numpy.isclose */
        if (!(mean < least) && !(alike && rows < least_rows)) continue;
        best = f, least = mean, least_rows = rows;
    }
    return best;
}

typedef struct ranked {
    double uneven;
    uint32_t group;
    int64_t place;
} ranked;

static int by_unevenness(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->uneven != y->uneven) return x->uneven < y->uneven ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}

/* d->order becomes the groups, the least even first; of equal ones in their order, or shuffled. */
static bool rank(dealing *d) {
    int64_t groups = d->of->count;
    ranked *all = allocate((size_t)groups, sizeof *all);
    if (!all) return false;
    for (int64_t i = 0; i < groups; i++) d->order[i] = (uint32_t)i;
    if (d->shuffle) philox_shuffle(d->key, d->counter, d->order, (size_t)groups);
    for (int64_t i = 0; i < groups; i++)
        all[i] = (ranked){deviation(d->of_group + d->order[i] * d->classes, d->classes),
                          d->order[i], i};
    qsort(all, (size_t)groups, sizeof *all, by_unevenness);
    for (int64_t i = 0; i < groups; i++) d->order[i] = all[i].group;
    free(all);
    return true;
}

static bool deal(dealing *d, uint32_t *fold_of) {
    for (int64_t i = 0; i < d->rows; i++)
        d->of_group[d->of->code[i] * d->classes + d->of_class->code[i]]++;
    if (!rank(d)) return false;
    for (int64_t i = 0; i < d->of->count; i++) {
        const int64_t *group = d->of_group + d->order[i] * d->classes;
        int64_t f = best_fold(d, group);
        d->fold_of_group[d->order[i]] = (uint32_t)f;
        for (int64_t k = 0; k < d->classes; k++) d->of_fold[f * d->classes + k] += group[k];
    }
    for (int64_t i = 0; i < d->rows; i++) fold_of[i] = d->fold_of_group[d->of->code[i]];
    return true;
}

/* With room for what it counts. */
static mica_status deal_with_room(dealing *d, const char *what, uint32_t *fold_of,
                                  mica_error *err) {
    size_t groups = (size_t)d->of->count, classes = (size_t)d->of_class->count;
    bool fits = classes <= SIZE_MAX / 16 / (groups + 1);
    d->classes = d->of_class->count;
    d->of_group = fits ? allocate(groups * classes, sizeof(int64_t)) : NULL;
    d->of_fold = allocate((size_t)d->folds * classes, sizeof(int64_t));
    d->order = allocate(groups, sizeof(uint32_t));
    d->fold_of_group = allocate(groups, sizeof(uint32_t));
    bool done = d->of_group && d->of_fold && d->order && d->fold_of_group && deal(d, fold_of);
    free(d->of_group), free(d->of_fold), free(d->order), free(d->fold_of_group);
    return done ? MICA_OK : fail_no_memory(err, what);
}

mica_status fold_stratified_groups(const fold_plan *p, const char *what, uint32_t *fold_of,
                                   mica_error *err) {
    dealing d = {.of_class = p->classes,
                 .of = p->groups,
                 .rows = p->rows,
                 .folds = p->folds,
                 .shuffle = p->shuffle,
                 .key = p->key,
                 .counter = p->counter};
    return deal_with_room(&d, what, fold_of, err);
}

/* ---- a split ---- */

enum { TEST, TRAIN, NEITHER };

/* The parts' wishes; how many parts there are. */
static int wishes_of(const split_plan *p, double wish[3]) {
    double test = p->test > 0 ? p->test : 1 - p->train, train = p->train > 0 ? p->train : 1 - test,
           rest = 1 - test - train;
    int parts = rest > 1e-9 ? 3 : 2;
    wish[TEST] = test * parts, wish[TRAIN] = train * parts, wish[NEITHER] = rest * parts;
    return parts;
}

mica_status split_stratified_groups(const split_plan *p, const char *what, row_split *out,
                                    mica_error *err) {
    double wish[3];
    int parts = wishes_of(p, wish);
    bool even = fabs(wish[TEST] - 1) < 1e-9 && fabs(wish[TRAIN] - 1) < 1e-9;
    dealing d = {.of_class = p->classes,
                 .of = p->groups,
                 .rows = p->rows,
                 .folds = parts,
                 .wish = even ? NULL : wish,
                 .shuffle = p->shuffle,
                 .key = p->key,
                 .counter = p->counter};
    uint32_t *part_of = allocate((size_t)p->rows + 1, sizeof *part_of);
    mica_status status = part_of ? deal_with_room(&d, what, part_of, err)
                                 : fail_no_memory(err, what);
    for (int64_t i = 0; i < p->rows && status == MICA_OK; i++) {
        if (part_of[i] == TEST) out->test[out->test_rows++] = (uint32_t)i;
        if (part_of[i] == TRAIN) out->train[out->train_rows++] = (uint32_t)i;
    }
    free(part_of);
    if (status != MICA_OK || (out->test_rows && out->train_rows)) return status;
    return fail(err, MICA_VALUE,
                "%s: %lld groups give %lld rows to test and %lld to train on, expected at least 1 "
                "each",
                what, (long long)p->groups->count, (long long)out->test_rows,
                (long long)out->train_rows);
}
