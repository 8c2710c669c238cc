/* Callbacks by name, made: see callback.h. */
#include "train/callback.h"

#include "model/model.h"
#include "train/results.h"

#include <math.h>
#include <stdio.h>

const callback_kind *const all_callbacks[] = {
#define CALLBACK(name) &callback_##name,
#include "train/callbacks.def"
#undef CALLBACK
    NULL,
};

const char *const callback_ignored[] = {"verbose", NULL};

mica_callback *callback_new(mica_context *ctx, size_t state_bytes, void **state) {
    if (!ctx) return NULL;
    mica_callback *c = arena_take(&ctx->texts, sizeof *c);
    *state = arena_take(&ctx->texts, state_bytes);
    if (c && *state) return c->user = *state, c;
    context_fail(ctx, MICA_MEMORY, "a callback: no memory");
    return NULL;
}

const mica_callback *callback_of(mica_context *ctx, const callback_kind *kind_,
                                 const void *options) {
    mica_error err = {0};
    void *own;
    char what[96];
    if (!ctx) return NULL;
    snprintf(what, sizeof what, "callback %s", kind_->name);
    if (kind_options((const kind *)kind_, options, what, &ctx->texts, &own, &err) == MICA_OK)
        return kind_->make(ctx, own);
    context_fail_with(ctx, &err);
    return NULL;
}

/* Keras says "save_freq": "epoch" for what is null here. */
static json_t *without_epoch(const char *name, json_t *config) {
    const char *often = json_string_value(json_object_get(config, "save_freq"));
    if (often && !strcmp(often, "epoch")) json_object_del(config, "save_freq");
    return json_pack("{s:s, s:o*}", "class_name", name, "config", config);
}

static const mica_callback *from_config(mica_context *ctx, const char *name, const char *json,
                                        mica_error *err) {
    json_t *config = NULL;
    const callback_kind *k = NULL;
    void *options = NULL;
    if (json && config_parse(json, strlen(json), name, &config, err) != MICA_OK) return NULL;
    json_t *tree = without_epoch(name, config);
    mica_status status = tree ? kind_read(KINDS(all_callbacks), tree, "fit", "callback",
                                          &ctx->texts, (const kind **)&k, &options, err)
                              : fail_no_memory(err, name);
    json_decref(tree);
    return status == MICA_OK ? k->make(ctx, options) : NULL;
}

const mica_callback *mica_callback_from_config(mica_context *ctx, const char *name,
                                               const char *json) {
    if (!ctx) return NULL;
    if (LACKS(ctx, name, "name")) return NULL;
    mica_error err = {0};
    const mica_callback *c = from_config(ctx, name, json, &err);
    if (err.code != MICA_OK) context_fail_with(ctx, &err);
    return c;
}

/* ---- before training ---- */

bool rate_changes(const mica_model *m, const mica_callback *const *callbacks, size_t most) {
    const mica_optimizer *o = m->compiled.optimizer;
    if (o && o->options->learning_rate_schedule) return true;
    for (size_t i = 0; i < most && callbacks[i]; i++)
        if (callbacks[i]->sets_learning_rate) return true;
    return false;
}

mica_status rate_check(const mica_fit_state *s, const char *callback, mica_error *err) {
    const mica_optimizer *o = s->model->compiled.optimizer;
    if (!o->options->learning_rate_schedule) return MICA_OK;
    return fail(err, MICA_STATE,
                "%s: a schedule sets the learning rate of optimizer %s: give it a number, or leave "
                "this callback out",
                callback, o->kind->name);
}

mica_status callbacks_check(mica_model *m, bool validated, int epochs,
                            const mica_callback *const *callbacks, size_t most, mica_error *err) {
    mica_results names;
    mica_fit_state state = {.model = m, .epochs = epochs, .logs = &names};
    results_names(m, validated, rate_changes(m, callbacks, most), &names);
    for (int i = 0; i < names.count; i++) names.value[i] = NAN;
    for (size_t i = 0; i < most && callbacks[i]; i++)
        if (callbacks[i]->check) TRY(callbacks[i]->check(&state, callbacks[i]->user, err));
    return MICA_OK;
}
