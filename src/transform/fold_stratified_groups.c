/* Folds by groups and classes at once: groups whose classes are least even come first; each goes to
 * the fold after which the folds' shares of every class differ least (the mean of their
 * deviations), of equal ones to the fold that has fewest rows. Source:
 * sklearn.model_selection.StratifiedGroupKFold. */
#include "base/memory.h"
#include "base/philox.h"
#include "transform/split_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct dealing {
    const fold_plan *p;
    int64_t classes;
    int64_t *of_group; /* [group * classes + class] */
    int64_t *of_fold;  /* [fold * classes + class] */
    uint32_t *order, *fold_of_group;
} dealing;

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
    double mean = 0, squares = 0, all = (double)d->p->classes->rows_of[class];
    int64_t folds = d->p->folds;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t f = 0; f < folds; f++) {
            int64_t count = d->of_fold[f * d->classes + class] + (f == fold ? more : 0);
            double share = (double)count / all;
            if (pass) squares += (share - mean) * (share - mean);
            else mean += share;
        }
        if (!pass) mean /= (double)folds;
    }
    return sqrt(squares / (double)folds);
}

static int64_t best_fold(const dealing *d, const int64_t *group) {
    int64_t best = 0, least_rows = INT64_MAX;
    double least = INFINITY;
    for (int64_t f = 0; f < d->p->folds; f++) {
        double sum = 0;
        int64_t rows = 0;
        for (int64_t k = 0; k < d->classes; k++) {
            sum += spread(d, k, f, group[k]);
            rows += d->of_fold[f * d->classes + k];
        }
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
    int64_t groups = d->p->groups->count;
    ranked *all = allocate((size_t)groups, sizeof *all);
    if (!all) return false;
    for (int64_t i = 0; i < groups; i++) d->order[i] = (uint32_t)i;
    if (d->p->shuffle) philox_shuffle(d->p->key, d->p->counter, d->order, (size_t)groups);
    for (int64_t i = 0; i < groups; i++)
        all[i] = (ranked){deviation(d->of_group + d->order[i] * d->classes, d->classes),
                          d->order[i], i};
    qsort(all, (size_t)groups, sizeof *all, by_unevenness);
    for (int64_t i = 0; i < groups; i++) d->order[i] = all[i].group;
    free(all);
    return true;
}

static bool deal(dealing *d, uint32_t *fold_of) {
    const fold_plan *p = d->p;
    for (int64_t i = 0; i < p->rows; i++)
        d->of_group[p->groups->code[i] * d->classes + p->classes->code[i]]++;
    if (!rank(d)) return false;
    for (int64_t i = 0; i < p->groups->count; i++) {
        const int64_t *group = d->of_group + d->order[i] * d->classes;
        int64_t f = best_fold(d, group);
        d->fold_of_group[d->order[i]] = (uint32_t)f;
        for (int64_t k = 0; k < d->classes; k++) d->of_fold[f * d->classes + k] += group[k];
    }
    for (int64_t i = 0; i < p->rows; i++) fold_of[i] = d->fold_of_group[p->groups->code[i]];
    return true;
}

mica_status fold_stratified_groups(const fold_plan *p, const char *what, uint32_t *fold_of,
                                   mica_error *err) {
    size_t groups = (size_t)p->groups->count, classes = (size_t)p->classes->count;
    bool fits = classes <= SIZE_MAX / 16 / (groups + 1);
    dealing d = {.p = p,
                 .classes = p->classes->count,
                 .of_group = fits ? allocate(groups * classes, sizeof(int64_t)) : NULL,
                 .of_fold = allocate((size_t)p->folds * classes, sizeof(int64_t)),
                 .order = allocate(groups, sizeof(uint32_t)),
                 .fold_of_group = allocate(groups, sizeof(uint32_t))};
    bool done = d.of_group && d.of_fold && d.order && d.fold_of_group && deal(&d, fold_of);
    free(d.of_group), free(d.of_fold), free(d.order), free(d.fold_of_group);
    return done ? MICA_OK : fail_no_memory(err, what);
}
