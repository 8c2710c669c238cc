/* train_on_batch: see mica/train.h. */
#include "train/evaluate.h"

mica_status mica_model_train_on_batch(mica_model *m, mica_tensor *const *inputs, int input_count,
                                      mica_tensor *const *targets, int target_count,
                                      mica_tensor *sample_weight, mica_results *results,
                                      mica_error *err) {
    REQUIRE(m, "model");
    REQUIRE(inputs, "inputs");
    REQUIRE(targets, "targets");
    REQUIRE_EACH(inputs, input_count, "inputs");
    REQUIRE_EACH(targets, target_count, "targets");
    mica_results unasked;
    if (!results) results = &unasked;
    step_program *p;
    feed feeds[MAX_COLUMNS];
    batches b = {0};
    running r;
    void *out[1 + MAX_MODEL_OUTPUTS];
    int64_t rows;
    TRY(mica_check(m->ctx, err));
    TRY(check_idle(m, "train_on_batch", err));
    mica_dataset *d = mica_dataset_new(m->ctx, inputs, input_count, targets, target_count,
                                       sample_weight);
    mica_status status = mica_check(m->ctx, err);
    if (status == MICA_OK && (!d || !d->rows))
        status = fail(err, MICA_VALUE, "train_on_batch: the data has no rows");
    if (status == MICA_OK && model_batch(m) && d->rows != model_batch(m))
        status = fail(err, MICA_VALUE, "train_on_batch: %lld rows, model %s takes batches of %lld",
                      (long long)d->rows, m->name, (long long)model_batch(m));
    if (status == MICA_OK)
        status = bind_data(m, STEP_TRAIN, d, sample_weight != NULL, false, &p, feeds, err);
    if (status == MICA_OK) status = check_labels(m, d, err);
    if (status == MICA_OK) status = check_indices(m, d, err);
    if (status == MICA_OK) status = batches_open(&b, d, 0, d->rows, d->rows, feeds, p->inputs, err);
    if (status == MICA_OK) {
        for (int i = 0; i <= MAX_MODEL_OUTPUTS; i++) out[i] = &r.loss[i];
        batches_begin(&b, false, 0, 0);
        results_begin(m, &r);
        status = batches_next(&b, &rows, err);
        if (status == MICA_OK) status = step_program_run(p, rows, b.buffer, out, err);
        if (status == MICA_OK) results_add(m, &r, rows);
    }
    if (status == MICA_OK) {
        results->count = 0;
        results_put(m, &r, false, results);
    }
    batches_close(&b);
    mica_dataset_destroy(&d);
    return status;
}
