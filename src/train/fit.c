/* fit: epochs, steps, validation, callbacks. See mica/train.h. */
#include "train/fit.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/philox.h"
#include "train/callback.h"
#include "train/checkpoint.h"
#include "train/split.h"

#include <stdlib.h>
#include <string.h>

mica_fit_options mica_fit_defaults(void) {
    return (mica_fit_options){.size = sizeof(mica_fit_options)};
}

void mica_history_free(mica_history *h) {
    if (!h) return;
    free(h->epoch);
    free(h->seconds);
    *h = (mica_history){0};
}

/* ---- callbacks ---- */

#define CALL(f, function)                                                                          \
    for (size_t i_ = 0; i_ < LENGTH((f)->options.callbacks) && (f)->options.callbacks[i_]; i_++) { \
        const mica_callback *c_ = (f)->options.callbacks[i_];                                      \
        if (c_->function) TRY(c_->function(&(f)->state, c_->user, err));                           \
    }

static void destroy_callbacks(const mica_fit_options *o) {
    for (size_t i = 0; i < LENGTH(o->callbacks) && o->callbacks[i]; i++)
        if (o->callbacks[i]->destroy) o->callbacks[i]->destroy(o->callbacks[i]->user);
}

/* ---- settings ---- */

static mica_status check_options(fitting *f, mica_error *err) {
    mica_fit_options *o = &f->options;
    if (o->epochs == 0) o->epochs = 1;
    int64_t own = model_batch(f->state.model);
    if (f->data->batch_size && o->batch_size && o->batch_size != f->data->batch_size)
        return fail(err, MICA_VALUE, "fit: batch_size is %lld, the data come in batches of %lld",
                    (long long)o->batch_size, (long long)f->data->batch_size);
    if (o->batch_size == 0)
        o->batch_size = f->data->batch_size ? f->data->batch_size : batch_for(f->state.model, 0);
    if (o->checkpoint_seconds == 0) o->checkpoint_seconds = 30;
    if (o->validation_batch_size == 0) o->validation_batch_size = o->batch_size;
    const struct {
        const char *name;
        double value, least;
    } numbers[] = {{"epochs", o->epochs, 1},
                   {"batch_size", (double)o->batch_size, 1},
                   {"validation_batch_size", (double)o->validation_batch_size, 1},
                   {"steps_per_epoch", (double)o->steps_per_epoch, 0},
                   {"first_epoch", o->first_epoch, 0},
                   {"checkpoint_seconds", o->checkpoint_seconds, 0}};
    for (size_t i = 0; i < LENGTH(numbers); i++)
        if (!(numbers[i].value >= numbers[i].least))
            return fail(err, MICA_VALUE, "fit: %s is %g, expected at least %g", numbers[i].name,
                        numbers[i].value, numbers[i].least);
    if (own && (o->batch_size != own || o->validation_batch_size != own))
        return fail(err, MICA_VALUE, "fit: batch_size is %lld, model %s takes batches of %lld",
                    (long long)(o->batch_size != own ? o->batch_size : o->validation_batch_size),
                    f->state.model->name, (long long)own);
    if (!(o->validation_split >= 0 && o->validation_split < 1))
        return fail(err, MICA_VALUE, "fit: validation_split is %g, expected 0 to below 1",
                    o->validation_split);
    if ((o->class_weight || o->balanced_classes) && f->state.model->output_count != 1)
        return fail(err, MICA_VALUE, "fit: class_weight needs a model with one output");
    return MICA_OK;
}

/* What a pipeline shuffles anew in each pass cannot be divided after it, as Keras says too. */
static mica_status check_divisible(const fitting *f, mica_error *err) {
    if (f->options.validation || f->options.validation_split == 0) return MICA_OK;
    TRY(dataset_need_rows(f->data, "fit: validation_split", err));
    if (!f->data->ordered) return MICA_OK;
    return fail(
        err, MICA_VALUE,
        "fit: validation_split of data that are shuffled already, expected mica_dataset_take "
        "and mica_dataset_skip before they are");
}

static mica_status split(fitting *f, mica_error *err) {
    const mica_fit_options *o = &f->options;
    TRY(check_divisible(f, err));
    f->rows = f->data->rows;
    if (f->data->stream) f->rows = INT64_MAX;
    if (f->data->endless && !o->steps_per_epoch)
        return fail(err, MICA_VALUE, "fit: the data never end, expected steps_per_epoch");
    if (o->validation) {
        f->validation = o->validation;
        f->validation_rows = o->validation->rows;
        if (o->validation->endless)
            return fail(err, MICA_VALUE, "fit: the validation data never end");
    } else if (o->validation_split > 0) {
        TRY(split_data(f->data, o->validation_split, &f->split, &f->rows, err));
        f->validation = f->data = f->split;
        f->validation_first = f->rows;
        f->validation_rows = f->data->rows - f->rows;
    }
    if (f->rows < 1)
        return fail(err, MICA_VALUE,
                    "fit: %s%s%lld rows and validation_split %g leave nothing to train on",
                    f->data->origin ? f->data->origin : "", f->data->origin ? ": " : "",
                    (long long)f->data->rows, o->validation_split);
    return MICA_OK;
}

/* A model with a batch of its own takes no rest; steps_per_epoch can leave it out. */
static mica_status check_rest(const fitting *f, mica_error *err) {
    const mica_fit_options *o = &f->options;
    int64_t whole = f->rows / o->batch_size;
    bool dropped = f->data->drop_remainder;
    if (f->data->stream && model_batch(f->state.model) && !dropped && !f->data->endless)
        return fail(
            err, MICA_VALUE,
            "fit: a stream for model %s, which takes batches of %lld, expected its last one "
            "dropped (mica_dataset_batch)",
            f->state.model->name, (long long)o->batch_size);
    if (!f->data->stream && !dropped && (!o->steps_per_epoch || o->steps_per_epoch > whole))
        TRY(check_whole(f->state.model, "fit", f->rows, err));
    return f->validation && !f->validation->stream
               ? check_whole(f->state.model, "validation", f->validation_rows, err)
               : MICA_OK;
}

/* The augmentation of batches: inputs and targets are mixed, weights are not. */
static mica_status open_mixing(fitting *f, mica_error *err) {
    mica_model *m = f->state.model;
    const mica_fit_options *o = &f->options;
    mix_column columns[MAX_COLUMNS];
    bool mixed[MAX_COLUMNS] = {false};
    char names[MAX_COLUMNS][32];
    for (size_t i = 0; i < LENGTH(o->augment) && o->augment[i]; i++)
        TRY(mixing_add(&f->mixing, o->augment[i], m->ctx->options.seed, err));
    if (!f->mixing.steps) return MICA_OK;
    for (int i = 0; i < m->output_count; i++)
        if (m->compiled.loss[i]->kind->sparse_labels)
            return fail(err, MICA_TYPE,
                        "fit: augment: targets of %s are numbers of classes, expected one-hot "
                        "targets and a loss for them, as categorical_crossentropy",
                        m->compiled.loss[i]->kind->name);
    for (int i = 0; i < f->program->inputs; i++) {
        const shape *s = &f->program->shape[i];
        bool target = i >= m->input_count;
        mixed[i] = i < m->input_count + m->output_count;
        snprintf(names[i], sizeof names[i], "%s %d", target ? "target" : "input",
                 target ? i - m->input_count : i);
        columns[i] = (mix_column){
            .dtype = f->program->dtype[i], .target = target, .name = names[i]};
        columns[i].shape.rank = s->rank > 0 ? s->rank - 1 : 0;
        for (int k = 0; k < columns[i].shape.rank; k++) columns[i].shape.dims[k] = s->dims[k + 1];
    }
    TRY(mixing_open(&f->mixing, columns, mixed, f->program->inputs, o->batch_size, err));
    f->batches.mixing = &f->mixing;
    return MICA_OK;
}

/* Plans are compiled before the first step: that of the short last batch too. */
static mica_status prepare(fitting *f, mica_error *err) {
    const mica_fit_options *o = &f->options;
    feed feeds[MAX_COLUMNS];
    mica_model *m = f->state.model;
    bool weighted = o->class_weight || dataset_column(f->data, COLUMN_WEIGHT, 0) >= 0;
    TRY(check_rest(f, err));
    TRY(bind_data(m, STEP_TRAIN, f->data, weighted, f->guarded, &f->program, feeds, err));
    TRY(check_labels(m, f->data, err));
    TRY(check_indices(m, f->data, err));
    if (f->validation && f->validation != f->data)
        TRY(check_test_data(m, "validation", f->validation, err));
    TRY(check_class_weights(f, err));
    TRY(batches_open(&f->batches, f->data, 0, f->data->stream ? -1 : f->rows, o->batch_size, feeds,
                     f->program->inputs, err));
    TRY(open_mixing(f, err));
    int64_t full = f->rows < o->batch_size ? f->rows : o->batch_size,
            rest = model_batch(m) || f->data->drop_remainder || f->data->stream
                       ? 0
                       : f->rows % o->batch_size;
    if (f->data->drop_remainder) full = o->batch_size;
    TRY(step_program_prepare(f->program, full, err));
    if (rest && rest != full) TRY(step_program_prepare(f->program, rest, err));
    f->state.steps = batches_count(&f->batches);
    if (o->steps_per_epoch && o->steps_per_epoch < f->state.steps)
        f->state.steps = o->steps_per_epoch;
    f->steps = f->state.steps;
    if (!f->state.steps)
        return fail(err, MICA_VALUE,
                    "fit: %lld rows fill no batch of %lld, and what is left is dropped",
                    (long long)f->rows, (long long)o->batch_size);
    return MICA_OK;
}

/* After the model is compiled and before anything is written. */
static mica_status check_callbacks(fitting *f, mica_error *err) {
    const mica_fit_options *o = &f->options;
    f->rated = rate_changes(f->state.model, o->callbacks, LENGTH(o->callbacks));
    return callbacks_check(f->state.model, f->validation != NULL, o->epochs, o->callbacks,
                           LENGTH(o->callbacks), err);
}

/* ---- steps ---- */

/* Keras multiplies class weights into the sample weights. */
static mica_status weigh_classes(fitting *f, int64_t rows, mica_error *err) {
    const mica_fit_options *o = &f->options;
    float *weights = f->batches.buffer[f->program->inputs - 1];
    int y = f->state.model->input_count;
    if (f->batches.feed[f->program->inputs - 1].row_bytes != sizeof(float))
        return fail(err, MICA_VALUE,
                    "fit: class_weight beside sample weights of steps, expected "
                    "one weight a row");
    const feed *target = &f->batches.feed[y];
    size_t size = mica_dtype_size(target->dtype), each = target->row_bytes / size;
    for (int64_t i = 0; i < rows; i++) {
        const char *row = (const char *)f->batches.buffer[y] + (size_t)i * target->row_bytes;
        double label = each == 1 ? dtype_load(target->dtype, row) : 0;
        for (size_t k = 1; k < each; k++) /* one-hot: the largest */
            if (dtype_load(target->dtype, row + k * size) >
                dtype_load(target->dtype, row + (size_t)label * size))
                label = (double)k;
        if (!(label >= 0 && label < o->class_weight_count))
            return fail(err, MICA_VALUE, "fit: class_weight has %d entries, but a label is %g",
                        o->class_weight_count, label);
        weights[i] *= (float)o->class_weight[(int)label];
    }
    return MICA_OK;
}

static mica_status step(fitting *f, int64_t rows, mica_error *err) {
    void *out[1 + MAX_MODEL_OUTPUTS];
    for (int i = 0; i <= MAX_MODEL_OUTPUTS; i++) out[i] = &f->running.loss[i];
    if (f->options.class_weight) TRY(weigh_classes(f, rows, err));
    TRY(step_program_run(f->program, rows, f->batches.buffer, out, err));
    results_add(f->state.model, &f->running, rows);
    f->state.samples += rows;
    return MICA_OK;
}

static mica_status write_checkpoint(fitting *f, mica_error *err) {
    if (!f->options.checkpoint) return MICA_OK;
    f->checkpointed = clock_seconds();
    f->kept = true;
    return checkpoint_write(f, f->options.checkpoint, err);
}

/* After the first epoch and the last one, where it stops, and between them about once a second: an
 * epoch of small data takes less time than its checkpoint. */
static mica_status checkpoint_epoch(fitting *f, mica_error *err) {
    const mica_fit_options *o = &f->options;
    double pause = o->checkpoint_seconds < 1 ? o->checkpoint_seconds : 1;
    bool ends = f->state.stop || f->state.epoch + 1 >= o->epochs;
    bool due = !f->kept || ends || clock_seconds() - f->checkpointed >= pause;
    return due ? write_checkpoint(f, err) : MICA_OK;
}

/* state.step counts the steps that are made; callbacks see the number of the last one. */
static mica_status after_step(fitting *f, mica_error *err) {
    const float loss = f->running.loss[0];
    if (f->guarded && !(loss - loss == 0)) return explain_not_finite(f, err);
    if (f->options.callbacks[0]) {
        f->logs.count = 0;
        results_put(f->state.model, &f->running, false, &f->logs);
        CALL(f, on_step);
    }
    f->state.step++;
    bool due = clock_seconds() - f->checkpointed >= f->options.checkpoint_seconds || f->state.stop;
    return due && f->state.step < f->state.steps ? write_checkpoint(f, err) : MICA_OK;
}

/* Labels that nobody could look at before. */
static mica_status check_batch(const fitting *f, int64_t rows, mica_error *err) {
    return check_batch_labels(f->state.model, f->data, &f->batches, rows, err);
}

static mica_status run_steps(fitting *f, double began, mica_error *err) {
    while (f->state.step < f->state.steps && !f->state.stop) {
        int64_t rows;
        double asked = clock_seconds();
        TRY(batches_next(&f->batches, &rows, err));
        f->state.waited += clock_seconds() - asked;
        if (!rows && !f->state.step)
            return fail(err, MICA_VALUE, "fit: %s%sthe data have no samples",
                        f->data->origin ? f->data->origin : "", f->data->origin ? ": " : "");
        if (!rows) { /* broken rows were left out, or a stream ended: the epoch is over */
            f->state.steps = f->state.step;
            break;
        }
        if (f->data->makes_targets || f->data->stream) TRY(check_batch(f, rows, err));
        CALL(f, on_step_begin);
        TRY(step(f, rows, err));
        f->state.seconds = clock_seconds() - began;
        TRY(after_step(f, err));
    }
    return MICA_OK;
}

static mica_status remember(fitting *f, mica_error *err) {
    mica_history *h = f->history;
    if (!h) return MICA_OK;
    size_t room = (size_t)f->history_room, seconds_room = room;
    if (!grow(&h->epoch, &room, (size_t)h->epochs + 1, sizeof *h->epoch) ||
        !grow(&h->seconds, &seconds_room, (size_t)h->epochs + 1, sizeof *h->seconds))
        return fail_memory(err, room, "history");
    f->history_room = (int)room;
    h->epoch[h->epochs] = f->logs;
    h->seconds[h->epochs++] = f->state.seconds;
    return MICA_OK;
}

/* Data that never end go on where the last epoch left them. */
static void begin_batches(fitting *f, int epoch) {
    bool goes_on = f->data->endless && f->batches.at;
    uint64_t pass = f->data->endless ? 0 : (uint64_t)epoch;
    if (f->begun != epoch + 1 && !goes_on)
        batches_begin_at(&f->batches, !f->options.no_shuffle, f->shuffle_key, pass, f->cursor);
    f->begun = epoch + 1;
    f->cursor = 0;
}

/* The first batch of the next epoch is prepared while this one is validated and written. */
static void begin_ahead(fitting *f) {
    bool next = !f->state.stop && f->state.epoch + 1 < f->options.epochs;
    if (next && !f->data->endless) begin_batches(f, f->state.epoch + 1);
}

/* Where a checkpoint was taken within the epoch, its sums and metrics are there already. */
static void begin_epoch(fitting *f) {
    begin_batches(f, f->state.epoch);
    if (f->data->stream) f->state.steps = f->steps; /* the last pass may have had fewer */
    if (!f->state.step) results_begin(f->state.model, &f->running);
    f->state.samples = f->running.rows;
    f->state.seconds = f->state.waited = 0;
}

static mica_status validate(fitting *f, mica_error *err) {
    running r;
    CALL(f, on_test_begin);
    TRY(evaluate_part(f->state.model, f->validation, f->validation_first, f->validation_rows,
                      f->options.validation_batch_size, &r, err));
    CALL(f, on_test_end);
    results_put(f->state.model, &r, true, &f->logs);
    return MICA_OK;
}

static mica_status epoch(fitting *f, mica_error *err) {
    double began = clock_seconds();
    begin_epoch(f);
    CALL(f, on_epoch_begin);
    TRY(run_steps(f, began, err));
    if (f->state.step < f->state.steps)
        return MICA_OK; /* stopped within: the checkpoint is written */
    begin_ahead(f);
    f->logs.count = 0;
    results_put(f->state.model, &f->running, false, &f->logs);
    if (f->validation) TRY(validate(f, err));
    if (f->rated) results_put_rate(f->state.model, &f->logs);
    f->state.seconds = clock_seconds() - began;
    TRY(remember(f, err));
    CALL(f, on_epoch_end);
    return checkpoint_epoch(f, err);
}

static mica_status resume(fitting *f, mica_error *err) {
    bool found = false;
    f->state.epoch = f->options.first_epoch;
    if (!f->options.resume) return MICA_OK;
    if (!f->options.checkpoint)
        return fail(err, MICA_VALUE, "fit: resume needs the checkpoint's path");
    return checkpoint_read(f, f->options.checkpoint, &found, err);
}

mica_status fit_run(fitting *f, mica_error *err) {
    TRY(check_options(f, err));
    TRY(split(f, err));
    TRY(balance_classes(f, err));
    TRY(prepare(f, err));
    TRY(check_callbacks(f, err));
    f->state.logs = &f->logs;
    f->state.epochs = f->options.epochs;
    TRY(resume(f, err));
    f->checkpointed = clock_seconds();
    CALL(f, on_train_begin);
    for (; f->state.epoch < f->options.epochs && !f->state.stop; f->state.epoch++) {
        TRY(epoch(f, err));
        if (f->state.step < f->state.steps) break;
        f->state.step = 0;
    }
    bool whole = f->state.epoch >=
                 f->options.epochs; /* a stopped one goes on later, with its average */
    if (whole) TRY(optimizer_finalize(f->state.model->compiled.optimizer, err));
    CALL(f, on_train_end);
    return MICA_OK;
}

mica_status mica_model_fit(mica_model *m, mica_dataset *data, const mica_fit_options *options,
                           mica_history *history, mica_error *err) {
    REQUIRE(m, "model");
    fitting f = {
        .options = mica_fit_defaults(), .state = {.model = m}, .data = data, .history = history};
    mica_status status = mica_check(m->ctx, err);
    if (status == MICA_OK) status = check_idle(m, "fit", err);
    if (status == MICA_OK) status = options_take(&f.options, sizeof f.options, options, "fit", err);
    if (history) *history = (mica_history){0};
    if (status == MICA_OK && !data) status = fail(err, MICA_VALUE, "fit: data is NULL");
    if (status == MICA_OK && !data->rows)
        status = fail(err, MICA_VALUE, "fit: %s%sthe data has no rows",
                      data->origin ? data->origin : "", data->origin ? ": " : "");
    for (size_t i = 0; i < LENGTH(f.options.callbacks) && f.options.callbacks[i]; i++)
        f.guarded |= is_terminate_on_nan(f.options.callbacks[i]);
    f.shuffle_key = philox_key(m->ctx->options.seed, "shuffle");
    const char *locked = status == MICA_OK ? f.options.checkpoint : NULL;
    if (locked) status = lock_take(m->ctx, locked, err);
    model_hold(m); /* a callback may destroy it */
    m->fitting++;
    if (status == MICA_OK) status = fit_run(&f, err);
    m->fitting--;
    if (locked) lock_give(m->ctx, locked);
    batches_close(&f.batches);
    mixing_close(&f.mixing);
    mica_dataset_destroy(&f.split);
    free(f.balanced);
    destroy_callbacks(&f.options);
    model_drop(m);
    return status;
}
