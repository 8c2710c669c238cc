/* Which dataset of the file is which weight of the model. Layers go by their names; where the file
 * names others, by the order of those that have weights, as Keras loads. */
#include "format/keras_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A layer of the file that has weights. */
typedef struct stored {
    const char *name;
    h5_object *group;
    h5_texts weights;
    mica_layer *layer; /* of the model */
} stored;

typedef struct reading {
    const mica_model *m;
    const char *name;
    arena arena;
    stored *layers;
    size_t count;
    mica_error *err;
} reading;

mica_status weights_group(h5_file *file, const char *name, h5_object **group, mica_error *err) {
    h5_object *root;
    TRY(h5_find(file, "/", &root, err));
    TRY(h5_look_in(root, "model_weights", group, err));
    if (!*group) *group = root;
    if (h5_is_group(*group)) return MICA_OK;
    return fail(err, MICA_FORMAT, "%s: model_weights is a dataset, expected a group", name);
}

static mica_status open_layers(reading *r, h5_object *group) {
    h5_texts names;
    TRY(names_read(group, "layer_names", &r->arena, &names, r->err));
    r->layers = arena_take(&r->arena, (names.count + 1) * sizeof *r->layers);
    if (!r->layers) return fail_memory(r->err, names.count, r->name);
    for (size_t i = 0; i < names.count; i++) {
        stored s = {.name = names.at[i]};
        TRY(h5_find_in(group, s.name, &s.group, r->err));
        TRY(names_read(s.group, "weight_names", &r->arena, &s.weights, r->err));
        if (s.weights.count) r->layers[r->count++] = s;
    }
    return MICA_OK;
}

mica_status count_weights(h5_object *group, const char *name, int64_t *elements, mica_error *err) {
    reading r = {.name = name, .err = err};
    h5_object *dataset;
    h5_type type;
    h5_space space;
    mica_status status = open_layers(&r, group);
    *elements = 0;
    for (size_t i = 0; i < r.count && status == MICA_OK; i++)
        for (size_t k = 0; k < r.layers[i].weights.count && status == MICA_OK; k++) {
            status = h5_find_in(r.layers[i].group, r.layers[i].weights.at[k], &dataset, err);
            if (status == MICA_OK) status = h5_dataset(dataset, &type, &space, err);
            if (status == MICA_OK && space.elements > (uint64_t)(INT64_MAX - *elements))
                status = fail(err, MICA_FORMAT, "%s: its weights have no end", name);
            if (status == MICA_OK) *elements += (int64_t)space.elements;
        }
    arena_free(&r.arena);
    return status;
}

/* ---- layers ---- */

static size_t with_weights(const mica_model *m) {
    size_t n = 0;
    for (size_t i = 0; i < m->layer_count; i++) n += m->layers[i]->weight_count > 0;
    return n;
}

static bool match_by_name(reading *r) {
    for (size_t i = 0; i < r->count; i++) {
        stored *s = &r->layers[i];
        s->layer = mica_model_find_layer(r->m, s->name);
        if (!s->layer || !s->layer->weight_count) return false;
        for (size_t k = 0; k < i; k++)
            if (r->layers[k].layer == s->layer) return false;
    }
    return r->count == with_weights(r->m);
}

/* Names the first layer that one side has and the other has not. */
static mica_status fail_layers(const reading *r) {
    size_t expected = with_weights(r->m);
    for (size_t i = 0; i < r->m->layer_count; i++) {
        const mica_layer *l = r->m->layers[i];
        bool found = !l->weight_count;
        for (size_t k = 0; k < r->count && !found; k++) found = !strcmp(r->layers[k].name, l->name);
        if (!found)
            return fail(r->err, MICA_MISMATCH,
                        "%s: weights of %zu layers, expected %zu: none for layer %s", r->name,
                        r->count, expected, l->name);
    }
    for (size_t k = 0; k < r->count; k++) {
        const mica_layer *l = mica_model_find_layer(r->m, r->layers[k].name);
        if (!l || !l->weight_count)
            return fail(r->err, MICA_MISMATCH,
                        "%s: weights of %zu layers, expected %zu: layer %s %s", r->name, r->count,
                        expected, r->layers[k].name,
                        l ? "has none in the model" : "is not in the model");
    }
    return fail(r->err, MICA_MISMATCH, "%s: weights of %zu layers, expected %zu", r->name, r->count,
                expected);
}

static mica_status match_layers(reading *r) {
    size_t next = 0;
    if (match_by_name(r)) return MICA_OK;
    if (r->count != with_weights(r->m)) return fail_layers(r);
    for (size_t i = 0; i < r->m->layer_count; i++)
        if (r->m->layers[i]->weight_count) r->layers[next++].layer = r->m->layers[i];
    return MICA_OK;
}

/* ---- weights ---- */

mica_status check_dataset(h5_object *dataset, const shape *wanted, const char *what,
                          mica_error *err) {
    h5_type type;
    h5_space space;
    char expected[128], found[128];
    TRY(h5_dataset(dataset, &type, &space, err));
    if (type.kind != H5_FLOAT && type.kind != H5_INTEGER)
        return fail(err, MICA_TYPE, "%s is %s, expected numbers", what, type.text);
    shape s = {.rank = space.rank <= MAX_RANK ? (int)space.rank : MAX_RANK};
    for (int i = 0; i < s.rank; i++) s.dims[i] = space.dims[i];
    if (!space.null && space.rank <= MAX_RANK && shape_equal(&s, wanted)) return MICA_OK;
    shape_format(&s, found), shape_format(wanted, expected);
    return fail(err, MICA_MISMATCH, "%s %s, expected %s", what, space.null ? "empty" : found,
                expected);
}

static mica_status match_layer(reading *r, const stored *s, matching *out) {
    mica_layer *l = s->layer;
    char what[400];
    if (s->weights.count != l->weight_count)
        return fail(r->err, MICA_MISMATCH, "%s: layer %s: %zu weights, expected %zu", r->name,
                    l->name, s->weights.count, l->weight_count);
    for (size_t k = 0; k < l->weight_count; k++) {
        matched *at = &out->at[out->count];
        *at = (matched){.layer = l, .weight = &l->weights[k], .name = s->weights.at[k]};
        TRY(h5_find_in(s->group, s->weights.at[k], &at->dataset, r->err));
        snprintf(what, sizeof what, "%s: layer %s: %s", r->name, l->name, l->weights[k].name);
        TRY(check_dataset(at->dataset, &l->weights[k].variable->shape, what, r->err));
        out->count++;
    }
    return MICA_OK;
}

static size_t count_all(const mica_model *m) {
    size_t n = 0;
    for (size_t i = 0; i < m->layer_count; i++) n += m->layers[i]->weight_count;
    return n;
}

mica_status match_weights(const mica_model *m, h5_object *group, const char *name, matching *out,
                          mica_error *err) {
    reading r = {.m = m, .name = name, .err = err};
    *out = (matching){.at = allocate(count_all(m) + 1, sizeof *out->at)};
    mica_status status = out->at ? open_layers(&r, group) : fail_memory(err, count_all(m), name);
    if (status == MICA_OK) status = match_layers(&r);
    for (size_t i = 0; i < r.count && status == MICA_OK; i++)
        status = match_layer(&r, &r.layers[i], out);
    arena_free(&r.arena);
    if (status == MICA_OK) return status;
    free(out->at);
    *out = (matching){0};
    return status;
}
