/* evaluate and predict: see mica/train.h. */
#include "train/evaluate.h"

#include "tensor/tensor.h"

#include <stdlib.h>
#include <string.h>

static void loss_pointers(running *r, void **out) {
    for (int i = 0; i <= MAX_MODEL_OUTPUTS; i++) out[i] = &r->loss[i];
}

mica_status evaluate_part(mica_model *m, mica_dataset *d, int64_t first, int64_t rows,
                          int64_t batch_size, running *r, mica_error *err) {
    step_program *p;
    feed feeds[MAX_COLUMNS];
    batches b;
    void *out[1 + MAX_MODEL_OUTPUTS];
    int64_t n;
    TRY(bind_data(m, STEP_TEST, d, dataset_column(d, COLUMN_WEIGHT, 0) >= 0, false, &p, feeds,
                  err));
    TRY(batches_open(&b, d, first, rows, batch_size, feeds, p->inputs, err));
    batches_begin(&b, false, 0, 0);
    results_begin(m, r);
    loss_pointers(r, out);
    mica_status status;
    while ((status = batches_next(&b, &n, err)) == MICA_OK && n) {
        if (d->makes_targets || d->stream) status = check_batch_labels(m, d, &b, n, err);
        if (status == MICA_OK) status = step_program_run(p, n, b.buffer, out, err);
        if (status != MICA_OK) break;
        results_add(m, r, n);
    }
    batches_close(&b);
    return status;
}

mica_status check_test_data(mica_model *m, const char *what, mica_dataset *d, mica_error *err) {
    step_program *p;
    feed feeds[MAX_COLUMNS];
    if (!d->rows)
        return fail(err, MICA_VALUE, "%s: %s%sthe data has no rows", what,
                    d->origin ? d->origin : "", d->origin ? ": " : "");
    if (d->endless) return fail(err, MICA_VALUE, "%s: the data never end", what);
    if (!d->stream && !d->drop_remainder) TRY(check_whole(m, what, d->rows, err));
    TRY(bind_data(m, STEP_TEST, d, dataset_column(d, COLUMN_WEIGHT, 0) >= 0, false, &p, feeds,
                  err));
    TRY(check_labels(m, d, err));
    return check_indices(m, d, err);
}

mica_evaluate_options mica_evaluate_defaults(void) {
    return (mica_evaluate_options){.size = sizeof(mica_evaluate_options)};
}

mica_status mica_model_evaluate(mica_model *m, mica_dataset *d,
                                const mica_evaluate_options *options, mica_results *results,
                                mica_error *err) {
    REQUIRE(m, "model");
    running r;
    mica_evaluate_options o = mica_evaluate_defaults();
    TRY(options_take(&o, sizeof o, options, "evaluate", err));
    REQUIRE(d, "data");
    REQUIRE(results, "results");
    if (o.batch_size < 0)
        return fail(err, MICA_VALUE, "evaluate: batch_size is %lld, expected at least 1",
                    (long long)o.batch_size);
    int64_t batch = o.batch_size || !d->batch_size ? batch_for(m, o.batch_size) : d->batch_size;
    TRY(mica_check(m->ctx, err));
    TRY(check_test_data(m, "evaluate", d, err));
    TRY(evaluate_part(m, d, 0, d->rows, batch, &r, err));
    results->count = 0;
    results_put(m, &r, false, results);
    return MICA_OK;
}

/* ---- predict ---- */

static mica_status make_outputs(mica_model *m, step_program *p, int64_t rows, mica_tensor **outputs,
                                size_t *row_bytes, mica_error *err) {
    int64_t batch = model_batch(m) ? model_batch(m) : 1;
    shape shapes[MAX_PROGRAM_INPUTS];
    const plan *plan;
    for (int i = 0; i < p->inputs; i++) {
        shapes[i] = p->shape[i];
        shapes[i].dims[0] = batch;
    }
    TRY(function_plan(p->function, shapes, &plan, err));
    for (int i = 0; i < m->output_count; i++) {
        operand info = plan_output(plan, i);
        row_bytes[i] = (size_t)(shape_size(&info.shape) / batch) * mica_dtype_size(info.dtype);
        info.shape.dims[0] = rows;
        outputs[i] = tensor_alloc(m->ctx, info.dtype, &info.shape);
    }
    return mica_check(m->ctx, err);
}

/* Room for one whole batch of every input, then of every output. */
typedef struct padded {
    void *at[MAX_PROGRAM_INPUTS];
    int count;
} padded;

static void padded_free(padded *p) {
    for (int i = 0; i < p->count; i++) free(p->at[i]);
}

static bool padded_add(padded *p, size_t row_bytes, int64_t batch) {
    p->at[p->count] = allocate_aligned(row_bytes * (size_t)batch);
    return p->at[p->count++] != NULL;
}

/* The last rows for a model with a batch of its own: the last one again until it is whole. */
static mica_status run_padded(mica_model *m, step_program *p, const batches *b, int64_t rows,
                              void *const *out, const size_t *row_bytes, mica_error *err) {
    int64_t batch = model_batch(m);
    padded whole = {.count = 0};
    bool done = true;
    for (int i = 0; i < p->inputs && done; i++)
        done = padded_add(&whole, b->feed[i].row_bytes, batch);
    for (int i = 0; i < m->output_count && done; i++)
        done = padded_add(&whole, row_bytes[i], batch);
    mica_status status = done ? MICA_OK : fail_memory(err, (size_t)batch, "predict");
    for (int i = 0; i < p->inputs && done; i++) {
        size_t each = b->feed[i].row_bytes;
        memcpy(whole.at[i], b->buffer[i], each * (size_t)rows);
        for (int64_t k = rows; k < batch; k++)
            memcpy((char *)whole.at[i] + each * (size_t)k,
                   (char *)b->buffer[i] + each * (size_t)(rows - 1), each);
    }
    if (done) status = step_program_run(p, batch, whole.at, whole.at + p->inputs, err);
    for (int i = 0; i < m->output_count && status == MICA_OK; i++)
        memcpy(out[i], whole.at[p->inputs + i], row_bytes[i] * (size_t)rows);
    padded_free(&whole);
    return status;
}

mica_status predict_dataset(mica_model *m, mica_dataset *d, int64_t batch_size,
                            mica_tensor **outputs, mica_error *err) {
    step_program *p;
    feed feeds[MAX_COLUMNS];
    batches b;
    size_t row_bytes[MAX_MODEL_OUTPUTS];
    void *out[MAX_MODEL_OUTPUTS];
    int64_t n, done = 0;
    TRY(bind_data(m, STEP_PREDICT, d, false, false, &p, feeds, err));
    TRY(check_indices(m, d, err));
    if (model_stateful(m)) TRY(check_whole(m, "predict", d->rows, err));
    TRY(make_outputs(m, p, d->rows, outputs, row_bytes, err));
    TRY(batches_open(&b, d, 0, d->rows, batch_for(m, batch_size), feeds, p->inputs, err));
    batches_begin(&b, false, 0, 0);
    mica_status status;
    while ((status = batches_next(&b, &n, err)) == MICA_OK && n) {
        for (int i = 0; i < m->output_count; i++)
            out[i] = (char *)tensor_bytes(outputs[i]) + (size_t)done * row_bytes[i];
        status = n < model_batch(m) ? run_padded(m, p, &b, n, out, row_bytes, err)
                                    : step_program_run(p, n, b.buffer, out, err);
        if (status != MICA_OK) break;
        done += n;
    }
    for (int i = 0; i < m->output_count && status == MICA_OK; i++)
        if (!tensor_own_texts(outputs[i])) status = fail_no_memory(err, "predict");
    batches_close(&b);
    return status;
}

mica_status mica_model_predict(mica_model *m, mica_tensor *const *inputs, int input_count,
                               int64_t batch_size, mica_tensor **outputs, mica_error *err) {
    REQUIRE(m, "model");
    REQUIRE(inputs, "inputs");
    REQUIRE(outputs, "outputs");
    REQUIRE_EACH(inputs, input_count, "inputs");
    TRY(mica_check(m->ctx, err));
    mica_dataset *d = mica_dataset_new(m->ctx, inputs, input_count, NULL, 0, NULL);
    mica_status status = mica_check(m->ctx, err);
    if (status == MICA_OK && !d) status = fail_no_memory(err, "predict");
    if (status == MICA_OK) status = predict_dataset(m, d, batch_size, outputs, err);
    mica_dataset_destroy(&d);
    return status;
}
