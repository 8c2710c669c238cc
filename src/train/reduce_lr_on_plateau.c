/* reduce_lr_on_plateau: see mica/train.h. Source: keras.callbacks.ReduceLROnPlateau. */
#include "model/model.h"
#include "train/callback.h"
#include "train/monitor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define OWNER mica_reduce_lr_on_plateau_options

static const field reduce_lr_on_plateau_fields[] = {
    MONITOR_FIELDS(OWNER),
    REAL(OWNER, factor, DEFAULT(0.1), .min = 0, .max = 0.9999999, .help = "of the rate"),
    INTEGER(OWNER, patience, DEFAULT(10), .min = 0, .max = 1e9,
            .help = "epochs without improvement"),
    REAL(OWNER, min_delta, DEFAULT(1e-4), .min = -INFINITY, .max = INFINITY,
         .help = "less is no improvement"),
    INTEGER(OWNER, cooldown, DEFAULT(0), .min = 0, .max = 1e9, .help = "epochs after a reduction"),
    REAL(OWNER, min_lr, DEFAULT(0), .min = 0, .max = INFINITY, .help = "least rate"),
    END_OF_FIELDS};

typedef struct plateau {
    const OWNER *options;
    monitor watch;
    int64_t wait, cooling;
    bool restored; /* from a checkpoint, before training begins */
} plateau;

static mica_status check(const mica_fit_state *state, void *user, mica_error *err) {
    const plateau *s = user;
    TRY(rate_check(state, "reduce_lr_on_plateau", err));
    return monitor_check(&s->watch, "reduce_lr_on_plateau", state->logs, err);
}

static mica_status on_train_begin(mica_fit_state *state, void *user, mica_error *err) {
    plateau *s = user;
    if (!s->restored) {
        s->wait = s->cooling = 0;
        monitor_begin(&s->watch, NAN);
    }
    s->restored = false;
    return MICA_OK;
}

static mica_status reduce(plateau *s, mica_optimizer *o, mica_error *err) {
    double rate = mica_optimizer_learning_rate(o);
    if (!(rate > (double)(float)s->options->min_lr)) return MICA_OK;
    TRY(mica_optimizer_set_learning_rate(o, fmax(rate * s->options->factor, s->options->min_lr),
                                         err));
    s->cooling = s->options->cooldown;
    s->wait = 0;
    return MICA_OK;
}

static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    plateau *s = user;
    bool better;
    if (!monitor_update(&s->watch, state->logs, &better))
        return fail(err, MICA_NAME, "reduce_lr_on_plateau: there is no result %s", s->watch.name);
    if (s->cooling > 0) {
        s->cooling--;
        s->wait = 0;
    }
    if (better) s->wait = 0;
    else if (s->cooling == 0 && ++s->wait >= s->options->patience)
        return reduce(s, state->model->compiled.optimizer, err);
    return MICA_OK;
}

static char *save(const void *user) {
    const plateau *s = user;
    char *text = malloc(96), best[MONITOR_BEST];
    monitor_best_write(&s->watch, best);
    if (text) snprintf(text, 96, "%lld %lld %s", (long long)s->wait, (long long)s->cooling, best);
    return text;
}

static void restore(void *user, const char *text) {
    plateau *s = user;
    long long wait = 0, cooling = 0;
    char best[64] = "";
    sscanf(text, "%lld %lld %63s", &wait, &cooling, best);
    monitor_best_read(&s->watch, best);
    s->wait = wait;
    s->cooling = cooling;
    s->restored = true;
}

static const mica_callback *make(mica_context *ctx, const void *options) {
    plateau *s;
    mica_callback *c = callback_new(ctx, sizeof *s, (void **)&s);
    if (!c) return NULL;
    s->options = options;
    monitor_open(&s->watch, s->options->monitor, s->options->mode, s->options->min_delta);
    c->check = check;
    c->sets_learning_rate = true;
    c->on_train_begin = on_train_begin;
    c->on_epoch_end = on_epoch_end;
    c->save = save;
    c->restore = restore;
    return c;
}

const callback_kind callback_reduce_lr_on_plateau = {
    .name = "reduce_lr_on_plateau",
    .class_name = "ReduceLROnPlateau",
    .fields = reduce_lr_on_plateau_fields,
    .options_size = sizeof(OWNER),
    .ignored = callback_ignored,
    .make = make,
};

CALLBACK_CONSTRUCTOR(reduce_lr_on_plateau)
