/* Layers whose options are layers: Bidirectional, TimeDistributed, RNN. The inner ones are layers
 * of the context like others; the outer one borrows their weights and hands on their updates. */
#include "layer/layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mica_layer **slots_of(const mica_layer *l, const inner_layer *i) {
    return (mica_layer **)(void *)((char *)l->options + i->offset);
}

mica_layer *layer_inner(const mica_layer *l, int number) {
    for (const inner_layer *i = l->kind->inner; i && i->name; i++)
        for (int k = 0; k < i->most && slots_of(l, i)[k]; k++)
            if (number-- == 0) return slots_of(l, i)[k];
    return NULL;
}

bool *layer_flag(const mica_layer *l, const char *name) {
    for (const field *f = l->kind->fields; f->name; f++)
        if (f->type == FIELD_BOOLEAN && !strcmp(f->name, name))
            return (bool *)(void *)((char *)l->options + f->offset);
    return NULL;
}

/* ---- configs ---- */

static mica_status read_one(mica_layer *l, const json_t *entry, const char *what, const char *name,
                            mica_layer **out, mica_error *err) {
    const char *class_name;
    const json_t *config;
    char text[CONFIG_SHOWN], place[256];
    if (!config_short_class(entry, &class_name, &config))
        return fail(err, MICA_FORMAT,
                    "%s: %s is %s, expected {\"Class\": {options}}, or class_name and config", what,
                    name, config_show(entry, text));
    snprintf(place, sizeof place, "%s: %s %s", what, name, class_name);
    TRY(config_class_check(entry, place, NULL, err));
    *out = layer_from_config(l->ctx, class_name, config, err);
    return *out ? MICA_OK : fail_within(err, err->code, "%s", what);
}

mica_status inner_read(mica_layer *l, json_t *config, const char *what, mica_error *err) {
    for (const inner_layer *i = l->kind->inner; i && i->name; i++) {
        json_t *value = json_object_get(config, i->name);
        size_t count = i->most > 1 ? json_array_size(value) : value && !json_is_null(value);
        if (count > (size_t)i->most)
            return fail(err, MICA_VALUE, "%s: %zu %s, expected at most %d", what, count, i->name,
                        i->most);
        for (size_t k = 0; k < count; k++)
            TRY(read_one(l, i->most > 1 ? json_array_get(value, k) : value, what, i->name,
                         &slots_of(l, i)[k], err));
        json_object_del(config, i->name);
    }
    return MICA_OK;
}

mica_status inner_write(const mica_layer *l, json_t *config, mica_error *err) {
    for (const inner_layer *i = l->kind->inner; i && i->name; i++) {
        json_t *list = json_array();
        for (int k = 0; k < i->most && slots_of(l, i)[k]; k++)
            if (json_array_append_new(list, layer_config(slots_of(l, i)[k], err)))
                return json_decref(list), fail_no_memory(err, l->name);
        if (i->most > 1) json_object_set(config, i->name, list);
        else if (json_array_size(list)) json_object_set(config, i->name, json_array_get(list, 0));
        json_decref(list);
    }
    return MICA_OK;
}

mica_status inner_check(const mica_layer *l, const char *what, mica_error *err) {
    for (const inner_layer *i = l->kind->inner; i && i->name; i++) {
        if (!slots_of(l, i)[0] && !i->optional)
            return fail(err, MICA_VALUE, "%s: %s is missing, expected a layer", what, i->name);
        for (int k = 0; k < i->most && slots_of(l, i)[k]; k++)
            if (slots_of(l, i)[k]->failed)
                return fail(err, MICA_STATE, "%s: its layer was not made", what);
    }
    return MICA_OK;
}

/* ---- who has whom ---- */

void inner_hold(mica_layer *l) {
    for (int i = 0; layer_inner(l, i); i++) layer_hold(layer_inner(l, i));
    l->holds_inner = true;
}

void inner_drop(mica_layer *l) {
    if (!l->holds_inner) return;
    for (int i = 0; layer_inner(l, i); i++) layer_drop(layer_inner(l, i));
}

void inner_discard(mica_layer *l) {
    for (int i = 0; l->options && layer_inner(l, i); i++) layer_discard(layer_inner(l, i));
}

/* ---- weights and calls ---- */

static mica_status borrow_one(mica_layer *l, const mica_layer *from, const weight *w,
                              bool trainable, mica_error *err) {
    size_t n = strlen(from->name) + strlen(w->name) + 2;
    char *name = arena_take(&l->arena, n);
    if (!name || !grow(&l->weights, &l->weight_room, l->weight_count + 1, sizeof *l->weights))
        return fail_memory(err, n, l->name);
    snprintf(name, n, "%s/%s", from->name, w->name);
    weight *own = &l->weights[l->weight_count++];
    *own = *w;
    variable_hold(own->variable);
    own->name = name;
    own->trainable = trainable;
    return l->kind->inner ? layer_name_weight(l, own, err) : MICA_OK;
}

mica_status layer_borrow(mica_layer *l, const mica_layer *from, bool trainable, mica_error *err) {
    for (size_t k = 0; k < from->weight_count; k++) {
        bool trained = from->weights[k].trainable && !from->options->frozen;
        if (trained == trainable) TRY(borrow_one(l, from, &from->weights[k], trained, err));
    }
    return MICA_OK;
}

mica_status layer_borrow_inner(mica_layer *l, mica_error *err) {
    if (l->weight_count) return MICA_OK;
    for (int trainable = 1; trainable >= 0; trainable--)
        for (int i = 0; layer_inner(l, i); i++)
            TRY(layer_borrow(l, layer_inner(l, i), trainable, err));
    return MICA_OK;
}

void layer_call_inner(layer_frame *f, mica_layer *inner, layer_frame *call) {
    call->training = f->training;
    call->counter = f->counter;
    layer_call(inner, call);
    for (int i = 0; i < call->updates && f->updates < (int)LENGTH(f->updated); i++)
        layer_update(f, call->updated[i], call->update_value[i]);
    for (int i = 0; i < call->losses && f->losses < (int)LENGTH(f->loss); i++)
        f->loss[f->losses++] = call->loss[i];
}
