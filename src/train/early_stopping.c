/* early_stopping: see mica/train.h. Source: keras.callbacks.EarlyStopping. */
#include "model/model.h"
#include "train/callback.h"
#include "train/monitor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct stopping {
    monitor watch;
    mica_early_stopping_options options;
    int wait, best_epoch;
    int stopped;        /* it ended the training */
    bool restored;      /* from a checkpoint, before training begins */
    mica_tensor **best; /* copies of the weights at the best epoch */
    size_t best_count;
} stopping;

mica_early_stopping_options mica_early_stopping_defaults(void) {
    return (mica_early_stopping_options){.size = sizeof(mica_early_stopping_options)};
}

static void forget_best(stopping *s) {
    for (size_t i = 0; i < s->best_count; i++) mica_tensor_destroy(&s->best[i]);
    free(s->best);
    s->best = NULL;
    s->best_count = 0;
}

static mica_status keep_best(stopping *s, mica_model *m, mica_error *err) {
    weight **weights;
    size_t count;
    forget_best(s);
    TRY(model_weights(m, false, &weights, &count, err));
    s->best = allocate(count, sizeof *s->best);
    for (size_t i = 0; i < count && s->best; i++) {
        const mica_tensor *v = weights[i]->variable;
        s->best[i] = tensor_release(mica_tensor_new(m->ctx, v->dtype, v->shape, tensor_bytes(v)));
        s->best_count++;
    }
    free(weights);
    return s->best ? mica_check(m->ctx, err) : fail_memory(err, count, "best weights");
}

static mica_status put_best_back(stopping *s, mica_model *m, mica_error *err) {
    weight **weights;
    size_t count;
    TRY(model_weights(m, false, &weights, &count, err));
    mica_status status = MICA_OK;
    for (size_t i = 0; i < count && i < s->best_count && status == MICA_OK; i++)
        status = mica_assign(weights[i]->variable, s->best[i], err);
    free(weights);
    return status;
}

static mica_status on_train_begin(mica_fit_state *state, void *user, mica_error *err) {
    stopping *s = user;
    if (s->restored) { /* by a checkpoint: the counts go on */
        s->restored = false;
        state->stop = s->stopped != 0;
        if (!s->stopped && s->options.restore_best_weights)
            return fail(err, MICA_UNSUPPORTED,
                        "early_stopping: the best weights so far are not in a checkpoint, so a "
                        "resumed training cannot put them back: leave out restore_best_weights");
        return MICA_OK;
    }
    s->wait = 0;
    s->stopped = false;
    if (s->options.baseline != 0)
        s->watch.best = s->options.baseline == (double)MICA_ZERO ? 0 : s->options.baseline;
    return MICA_OK;
}

static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    stopping *s = user;
    bool better;
    if (state->epoch < s->options.start_from_epoch) return MICA_OK;
    if (!monitor_update(&s->watch, state->logs, &better))
        return fail(err, MICA_NAME, "early_stopping: there is no result %s", s->watch.name);
    s->wait = better ? 0 : s->wait + 1;
    if (better) s->best_epoch = state->epoch;
    if (s->options.restore_best_weights && (better || !s->best))
        TRY(keep_best(s, state->model, err));
    if (s->wait < s->options.patience || better) return MICA_OK;
    s->stopped = true;
    state->stop = true;
    return s->best ? put_best_back(s, state->model, err) : MICA_OK;
}

static char *save(const void *user) {
    const stopping *s = user;
    char *text = malloc(96);
    if (text) snprintf(text, 96, "%d %d %d %a", s->wait, s->best_epoch, s->stopped, s->watch.best);
    return text;
}

static void restore(void *user, const char *text) {
    stopping *s = user;
    sscanf(text, "%d %d %d %la", &s->wait, &s->best_epoch, &s->stopped, &s->watch.best);
    s->restored = true;
}

static void destroy(void *user) { forget_best(user); }

const mica_callback *mica_early_stopping(mica_context *ctx, const mica_early_stopping_options *o) {
    stopping *s;
    mica_callback *c = callback_new(ctx, sizeof *s, (void **)&s);
    if (!c) return NULL;
    if (o) memcpy(&s->options, o, o->size < sizeof s->options ? o->size : sizeof s->options);
    if (!monitor_open(&s->watch,
                      s->options.monitor ? arena_text(&ctx->texts, s->options.monitor) : NULL,
                      s->options.mode, s->options.min_delta))
        context_fail(ctx, MICA_VALUE, "early_stopping: mode is '%s', expected min, max or auto",
                     s->options.mode);
    c->on_train_begin = on_train_begin;
    c->on_epoch_end = on_epoch_end;
    c->save = save;
    c->restore = restore;
    c->destroy = destroy;
    return c;
}
