/* Saving as Keras .h5: see keras_h5.h. The file is written aside and renamed when it is whole. */
#include "format/keras_h5.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the file says of itself: the dialect is that of Keras 2, which Keras 3 reads too. */
#define DIALECT "2.21.0"
#define TOP_LEVEL "top_level_model_weights"

static char *joined(saving *s, const char *a, const char *b, const char *c) {
    size_t n = strlen(a) + strlen(b) + strlen(c) + 1;
    char *text = arena_take(&s->arena, n);
    if (text) snprintf(text, n, "%s%s%s", a, b, c);
    return text;
}

/* Types that NumPy has; bfloat16 goes as float32, which holds each of its values. */
static mica_dtype stored_dtype(const mica_tensor *v) {
    return v->dtype == MICA_BFLOAT16 ? MICA_FLOAT32 : v->dtype;
}

mica_status write_variable(saving *s, const char *path, mica_tensor *v, mica_error *err) {
    mica_dtype dtype = stored_dtype(v);
    const void *data = tensor_bytes(v);
    if (dtype != v->dtype || !tensor_contiguous(v)) {
        size_t bytes = (size_t)shape_size(&v->shape) * mica_dtype_size(dtype);
        void *copy = arena_take(&s->arena, bytes ? bytes : 1);
        if (!copy) return fail_memory(err, bytes, path);
        tensor_copy_out(v, dtype, copy);
        data = copy;
    }
    return h5_write_dataset(s->w, path, dtype, (unsigned)v->shape.rank, v->shape.dims, data, err);
}

static mica_status write_layer(saving *s, const mica_layer *l, mica_error *err) {
    char *group = joined(s, s->root, "/", l->name);
    const char **names = arena_take(&s->arena, (l->weight_count + 1) * sizeof *names);
    if (!group || !names) return fail_memory(err, l->weight_count, l->name);
    TRY(h5_write_group(s->w, group, err));
    for (size_t i = 0; i < l->weight_count; i++) {
        mica_tensor *v = l->weights[i].variable;
        names[i] = layer_model(l) ? joined(s, l->weights[i].name, ":0", "")
                                  : joined(s, v->variable->name, ":0", "");
        char *path = names[i] ? joined(s, group, "/", names[i]) : NULL;
        if (!path) return fail_no_memory(err, l->name);
        TRY(write_variable(s, path, v, err));
    }
    return names_write(s->w, group, "weight_names", names, l->weight_count, err);
}

static mica_status write_weights(saving *s, mica_error *err) {
    const mica_model *m = s->m;
    const char **names = arena_take(&s->arena, (m->layer_count + 1) * sizeof *names);
    size_t count = 0;
    if (!names) return fail_memory(err, m->layer_count, m->name);
    if (*s->root) TRY(h5_write_group(s->w, s->root, err));
    for (size_t i = 0; i < m->layer_count; i++) {
        const mica_layer *l = m->layers[i];
        if (m->sequential && l->kind == &layer_input_layer) continue; /* as Keras */
        names[count++] = l->name;
        TRY(write_layer(s, l, err));
    }
    const char *list = *s->root ? s->root : "/", *top = joined(s, s->root, "/", TOP_LEVEL);
    if (!top) return fail_no_memory(err, m->name);
    TRY(names_write(s->w, list, "layer_names", names, count, err));
    TRY(h5_write_text(s->w, list, "backend", "tensorflow", err));
    TRY(h5_write_text(s->w, list, "keras_version", DIALECT, err));
    TRY(h5_write_group(s->w, top, err));
    return h5_write_texts(s->w, top, "weight_names", NULL, 0, err);
}

static mica_status write_json(saving *s, const char *attribute, const json_t *tree,
                              mica_error *err) {
    char *text = config_text(tree);
    if (!text) return fail_no_memory(err, attribute);
    mica_status status = h5_write_text(s->w, "/", attribute, text, err);
    free(text);
    return status;
}

static mica_status write_config(saving *s, mica_error *err) {
    json_t *config;
    TRY(model_config(s->m, &config, err));
    mica_status status = write_json(s, "model_config", config, err);
    json_decref(config);
    return status;
}

static bool keras_has(const json_t *metric) {
    const char *name = json_string_value(json_object_get(metric, "class_name"));
    const metric_kind *k = name ? metric_kind_by_name(name) : NULL;
    return !k || !k->not_in_keras;
}

/* The metrics that Keras has, of a list, or of lists by output; null where none is left. */
static json_t *metrics_of_keras(const json_t *metrics) {
    size_t i;
    json_t *item, *out = json_array();
    bool some = false;
    json_array_foreach(metrics, i, item) {
        if (!json_is_array(item) && !keras_has(item)) continue;
        json_t *own = json_is_array(item) ? metrics_of_keras(item) : json_incref(item);
        some |= !json_is_null(own);
        if (json_array_append_new(out, json_is_null(own) ? json_array() : own)) {
            json_decref(out);
            return NULL;
        }
    }
    if (some) return out;
    json_decref(out);
    return json_null();
}

/* Keras refuses a file with a metric that it has not: then `key` has the others, and all stand in
 * mica_`key`, which Keras does not look at. */
static mica_status hide_metrics(json_t *config, const char *key, mica_error *err) {
    char own[64];
    json_t *all = json_object_get(config, key), *rest = NULL;
    if (json_is_null(all)) return MICA_OK;
    snprintf(own, sizeof own, MICA_PREFIX "%s", key);
    if (!(rest = metrics_of_keras(all))) return fail_no_memory(err, key);
    if (json_equal(all, rest)) return json_decref(rest), MICA_OK;
    if (json_object_set(config, own, all) || json_object_set_new(config, key, rest))
        return fail_no_memory(err, key);
    return MICA_OK;
}

/* compile_config() in the names of the file: the optimizer apart, metrics by what weighs them. */
static mica_status write_compile(saving *s, mica_error *err) {
    json_t *config;
    TRY(compile_config(s->m, &config, err));
    json_t *optimizer = keras_optimizer_config(s->m->compiled.optimizer, err);
    mica_status status = MICA_OK;
    if (!optimizer) status = err && err->code ? err->code : fail_no_memory(err, "optimizer");
    else if (json_object_del(config, "optimizer") ||
             json_object_set(config, "optimizer_config", optimizer))
        status = fail_no_memory(err, "training_config");
    if (status == MICA_OK) status = hide_metrics(config, "metrics", err);
    if (status == MICA_OK) status = hide_metrics(config, "weighted_metrics", err);
    if (status == MICA_OK) status = write_json(s, "training_config", config, err);
    json_decref(optimizer);
    json_decref(config);
    return status;
}

static mica_status write_card(saving *s, mica_error *err) {
    char *text = card_text(s->m);
    if (!text) return fail_no_memory(err, "the card");
    mica_status status = h5_write_text(s->w, "/", "mica_card", text, err);
    free(text);
    return status;
}

static mica_status write_all(saving *s, mica_error *err) {
    TRY(h5_write_text(s->w, "/", "backend", "tensorflow", err));
    TRY(h5_write_text(s->w, "/", "keras_version", DIALECT, err));
    TRY(write_config(s, err));
    TRY(write_card(s, err));
    TRY(write_weights(s, err));
    if (!s->m->compiled.done) return MICA_OK;
    TRY(write_compile(s, err));
    return write_optimizer(s, err);
}

static mica_status sink(void *file, const void *bytes, size_t size, mica_error *err) {
    return file_write(file, bytes, size, err);
}

static mica_status send(h5_writer *w, const char *path, mica_error *err) {
    file_writer file;
    TRY(file_begin(&file, path, err));
    mica_status status = h5_writer_finish(w, sink, &file, err);
    if (status == MICA_OK) return file_commit(&file, err);
    file_cancel(&file);
    return status;
}

/* With root the group of the weights in a file of a whole model; "": they are all that there is. */
static mica_status save(mica_model *m, const char *path, const char *root, mica_error *err) {
    saving s = {.m = m, .root = root};
    mica_error own = {0};
    if (!err) err = &own;
    *err = own;
    TRY(h5_writer_open(&s.w, err));
    mica_status status = *root ? write_all(&s, err) : write_weights(&s, err);
    if (status != MICA_OK) fail_within(err, status, "%s", path);
    else status = send(s.w, path, err);
    h5_writer_close(&s.w);
    arena_free(&s.arena);
    return status;
}

mica_status keras_h5_save(mica_model *m, const char *path, mica_error *err) {
    return save(m, path, "/model_weights", err);
}

mica_status keras_h5_save_weights(mica_model *m, const char *path, mica_error *err) {
    return save(m, path, "", err);
}
