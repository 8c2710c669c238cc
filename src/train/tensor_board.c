/* tensor_board: see mica/train.h. Tags are Keras's: epoch_loss, epoch_accuracy … in LOG_DIR/train,
 * the same without val_ in LOG_DIR/validation, epoch_learning_rate; batch_loss where update_freq
 * asks for it; a weight's histogram is "layer/weight/histogram".
 * Source: keras.callbacks.TensorBoard. */
#include "base/file.h"
#include "codec/event.h"
#include "model/model.h"
#include "train/callback.h"

#include "base/clock.h"
#include <stdlib.h>
#include <time.h>

#define OWNER mica_tensor_board_options

static const field tensor_board_fields[] = {
    TEXT(OWNER, log_dir, "logs", .help = "a folder"),
    INTEGER(OWNER, histogram_freq, DEFAULT(0), .min = 0, .max = 1e9,
            .help = "epochs between histograms of the weights; 0: none"),
    INTEGER(OWNER, update_freq, NULLABLE, .min = 1, .max = 1e15,
            .help = "steps between batch losses; null: none"),
    END_OF_FIELDS};

typedef struct board {
    const OWNER *options;
    event_file train, validation;
    int64_t steps; /* of all epochs */
} board;

static double wall_time(void) { return (double)clock_day_us() * 1e-6; }

static mica_status open_in(const board *b, event_file *f, const char *folder, mica_error *err) {
    char path[4096];
    if (f->file) return MICA_OK;
    snprintf(path, sizeof path, "%s/%s", b->options->log_dir, folder);
    return event_open(f, path, wall_time(), err);
}

static mica_status check(const mica_fit_state *state, void *user, mica_error *err) {
    const board *b = user;
    mica_status status = folder_check_writable(b->options->log_dir, err);
    return status == MICA_OK ? status : fail_within(err, status, "tensor_board");
}

static mica_status on_train_begin(mica_fit_state *state, void *user, mica_error *err) {
    board *b = user;
    b->steps = state->epoch * state->steps + state->step;
    return open_in(b, &b->train, "train", err);
}

static mica_status on_step(mica_fit_state *state, void *user, mica_error *err) {
    board *b = user;
    int64_t every = b->options->update_freq;
    b->steps++;
    if (every == NO_INTEGER || b->steps % every) return MICA_OK;
    for (int i = 0; i < state->logs->count; i++) {
        char tag[320];
        snprintf(tag, sizeof tag, "batch_%s", state->logs->name[i]);
        TRY(event_scalar(&b->train, wall_time(), b->steps, tag, state->logs->value[i], err));
    }
    return MICA_OK;
}

static mica_status write_results(board *b, const mica_fit_state *state, mica_error *err) {
    for (int i = 0; i < state->logs->count; i++) {
        const char *name = state->logs->name[i];
        if (!strcmp(name, "learning_rate")) continue; /* below, whether it changes or not */
        bool validation = !strncmp(name, "val_", 4);
        char tag[320];
        if (validation) TRY(open_in(b, &b->validation, "validation", err));
        snprintf(tag, sizeof tag, "epoch_%s", validation ? name + 4 : name);
        TRY(event_scalar(validation ? &b->validation : &b->train, wall_time(), state->epoch, tag,
                         state->logs->value[i], err));
    }
    return event_scalar(&b->train, wall_time(), state->epoch, "epoch_learning_rate",
                        mica_optimizer_learning_rate(state->model->compiled.optimizer), err);
}

static mica_status write_weight(board *b, int64_t epoch, const mica_tensor *v, mica_error *err) {
    size_t count = (size_t)mica_tensor_size(v);
    char tag[320];
    double *values = allocate(count + 1, sizeof *values);
    if (!values) return fail_memory(err, count, "tensor_board");
    tensor_copy_out(v, MICA_FLOAT64, values);
    snprintf(tag, sizeof tag, "%.300s/histogram", v->variable->name);
    mica_status status = event_histogram(&b->train, wall_time(), epoch, tag, values, count, err);
    free(values);
    return status;
}

static mica_status write_histograms(board *b, const mica_fit_state *state, mica_error *err) {
    weight **weights;
    size_t count;
    int64_t every = b->options->histogram_freq;
    if (!every || state->epoch % every) return MICA_OK;
    TRY(model_weights(state->model, false, &weights, &count, err));
    mica_status status = MICA_OK;
    for (size_t i = 0; i < count && status == MICA_OK; i++)
        status = write_weight(b, state->epoch, weights[i]->variable, err);
    free(weights);
    return status;
}

static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    board *b = user;
    TRY(write_results(b, state, err));
    TRY(write_histograms(b, state, err));
    if (b->validation.file) TRY(event_flush(&b->validation, err));
    return event_flush(&b->train, err);
}

static void destroy(void *user) {
    board *b = user;
    event_close(&b->train);
    event_close(&b->validation);
}

static const mica_callback *make(mica_context *ctx, const void *options) {
    board *b;
    mica_callback *c = callback_new(ctx, sizeof *b, (void **)&b);
    if (!c) return NULL;
    b->options = options;
    c->check = check;
    c->on_train_begin = on_train_begin;
    c->on_step = on_step;
    c->on_epoch_end = on_epoch_end;
    c->destroy = destroy;
    return c;
}

const callback_kind callback_tensor_board = {
    .name = "tensor_board",
    .class_name = "TensorBoard",
    .fields = tensor_board_fields,
    .options_size = sizeof(OWNER),
    .ignored = callback_ignored,
    .make = make,
};

CALLBACK_CONSTRUCTOR(tensor_board)
