/* Splits and folds of datasets: see mica/prepare.h; the counts are made in transform/. */
#include "mica/prepare.h"

#include "base/philox.h"
#include "batch/classes.h"
#include "transform/split_rows.h"

#include <math.h>
#include <stdlib.h>

mica_status mica_dataset_select(mica_dataset *d, const int64_t *rows, int64_t count,
                                mica_dataset **out, mica_error *err) {
    REQUIRE(d, "dataset");
    REQUIRE(rows, "rows");
    REQUIRE(out, "out");
    if (count < 0)
        return fail(err, MICA_VALUE, "dataset_select: %lld rows, expected at least 0",
                    (long long)count);
    uint32_t *order = allocate((size_t)count + 1, sizeof *order);
    if (!order) return fail_memory(err, (size_t)count * sizeof *order, "dataset_select");
    mica_status status = MICA_OK;
    for (int64_t i = 0; i < count && status == MICA_OK; i++) {
        order[i] = (uint32_t)rows[i];
        if (rows[i] < 0 || rows[i] >= d->rows)
            status = fail(err, MICA_VALUE, "dataset_select: row %lld, expected 0 to %lld",
                          (long long)rows[i], (long long)d->rows - 1);
    }
    if (status == MICA_OK) status = dataset_picked(d, order, count, out, err);
    free(order);
    return status;
}

static const char *name_of(const mica_dataset *d) { return d->origin ? d->origin : "dataset"; }

static mica_status check_rows(const mica_dataset *d, mica_error *err) {
    TRY(dataset_need_rows(d, "a split", err));
    if (d->rows <= UINT32_MAX) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "%s: %lld rows to split, expected at most %u", name_of(d),
                (long long)d->rows, UINT32_MAX);
}

/* What decides where a row goes, besides its number. */
static mica_status read_codes(const mica_dataset *d, bool stratify, const int64_t *groups,
                              classes *c, codes *g, mica_error *err) {
    TRY(check_rows(d, err));
    if (stratify) TRY(classes_read(d, 0, d->rows, "stratify", c, err));
    return groups ? codes_of_integers(groups, d->rows, g, NULL, err) : MICA_OK;
}

/* Makes both views, or none; frees the rows. */
static mica_status views(mica_dataset *d, row_split *s, mica_dataset **train, mica_dataset **test,
                         mica_error *err) {
    mica_dataset *first = NULL;
    mica_status status = dataset_picked(d, s->train, s->train_rows, &first, err);
    if (status == MICA_OK) status = dataset_picked(d, s->test, s->test_rows, test, err);
    if (status == MICA_OK) *train = first;
    else mica_dataset_destroy(&first);
    row_split_free(s);
    return status;
}

mica_split_options mica_split_defaults(void) {
    return (mica_split_options){.size = sizeof(mica_split_options)};
}

static mica_status check_fraction(const char *name, double value, mica_error *err) {
    if (value >= 0 && value < 1) return MICA_OK;
    return fail(err, MICA_VALUE, "dataset_split: %s is %g, expected more than 0 and less than 1",
                name, value);
}

mica_status mica_dataset_split(mica_dataset *d, const mica_split_options *options,
                               mica_dataset **train, mica_dataset **test, mica_error *err) {
    REQUIRE(d, "dataset");
    REQUIRE(train, "train");
    REQUIRE(test, "test");
    mica_split_options o = mica_split_defaults();
    TRY(options_take(&o, sizeof o, options, "dataset_split", err));
    if (o.test_fraction == 0 && o.train_fraction == 0) o.test_fraction = 0.25;
    TRY(check_fraction("test_fraction", o.test_fraction, err));
    TRY(check_fraction("train_fraction", o.train_fraction, err));
    classes c = {0};
    codes g = {0};
    row_split rows;
    mica_status status = read_codes(d, o.stratify, o.groups, &c, &g, err);
    split_plan p = {d->rows,
                    o.test_fraction,
                    o.train_fraction,
                    !o.no_shuffle,
                    o.stratify ? &c.codes : NULL,
                    o.groups ? &g : NULL,
                    philox_key(d->ctx->options.seed, "dataset_split"),
                    (uint64_t)o.repeat};
    if (status == MICA_OK) status = split_rows(&p, name_of(d), &rows, err);
    if (status == MICA_OK) status = views(d, &rows, train, test, err);
    classes_free(&c);
    codes_free(&g);
    return status;
}

mica_folds_options mica_folds_defaults(void) {
    return (mica_folds_options){.size = sizeof(mica_folds_options)};
}

mica_status mica_dataset_fold(mica_dataset *d, int64_t fold, const mica_folds_options *options,
                              mica_dataset **train, mica_dataset **test, mica_error *err) {
    REQUIRE(d, "dataset");
    REQUIRE(train, "train");
    REQUIRE(test, "test");
    mica_folds_options o = mica_folds_defaults();
    TRY(options_take(&o, sizeof o, options, "dataset_fold", err));
    classes c = {0};
    codes g = {0};
    row_split rows;
    mica_status status = read_codes(d, o.stratify, o.groups, &c, &g, err);
    fold_plan p = {d->rows,
                   o.folds ? o.folds : 5,
                   fold,
                   o.shuffle,
                   o.stratify ? &c.codes : NULL,
                   o.groups ? &g : NULL,
                   philox_key(d->ctx->options.seed, "dataset_fold"),
                   (uint64_t)o.repeat};
    if (status == MICA_OK) status = fold_rows(&p, name_of(d), &rows, err);
    if (status == MICA_OK) status = views(d, &rows, train, test, err);
    classes_free(&c);
    codes_free(&g);
    return status;
}

mica_time_folds_options mica_time_folds_defaults(void) {
    return (mica_time_folds_options){.size = sizeof(mica_time_folds_options)};
}

mica_status mica_dataset_time_fold(mica_dataset *d, int64_t fold,
                                   const mica_time_folds_options *options, mica_dataset **train,
                                   mica_dataset **test, mica_error *err) {
    REQUIRE(d, "dataset");
    REQUIRE(train, "train");
    REQUIRE(test, "test");
    mica_time_folds_options o = mica_time_folds_defaults();
    TRY(options_take(&o, sizeof o, options, "dataset_time_fold", err));
    const struct {
        const char *name;
        int64_t value;
    } counts[] = {{"test_rows", o.test_rows}, {"max_train_rows", o.max_train_rows}, {"gap", o.gap}};
    for (size_t i = 0; i < LENGTH(counts); i++)
        if (counts[i].value < 0)
            return fail(err, MICA_VALUE, "dataset_time_fold: %s is %lld, expected at least 0",
                        counts[i].name, (long long)counts[i].value);
    time_fold_plan p = {d->rows, o.folds ? o.folds : 5, fold, o.test_rows, o.max_train_rows, o.gap};
    time_fold rows;
    TRY(time_fold_rows(&p, name_of(d), &rows, err));
    *train = mica_dataset_range(d, rows.train_first, rows.train_rows);
    *test = mica_dataset_range(d, rows.test_first, rows.test_rows);
    return mica_check(d->ctx, err);
}
