/* early_stopping: see mica/train.h. Source: keras.callbacks.EarlyStopping. */
#include "model/model.h"
#include "train/callback.h"
#include "train/monitor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define OWNER mica_early_stopping_options

static const field early_stopping_fields[] = {
    MONITOR_FIELDS(OWNER),
    REAL(OWNER, min_delta, DEFAULT(0), .min = -INFINITY, .max = INFINITY,
         .help = "less is no improvement"),
    INTEGER(OWNER, patience, DEFAULT(0), .min = 0, .max = 1e9,
            .help = "epochs without improvement"),
    REAL(OWNER, baseline, DEFAULT(NAN), NULLABLE, .help = "must be beaten"),
    BOOLEAN(OWNER, restore_best_weights, .help = "at the end"),
    INTEGER(OWNER, start_from_epoch, DEFAULT(0), .min = 0, .max = 1e9, .help = "none before it"),
    END_OF_FIELDS};

typedef struct stopping {
    const OWNER *options;
    monitor watch;
    int64_t wait;
    int best_epoch;     /* of the kept weights, from 1; 0: a checkpoint did not say */
    int put_back;       /* the epoch whose weights the model has now, from 1; 0: none */
    int stopped, kept;  /* it ended the training; `best` holds weights of some epoch */
    bool restored;      /* from a checkpoint, before training begins */
    mica_tensor **best; /* variables, copies of the weights */
    size_t count;
} stopping;

static void forget_best(stopping *s) {
    for (size_t i = 0; i < s->count; i++) mica_tensor_destroy(&s->best[i]);
    free(s->best);
    s->best = NULL;
    s->count = 0;
}

/* Copies all weights; the variables are made at the first time. */
static mica_status copy(stopping *s, mica_model *m, mica_error *err) {
    weight **weights;
    size_t count;
    TRY(model_weights(m, false, &weights, &count, err));
    mica_status status = MICA_OK;
    bool first = !s->best;
    if (first && !(s->best = allocate(count + 1, sizeof *s->best)))
        status = fail_memory(err, count, "best weights");
    for (size_t i = 0; i < count && status == MICA_OK; i++) {
        const mica_tensor *v = weights[i]->variable;
        mica_tensor *now = mica_tensor_new(m->ctx, v->dtype, v->shape, tensor_bytes(v));
        if (first) {
            s->best[i] = mica_variable(now, v->variable->name);
            status = mica_check(m->ctx, err);
            s->count += status == MICA_OK;
        } else {
            status = mica_assign(s->best[i], now, err);
        }
        mica_tensor_destroy(&now);
    }
    free(weights);
    return status;
}

static mica_status put_back(stopping *s, mica_model *m, mica_error *err) {
    weight **weights;
    size_t count;
    TRY(model_weights(m, false, &weights, &count, err));
    mica_status status = MICA_OK;
    for (size_t i = 0; i < count && i < s->count && status == MICA_OK; i++)
        status = mica_assign(weights[i]->variable, s->best[i], err);
    free(weights);
    return status;
}

static mica_status check(const mica_fit_state *state, void *user, mica_error *err) {
    const stopping *s = user;
    return monitor_check(&s->watch, "early_stopping", state->logs, err);
}

static mica_status on_train_begin(mica_fit_state *state, void *user, mica_error *err) {
    stopping *s = user;
    if (s->restored) { /* by a checkpoint: the counts go on */
        state->stop = s->stopped != 0;
        s->restored = false;
        return MICA_OK;
    }
    s->wait = s->stopped = s->kept = s->put_back = 0;
    monitor_begin(&s->watch, NAN);
    return MICA_OK;
}

static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    stopping *s = user;
    const OWNER *o = s->options;
    bool better;
    if (state->epoch < o->start_from_epoch) return MICA_OK;
    if (!monitor_update(&s->watch, state->logs, &better))
        return fail(err, MICA_NAME, "early_stopping: there is no result %s", s->watch.name);
    if (o->restore_best_weights && (better || !s->kept)) {
        TRY(copy(s, state->model, err));
        s->kept = true;
        s->best_epoch = state->epoch + 1;
    }
    s->wait++;
    if (better && monitor_beats(&s->watch, s->watch.best, o->baseline)) s->wait = 0;
    if (better || s->wait < o->patience || state->epoch == 0) return MICA_OK;
    s->stopped = true;
    state->stop = true;
    return MICA_OK;
}

/* Keras puts them back however the training ended; one that is stopped from outside goes on later.
 */
static mica_status on_train_end(mica_fit_state *state, void *user, mica_error *err) {
    stopping *s = user;
    bool whole = s->stopped || state->epoch >= state->epochs;
    if (!whole || !s->kept) return MICA_OK;
    s->put_back = s->best_epoch;
    return put_back(s, state->model, err);
}

static char *save(const void *user) {
    const stopping *s = user;
    char *text = malloc(96), best[MONITOR_BEST];
    monitor_best_write(&s->watch, best);
    if (text)
        snprintf(text, 96, "%lld %d %d %s %d", (long long)s->wait, s->stopped, s->kept, best,
                 s->best_epoch);
    return text;
}

static void restore(void *user, const char *text) {
    stopping *s = user;
    long long wait = 0;
    char best[64] = "";
    s->best_epoch = s->put_back = 0;
    sscanf(text, "%lld %d %d %63s %d", &wait, &s->stopped, &s->kept, best, &s->best_epoch);
    monitor_best_read(&s->watch, best);
    s->wait = wait;
    s->restored = true;
}

/* The best weights are of every checkpoint, so that a resumed training can put them back. */
static mica_status tensors(mica_fit_state *state, void *user, mica_tensor ***list, size_t *count,
                           mica_error *err) {
    stopping *s = user;
    if (s->options->restore_best_weights && !s->best) TRY(copy(s, state->model, err));
    *list = s->best;
    *count = s->count;
    return MICA_OK;
}

static void destroy(void *user) { forget_best(user); }

static const mica_callback *make(mica_context *ctx, const void *options) {
    stopping *s;
    mica_callback *c = callback_new(ctx, sizeof *s, (void **)&s);
    if (!c) return NULL;
    s->options = options;
    monitor_open(&s->watch, s->options->monitor, s->options->mode, s->options->min_delta);
    c->check = check;
    c->on_train_begin = on_train_begin;
    c->on_epoch_end = on_epoch_end;
    c->on_train_end = on_train_end;
    c->save = save;
    c->restore = restore;
    c->tensors = tensors;
    c->destroy = destroy;
    return c;
}

const callback_kind callback_early_stopping = {
    .name = "early_stopping",
    .class_name = "EarlyStopping",
    .fields = early_stopping_fields,
    .options_size = sizeof(OWNER),
    .ignored = callback_ignored,
    .make = make,
};

bool early_stopping_ended(const mica_callback *c, int *restored) {
    if (c->on_epoch_end != on_epoch_end) return false;
    const stopping *s = c->user;
    if (s->put_back) *restored = s->put_back;
    return s->stopped;
}

CALLBACK_CONSTRUCTOR(early_stopping)
