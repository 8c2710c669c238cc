/* mica train: the data, split and resampled as the recipe says. See training.h. */
#include "cli/model_data.h"
#include "cli/training.h"

#include "train/split.h"

/* Rows for validation are set aside here where the recipe says how, and where rows are resampled:
 * what comes again must not be on both sides. Else fit keeps the last part itself. */
static mica_status set_aside(training *t, mica_error *err) {
    const recipe *r = &t->recipe;
    mica_dataset *whole = t->train;
    int64_t rows;
    if (t->validation || r->validation_split == 0) return MICA_OK;
    if (r->has_windows && r->splits_rows && !r->no_split_shuffle)
        return fail(err, MICA_VALUE,
                    "%s: validation_split of windows by chance: they would be in both parts; "
                    "expected \"shuffle\": false",
                    r->name);
    if (r->splits_rows && !r->has_windows)
        return mica_dataset_split(whole,
                                  MICA_OPTIONS(split, .test_fraction = r->validation_split,
                                               .stratify = r->stratify,
                                               .no_shuffle = r->no_split_shuffle),
                                  &t->train, &t->validation, err);
    if (!r->resampling) return MICA_OK;
    TRY(split_data(whole, r->validation_split, &whole, &rows, err));
    t->train = mica_dataset_range(whole, 0, rows);
    t->validation = mica_dataset_range(whole, rows, mica_dataset_size(whole) - rows);
    mica_dataset_destroy(&whole);
    return mica_check(t->ctx, err);
}

mica_status load_all_data(training *t, mica_error *err) {
    recipe *r = &t->recipe;
    TRY(load_model_data(t->model, r->train, MICA_TRAIN, r->preprocessing, NULL, &t->train, err));
    t->whole = t->train;
    t->broken_told = mica_dataset_broken(t->train);
    if (r->validation)
        TRY(load_model_data(t->model, r->validation, MICA_TEST, r->preprocessing, t->train,
                            &t->validation, err));
    if (r->test)
        TRY(load_model_data(t->model, r->test, MICA_TEST, r->preprocessing, t->train, &t->test,
                            err));
    mica_status status = set_aside(t, err);
    t->drawn_from = t->train;
    if (status == MICA_OK && r->resampling)
        status = mica_dataset_resample(t->drawn_from, &r->resample, &t->train, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", r->name);
}
