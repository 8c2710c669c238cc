/* Loading from Keras .h5: architecture, weights, compile settings, optimizer state, card. What
 * cannot be used of the compile settings (a loss or metric that mica has not, a state that does not
 * fit) leaves the model as good for prediction as it is, with a warning that names it. */
#include "format/keras_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON of a root attribute; NULL in *out where there is none. The caller decrefs. */
static mica_status read_json(h5_file *file, const char *attribute, const char *name, json_t **out,
                             mica_error *err) {
    h5_object *root;
    const h5_attribute *found;
    const char *text;
    char what[300];
    *out = NULL;
    TRY(h5_find(file, "/", &root, err));
    TRY(h5_attribute_look(root, attribute, &found, err));
    if (!found) return MICA_OK;
    TRY(h5_attribute_text(root, attribute, &text, err));
    snprintf(what, sizeof what, "%s: %s", name, attribute);
    return config_parse(text, strlen(text), what, out, err);
}

static mica_status read_card(mica_model *m, h5_file *file, const char *name, mica_error *err) {
    h5_object *root;
    const h5_attribute *found;
    const char *text;
    TRY(h5_find(file, "/", &root, err));
    TRY(h5_attribute_look(root, "mica_card", &found, err));
    if (!found) return MICA_OK;
    TRY(h5_attribute_text(root, "mica_card", &text, err));
    return card_read(m, text, name, err);
}

static bool names_hard_sigmoid(const json_t *value) {
    const char *key;
    json_t *item;
    size_t i;
    if (json_is_array(value)) {
        json_array_foreach(value, i, item) if (names_hard_sigmoid(item)) return true;
        return false;
    }
    json_object_foreach((json_t *)value, key, item) {
        const char *text = json_string_value(item);
        if (text && strstr(key, "activation") && !strcmp(text, "hard_sigmoid")) return true;
        if (names_hard_sigmoid(item)) return true;
    }
    return false;
}

/* Keras 1 and 2 mean another function by that name than Keras 3, which mica computes. mica's own
 * files, known by their card, mean Keras 3's whatever dialect they are in. */
static mica_status refuse_old_hard_sigmoid(h5_file *file, const json_t *config, const char *name,
                                           mica_error *err) {
    h5_object *root;
    const h5_attribute *card;
    const char *version;
    TRY(h5_find(file, "/", &root, err));
    TRY(h5_attribute_look(root, "mica_card", &card, err));
    bool old = h5_attribute_text(root, "keras_version", &version, NULL) == MICA_OK &&
               (version[0] == '1' || version[0] == '2') && version[1] == '.';
    if (card || !old || !names_hard_sigmoid(config)) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "%s: hard_sigmoid of Keras %s is clip(0.2 x + 0.5, 0, 1), mica computes Keras 3's "
                "relu6(x + 3) / 6",
                name, version);
}

/* Layers without initial values, and with no more numbers than the file has for them. */
static mica_status build_model(mica_context *ctx, const json_t *config, h5_object *weights,
                               const char *name, mica_model **out, mica_error *err) {
    int64_t room;
    TRY(count_weights(weights, name, &room, err));
    ctx->weight_room = &room;
    mica_status status = model_from_config(ctx, config, name, out, err);
    ctx->weight_room = NULL;
    return status;
}

/* What stands in mica_`key` is `key` with the metrics that Keras has not. */
static void show_metrics(json_t *config, const char *key) {
    char own[64];
    snprintf(own, sizeof own, MICA_PREFIX "%s", key);
    json_t *all = json_object_get(config, own);
    if (!all) return;
    json_object_set(config, key, all);
    json_object_del(config, own);
}

/* Keras 2's decay divides the rate by 1 + decay * step: an InverseTimeDecay over one step. */
static void translate_decay(json_t *optimizer) {
    json_t *config = json_object_get(optimizer, "config");
    json_t *decay = json_object_get(config, "decay"),
           *rate = json_object_get(config, "learning_rate");
    if (!rate) rate = json_object_get(config, "lr");
    if (json_object_get(config, "inner_optimizer"))
        translate_decay(json_object_get(config, "inner_optimizer"));
    if (!(json_number_value(decay) > 0) || !json_is_number(rate)) return;
    json_t *schedule = json_pack("{s:s, s:{s:O, s:f, s:O}}", "class_name", "InverseTimeDecay",
                                 "config", "initial_learning_rate", rate, "decay_steps", 1.0,
                                 "decay_rate", decay);
    if (!schedule || json_object_set_new(config, "learning_rate", schedule)) return;
    json_object_del(config, "lr");
    json_object_del(config, "decay");
}

/* Compile settings as Keras stores them: null, or no optimizer, where the model was not compiled.
 */
static mica_status compile_stored(mica_model *m, h5_file *file, const matching *found,
                                  const char *name, mica_error *err) {
    json_t *config;
    mica_error why = {0};
    TRY(read_json(file, "training_config", name, &config, err));
    if (!config || json_is_null(config)) return MICA_OK;
    show_metrics(config, "metrics");
    show_metrics(config, "weighted_metrics");
    translate_decay(json_object_get(config, "optimizer_config"));
    mica_status status = compile_from_config(m, config, &why);
    json_decref(config);
    if (status == MICA_OK) status = read_optimizer(m, file, found, name, &why);
    else m->compiled.done = false;
    if (status == MICA_OK) return MICA_OK;
    if (status == MICA_MEMORY || status == MICA_INTERNAL) {
        *err = why;
        return status;
    }
    if (m->compiled.done)
        context_log(m->ctx, MICA_LOG_WARNING, "%s: the optimizer starts anew: %s", name,
                    why.message);
    else
        context_log(m->ctx, MICA_LOG_WARNING,
                    "%s: its compile settings cannot be used, compile it before training: %s", name,
                    why.message);
    return MICA_OK;
}

static mica_status fill_model(mica_model *m, h5_file *file, h5_object *weights, const char *name,
                              mica_error *err) {
    matching found = {0};
    mica_status status = match_weights(m, weights, name, &found, err);
    if (status == MICA_OK) status = read_weights(&found, name, err);
    if (status == MICA_OK) status = read_card(m, file, name, err);
    if (status == MICA_OK) status = compile_stored(m, file, &found, name, err);
    free(found.at);
    return status;
}

static mica_status fail_no_model(h5_file *file, const char *name, mica_error *err) {
    h5_object *root;
    const h5_attribute *layers;
    TRY(h5_find(file, "/", &root, err));
    TRY(h5_attribute_look(root, "layer_names", &layers, err));
    if (layers)
        return fail(err, MICA_FORMAT,
                    "%s: weights alone, expected a model: build it, then load these weights", name);
    return fail(err, MICA_FORMAT, "%s: an HDF5 file without model_config, expected a Keras model",
                name);
}

mica_status keras_h5_load_file(mica_context *ctx, const char *name, h5_file *file, mica_model **out,
                               mica_error *err) {
    h5_object *weights;
    json_t *config;
    mica_model *m = NULL;
    *out = NULL;
    TRY(read_json(file, "model_config", name, &config, err));
    if (!config) return fail_no_model(file, name, err);
    mica_status status = refuse_old_hard_sigmoid(file, config, name, err);
    if (status == MICA_OK) status = weights_group(file, name, &weights, err);
    if (status == MICA_OK) status = build_model(ctx, config, weights, name, &m, err);
    json_decref(config);
    if (status == MICA_OK) status = fill_model(m, file, weights, name, err);
    if (status == MICA_OK) *out = m;
    else model_drop(m);
    return status;
}
