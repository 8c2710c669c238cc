/* Dividing row numbers 0 … n - 1 into those to train on and those to test with, with the counts of
 * scikit-learn's model_selection. The order depends on key and counter alone. */
#ifndef TRANSFORM_SPLIT_ROWS_H
#define TRANSFORM_SPLIT_ROWS_H

#include "transform/codes.h"

#include <stdbool.h>

typedef struct row_split {
    uint32_t *train, *test;
    int64_t train_rows, test_rows;
} row_split;
void row_split_free(row_split *s);

typedef struct split_plan {
    int64_t rows;
    double test, train; /* fractions; 0: all others */
    bool shuffle;
    const codes *classes, *groups; /* NULL: none */
    uint64_t key, counter;
} split_plan;
/* `what` names the data in errors. Both classes and groups: fractions are of the rows, and each
 * group goes where the parts' shares of classes become most alike. */
mica_status split_rows(const split_plan *p, const char *what, row_split *out, mica_error *err);

typedef struct fold_plan {
    int64_t rows, folds, fold;
    bool shuffle;
    const codes *classes, *groups;
    uint64_t key, counter;
} fold_plan;
/* Both classes and groups: each group to the fold where shares of classes become most alike. */
mica_status fold_rows(const fold_plan *p, const char *what, row_split *out, mica_error *err);

/* Of split_rows, by both; out has room. */
mica_status split_stratified_groups(const split_plan *p, const char *what, row_split *out,
                                    mica_error *err);
/* Of fold_rows: each row's fold. */
mica_status fold_stratified_groups(const fold_plan *p, const char *what, uint32_t *fold_of,
                                   mica_error *err);

typedef struct time_fold_plan {
    int64_t rows, folds, fold, test, max_train, gap; /* test, max_train 0: not given */
} time_fold_plan;
/* The ranges train_first … + train_rows - 1 and test_first … + test_rows - 1. */
typedef struct time_fold {
    int64_t train_first, train_rows, test_first, test_rows;
} time_fold;
mica_status time_fold_rows(const time_fold_plan *p, const char *what, time_fold *out,
                           mica_error *err);

#endif
