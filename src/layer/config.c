/* Configs of layers in the dialects of Keras 1, 2 and 3, and the one that is written: what both
 * Keras 3 and Keras 2 (tf_keras) read. */
#include "layer/layer.h"

#include <string.h>

/* Keys that say nothing about the layer itself; the model reads the input shapes where it needs
 * them. */
static const char *const dropped[] = {"module",
                                      "registered_name",
                                      "build_config",
                                      "batch_input_shape",
                                      "batch_shape",
                                      "input_shape",
                                      "batch_size",
                                      "input_dtype",
                                      "input_dim",
                                      "input_length",
                                      "lora_rank",
                                      "lora_alpha",
                                      "quantization_config",
                                      "shared_object_id",
                                      "sparse",
                                      "ragged",
                                      "optional",
                                      NULL};

/* Keras 3: {"class_name": "DTypePolicy", "config": {"name": "float32"}}; Keras 2: "Policy". */
static mica_status plain_dtype(json_t *config, const char *what, mica_error *err) {
    const json_t *dtype = json_object_get(config, "dtype");
    if (!json_is_object(dtype)) return MICA_OK;
    json_t *name = json_object_get(json_object_get(dtype, "config"), "name");
    if (!json_is_string(name))
        return fail(err, MICA_FORMAT, "%s: dtype is an object without a name, expected a policy",
                    what);
    json_object_set(config, "dtype", name);
    return MICA_OK;
}

static bool has_field(const field *fields, const char *name) {
    for (; fields->name; fields++)
        if (!strcmp(fields->name, name)) return true;
    return false;
}

mica_status layer_translate(const layer_kind *kind, const json_t *config, const char *what,
                            json_t **out, mica_error *err) {
    if (config && !json_is_object(config))
        return fail(err, MICA_TYPE, "%s: its config is %s, expected an object", what,
                    config_kind(config));
    json_t *own = config ? json_copy((json_t *)config) : json_object();
    if (!own) return fail_no_memory(err, what);
    kind_rename_keys(own, kind->renamed);
    for (const char *const *key = dropped; *key; key++)
        if (!has_field(kind->fields, *key)) json_object_del(own, *key);
    mica_status status = plain_dtype(own, what, err);
    if (status == MICA_OK && kind->translate) status = kind->translate(own, what, err);
    *out = own;
    if (status != MICA_OK) json_decref(own);
    return status;
}

json_t *layer_config(const mica_layer *l, mica_error *err) {
    json_t *config = json_object();
    if (!config || fields_write(l->kind->fields, l->options, config, err) != MICA_OK ||
        inner_write(l, config, err) != MICA_OK) {
        json_decref(config);
        return NULL;
    }
    const char *own = l->kind->not_in_keras ? l->kind->name : NULL;
    json_t *tree = json_pack("{s:s?, s:s, s:o, s:s?}", "module", own ? NULL : "keras.layers",
                             "class_name", l->kind->name, "config", config, "registered_name", own);
    if (!tree) fail_no_memory(err, l->name);
    return tree;
}
