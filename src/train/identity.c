/* What must be the same for a training to go on: see checkpoint.h. */
#include "train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fingerprint is computed at the first checkpoint, not before the first step. */
static json_t *data_identity(mica_dataset *d, mica_error *err) {
    char fingerprint[65];
    if (mica_dataset_fingerprint(d, fingerprint, err) != MICA_OK) return NULL;
    json_t *columns = json_array();
    char extents[128];
    for (int i = 0; i < d->columns; i++) {
        shape_format(&d->column[i].shape, extents);
        json_array_append_new(columns,
                              json_pack("{s:s, s:s, s:s}", "name", d->column[i].name, "dtype",
                                        mica_dtype_name(d->column[i].dtype), "shape", extents));
    }
    return json_pack("{s:I, s:s, s:o}", "rows", (json_int_t)d->rows, "fingerprint", fingerprint,
                     "columns", columns);
}

json_t *fit_identity(const fitting *f, mica_error *err) {
    const mica_model *m = f->state.model;
    const mica_fit_options *o = &f->options;
    json_t *model = NULL, *compile = NULL, *data = data_identity(f->data, err);
    json_t *validation = data && o->validation ? data_identity(o->validation, err) : NULL;
    if (!data || (o->validation && !validation)) {
        json_decref(data);
        return NULL;
    }
    if (model_config(m, &model, err) != MICA_OK || compile_config(m, &compile, err) != MICA_OK) {
        json_decref(model);
        json_decref(data);
        json_decref(validation);
        return NULL;
    }
    /* What people set comes first: a difference of the data may be its consequence (a seed that
     * divides them), and the first one is told. */
    json_t *identity = json_pack(
        "{s:I, s:I, s:b, s:f, s:I, s:o, s:o, s:o}", "seed", (json_int_t)m->ctx->options.seed,
        "batch_size", (json_int_t)o->batch_size, "shuffle", !o->no_shuffle, "validation_split",
        o->validation_split, "steps_per_epoch", (json_int_t)o->steps_per_epoch, "model", model,
        "compile", compile, "data", data);
    for (size_t i = 0; identity && i < LENGTH(o->augment) && o->augment[i]; i++) {
        if (!json_object_get(identity, "augment"))
            json_object_set_new(identity, "augment", json_array());
        json_array_append_new(json_object_get(identity, "augment"), json_string(o->augment[i]));
    }
    if (identity && o->validation) json_object_set_new(identity, "validation", validation);
    if (!identity) fail_no_memory(err, "checkpoint");
    return identity;
}

static void show(const json_t *value, char out[80]) {
    char *text = value ? config_text(value) : NULL;
    snprintf(out, 80, "%s%s", text ? text : "nothing", "");
    free(text);
}

static bool differs(const char *path, const json_t *was, const json_t *is, char *text,
                    size_t limit) {
    char before[80], now[80];
    show(was, before), show(is, now);
    snprintf(text, limit, "%s: %s now, %s then", path, now, before);
    return true;
}

bool first_difference(const json_t *was, const json_t *is, const char *path, char *text,
                      size_t limit) {
    char inner[512];
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_object(was) && json_is_object(is)) {
        json_object_foreach((json_t *)is, key, value) {
            snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key);
            if (first_difference(json_object_get(was, key), value, inner, text, limit)) return true;
        }
        json_object_foreach((json_t *)was, key, value) {
            snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", key);
            if (!json_object_get(is, key)) return differs(inner, value, NULL, text, limit);
        }
        return false;
    }
    if (json_is_array(was) && json_is_array(is) && json_array_size(was) == json_array_size(is)) {
        json_array_foreach(is, i, value) {
            snprintf(inner, sizeof inner, "%s[%zu]", path, i);
            if (first_difference(json_array_get(was, i), value, inner, text, limit)) return true;
        }
        return false;
    }
    if (json_is_number(was) && json_is_number(is) &&
        json_number_value(was) == json_number_value(is))
        return false;
    return was && json_equal(was, is) ? false : differs(path, was, is, text, limit);
}
