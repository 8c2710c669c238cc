/* mica train: the callbacks that the recipe asks for. See training.h. */
#include "cli/training.h"

#include "train/callback.h"

#include <stdlib.h>

static mica_status add(training *t, const mica_callback *c, mica_error *err) {
    TRY(mica_check(t->ctx, err));
    if (t->callback_count == MOST_CALLBACKS)
        return fail(err, MICA_VALUE, "%s: more than %d callbacks", t->recipe.name, MOST_CALLBACKS);
    t->callbacks[t->callback_count++] = c;
    return MICA_OK;
}

/* A name, or an object with class_name. */
static mica_status add_named(training *t, size_t i, const json_t *item, mica_error *err) {
    const char *name;
    const json_t *config;
    if (!config_class(item, &name, &config))
        return fail(err, MICA_TYPE,
                    "%s: fit.callbacks[%zu] is %s, expected a name or an object with class_name",
                    t->recipe.name, i, config_kind(item));
    char place[512];
    snprintf(place, sizeof place, "%s: fit.callbacks[%zu] (%s)", t->recipe.name, i, name);
    TRY(config_class_check(item, place, NULL, err));
    char *text = config ? config_text(config) : NULL;
    mica_status status = add(t, mica_callback_from_config(t->ctx, name, text), err);
    free(text);
    if (status == MICA_OK) return MICA_OK;
    return fail_within(err, status, "%s: fit.callbacks[%zu]", t->recipe.name, i);
}

static mica_status add_all(training *t, mica_error *err) {
    recipe *r = &t->recipe;
    size_t i;
    json_t *item;
    if (r->stops_early) TRY(add(t, mica_early_stopping(t->ctx, &r->early_stopping), err));
    if (r->csv_log) TRY(add(t, mica_csv_logger(t->ctx, r->csv_log, t->o->resume), err));
    json_array_foreach(r->callbacks, i, item) TRY(add_named(t, i, item, err));
    return MICA_OK;
}

mica_status make_callbacks(training *t, mica_error *err) {
    TRY(add_all(t, err));
    mica_status status = callbacks_check(t->model, t->validation != NULL, (int)t->recipe.epochs,
                                         t->callbacks, (size_t)t->callback_count, err);
    return status == MICA_OK ? status : fail_within(err, status, "%s", t->recipe.name);
}

bool stopped_early(training *t) {
    bool ended = false;
    t->saved_epoch = t->history.epochs;
    for (int i = 0; i < t->callback_count; i++)
        ended |= early_stopping_ended(t->callbacks[i], &t->saved_epoch);
    if (t->saved_epoch > t->history.epochs) t->saved_epoch = t->history.epochs;
    return ended;
}
