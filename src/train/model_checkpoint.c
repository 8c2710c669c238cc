/* model_checkpoint: see mica/train.h. Source: keras.callbacks.ModelCheckpoint. */
#include "base/strbuf.h"
#include "mica/format.h"
#include "train/callback.h"
#include "train/monitor.h"

#include <stdlib.h>

typedef struct saver {
    monitor watch;
    const char *path;
    bool best_only;
} saver;

mica_model_checkpoint_options mica_model_checkpoint_defaults(void) {
    return (mica_model_checkpoint_options){.size = sizeof(mica_model_checkpoint_options)};
}

/* "{epoch}" and "{val_loss}" become numbers; Keras's ":02d" and ":.2f" behind a name are taken. */
static mica_status fill_path(const saver *s, const mica_fit_state *state, strbuf *out,
                             mica_error *err) {
    for (const char *at = s->path; *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (!end) {
            strbuf_put(out, at, 1);
            continue;
        }
        char name[64], *format;
        snprintf(name, sizeof name, "%.*s", (int)(end - at - 1), at + 1);
        if ((format = strchr(name, ':'))) *format++ = 0;
        if (!strcmp(name, "epoch")) {
            strbuf_add(out, format ? "%0*d" : "%*d", format ? atoi(format) : 0, state->epoch + 1);
        } else {
            double value = mica_result(state->logs, name);
            if (value != value)
                return fail(err, MICA_NAME, "model_checkpoint: %s: there is no result %s", s->path,
                            name);
            strbuf_add(out, "%.*f", format && *format == '.' ? atoi(format + 1) : 4, value);
        }
        at = end;
    }
    return out->failed ? fail_memory(err, out->length, s->path) : MICA_OK;
}

static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    saver *s = user;
    bool better = true;
    strbuf path = {0};
    if (s->best_only && !monitor_update(&s->watch, state->logs, &better))
        return fail(err, MICA_NAME, "model_checkpoint: there is no result %s", s->watch.name);
    if (!better) return MICA_OK;
    mica_status status = fill_path(s, state, &path, err);
    if (status == MICA_OK) status = mica_model_save(state->model, path.data ? path.data : "", err);
    strbuf_free(&path);
    return status;
}

static char *save(const void *user) {
    const saver *s = user;
    char *text = malloc(48);
    if (text) snprintf(text, 48, "%a", s->watch.best);
    return text;
}

static void restore(void *user, const char *text) {
    sscanf(text, "%la", &((saver *)user)->watch.best);
}

const mica_callback *mica_model_checkpoint(mica_context *ctx, const char *path,
                                           const mica_model_checkpoint_options *options) {
    saver *s;
    mica_model_checkpoint_options o = mica_model_checkpoint_defaults();
    mica_callback *c = callback_new(ctx, sizeof *s, (void **)&s);
    if (!c) return NULL;
    if (options) memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    s->path = arena_text(&ctx->texts, path);
    s->best_only = o.save_best_only;
    if (!monitor_open(&s->watch, o.monitor ? arena_text(&ctx->texts, o.monitor) : NULL, o.mode, 0))
        context_fail(ctx, MICA_VALUE, "model_checkpoint: mode is '%s', expected min, max or auto",
                     o.mode);
    c->on_epoch_end = on_epoch_end;
    c->save = save;
    c->restore = restore;
    return c;
}
