/* model_checkpoint: see mica/train.h. Source: keras.callbacks.ModelCheckpoint. */
#include "base/strbuf.h"
#include "format/format.h"
#include "train/callback.h"
#include "train/monitor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define OWNER mica_model_checkpoint_options

static const field model_checkpoint_fields[] = {
    TEXT(OWNER, filepath, NULL, REQUIRED, .help = "the file; {epoch}, {val_loss} …"),
    MONITOR_FIELDS(OWNER),
    BOOLEAN(OWNER, save_best_only, .help = "where the result improved"),
    BOOLEAN(OWNER, save_weights_only, .help = "not the whole model"),
    INTEGER(OWNER, save_freq, NULLABLE, .min = 1, .max = 1e15, .help = "steps; null: each epoch"),
    REAL(OWNER, initial_value_threshold, DEFAULT(NAN), NULLABLE, .help = "must be beaten"),
    END_OF_FIELDS};

typedef struct saver {
    monitor watch;
    const OWNER *options;
    int64_t steps; /* since the last saving */
    bool restored; /* from a checkpoint, before training begins */
} saver;

/* "{epoch}", "{batch}" and "{val_loss}" become numbers; Keras's ":02d" and ":.2f" behind a name are
 * taken. */
static mica_status fill_path(const saver *s, const mica_fit_state *state, strbuf *out,
                             mica_error *err) {
    for (const char *at = s->options->filepath; *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (!end) {
            strbuf_put(out, at, 1);
            continue;
        }
        char name[64], *format;
        snprintf(name, sizeof name, "%.*s", (int)(end - at - 1), at + 1);
        if ((format = strchr(name, ':'))) *format++ = 0;
        bool epoch = !strcmp(name, "epoch"), batch = !strcmp(name, "batch");
        if (epoch || batch) {
            long long number = epoch ? state->epoch + 1 : (long long)state->step + 1;
            strbuf_add(out, format ? "%0*lld" : "%*lld", format ? atoi(format) : 0, number);
        } else {
            TRY(result_check(name, s->options->filepath, state->logs, err));
            strbuf_add_fixed(out, format && *format == '.' ? atoi(format + 1) : 4,
                             mica_result(state->logs, name));
        }
        at = end;
    }
    return out->failed ? fail_memory(err, out->length, s->options->filepath) : MICA_OK;
}

static mica_status save_model(saver *s, const mica_fit_state *state, mica_error *err) {
    bool better = true;
    strbuf path = {0};
    if (s->options->save_best_only && !monitor_update(&s->watch, state->logs, &better))
        return fail(err, MICA_NAME, "model_checkpoint: there is no result %s", s->watch.name);
    if (!better) return MICA_OK;
    mica_status status = fill_path(s, state, &path, err);
    const char *to = path.data ? path.data : "";
    if (status == MICA_OK)
        status = s->options->save_weights_only ? mica_model_save_weights(state->model, to, err)
                                               : mica_model_save(state->model, to, err);
    strbuf_free(&path);
    return status;
}

/* The results of steps are those of the training data. */
static void keep_of_step(const mica_fit_state *state, mica_results *names) {
    *names = *state->logs;
    names->count = 0;
    for (int i = 0; i < state->logs->count; i++) {
        const char *name = state->logs->name[i];
        if (strncmp(name, "val_", 4) && strcmp(name, "learning_rate"))
            names->name[names->count++] = name;
    }
}

/* The path as of the first epoch can be written. */
static mica_status check_path(const saver *s, const mica_fit_state *first, mica_error *err) {
    strbuf path = {0};
    mica_status status = fill_path(s, first, &path, err);
    const char *to = path.data ? path.data : "";
    if (status == MICA_OK)
        status = s->options->save_weights_only ? weights_output_check(to, err)
                                               : output_check(to, err);
    strbuf_free(&path);
    return status;
}

static mica_status check(const mica_fit_state *state, void *user, mica_error *err) {
    const saver *s = user;
    mica_results names;
    mica_fit_state first = *state;
    if (s->options->save_freq != NO_INTEGER) keep_of_step(state, &names), first.logs = &names;
    mica_status status = s->options->save_best_only
                             ? monitor_check(&s->watch, "model_checkpoint", first.logs, err)
                             : MICA_OK;
    if (status != MICA_OK) return status;
    status = check_path(s, &first, err);
    return status == MICA_OK ? status : fail_within(err, status, "model_checkpoint");
}

static mica_status on_train_begin(mica_fit_state *state, void *user, mica_error *err) {
    saver *s = user;
    if (!s->restored) {
        s->steps = 0;
        monitor_begin(&s->watch, s->options->initial_value_threshold);
    }
    s->restored = false;
    return MICA_OK;
}

static mica_status on_step(mica_fit_state *state, void *user, mica_error *err) {
    saver *s = user;
    if (s->options->save_freq == NO_INTEGER || ++s->steps < s->options->save_freq) return MICA_OK;
    s->steps = 0;
    return save_model(s, state, err);
}

static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    saver *s = user;
    return s->options->save_freq == NO_INTEGER ? save_model(s, state, err) : MICA_OK;
}

static char *save(const void *user) {
    const saver *s = user;
    char *text = malloc(64), best[MONITOR_BEST];
    monitor_best_write(&s->watch, best);
    if (text) snprintf(text, 64, "%lld %s", (long long)s->steps, best);
    return text;
}

static void restore(void *user, const char *text) {
    saver *s = user;
    long long steps = 0;
    char best[64] = "";
    sscanf(text, "%lld %63s", &steps, best);
    monitor_best_read(&s->watch, best);
    s->steps = steps;
    s->restored = true;
}

static const mica_callback *make(mica_context *ctx, const void *options) {
    saver *s;
    mica_callback *c = callback_new(ctx, sizeof *s, (void **)&s);
    if (!c) return NULL;
    s->options = options;
    monitor_open(&s->watch, s->options->monitor, s->options->mode, 0);
    c->check = check;
    c->on_train_begin = on_train_begin;
    c->on_step = on_step;
    c->on_epoch_end = on_epoch_end;
    c->save = save;
    c->restore = restore;
    return c;
}

const callback_kind callback_model_checkpoint = {
    .name = "model_checkpoint",
    .class_name = "ModelCheckpoint",
    .fields = model_checkpoint_fields,
    .options_size = sizeof(OWNER),
    .ignored = callback_ignored,
    .make = make,
};

mica_model_checkpoint_options mica_model_checkpoint_defaults(void) {
    return (mica_model_checkpoint_options){.size = sizeof(mica_model_checkpoint_options)};
}

const mica_callback *mica_model_checkpoint(mica_context *ctx, const char *path,
                                           const mica_model_checkpoint_options *options) {
    if (!ctx) return NULL;
    mica_model_checkpoint_options o = mica_model_checkpoint_defaults();
    mica_error err = {0};
    if (options_take(&o, sizeof o, options, "model_checkpoint", &err) != MICA_OK)
        return context_fail_with(ctx, &err), NULL;
    o.filepath = path;
    return callback_of(ctx, &callback_model_checkpoint, &o);
}
