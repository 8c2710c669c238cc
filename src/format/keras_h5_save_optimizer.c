/* The optimizer in the file: config and state, for Keras 3, tf_keras and mica.
 *
 * Keras 3 refuses the key is_legacy_optimizer, and tf_keras without it makes its older optimizers,
 * whose arithmetic is the same; they in turn refuse keys that they do not know. So only keys that
 * differ from null and false are written, and the state is laid out as the older optimizers have
 * it: iter, then slot by slot. (Written as "Custom>Adam", tf_keras would make its newer one, but
 * Keras 3 would take default options without a word.) Weight decay, averages and accumulation are
 * known to Keras 3 alone: tf_keras then says so and opens the file with compile=False. Keras 3
 * takes the config and starts the state anew, with a warning. */
#include "format/keras_h5.h"

#include <stdio.h>
#include <string.h>

/* A key that stands at its neutral value says nothing. */
static bool says_nothing(const char *key, const json_t *value, const json_t *config) {
    if (json_is_null(value)) return true;
    if (!strcmp(key, "use_ema")) return json_is_false(value);
    if (!strcmp(key, "ema_momentum")) return !json_is_true(json_object_get(config, "use_ema"));
    return false;
}

json_t *keras_optimizer_config(const mica_optimizer *o, mica_error *err) {
    const char *key;
    json_t *value, *tree = optimizer_config(o, err), *kept = json_object();
    const json_t *config = json_object_get(tree, "config");
    json_object_foreach((json_t *)config, key, value) if (!says_nothing(key, value, config))
        json_object_set(kept, key, value);
    json_t *out = tree ? json_pack("{s:s, s:O}", "class_name", o->kind->class_name, "config", kept)
                       : NULL;
    json_decref(kept);
    json_decref(tree);
    return out;
}

/* tf_keras's names. */
static const char *slot_in_file(const mica_optimizer *o, int slot) {
    const char *name = slot < o->kind_slots ? o->kind->tf_slots[o->of_kind[slot]] : NULL;
    return name ? name : optimizer_slot_name(o, slot);
}

/* "dense/kernel"; of an inner model "inner/dense/kernel", since names in it may come again. */
static const char *parameter_name(saving *s, const mica_tensor *v) {
    const mica_model *m = s->m;
    for (size_t i = 0; i < m->layer_count; i++)
        for (size_t k = 0; k < m->layers[i]->weight_count && layer_model(m->layers[i]); k++) {
            const char *outer = m->layers[i]->name, *inner = m->layers[i]->weights[k].name;
            if (m->layers[i]->weights[k].variable != v) continue;
            size_t n = strlen(outer) + strlen(inner) + 2;
            char *name = arena_take(&s->arena, n);
            if (name) snprintf(name, n, "%s/%s", outer, inner);
            return name ? name : "";
        }
    return v->variable->name;
}

static const char *slot_path(saving *s, const mica_optimizer *o, int parameter, int slot) {
    const char *of = parameter_name(s, o->parameters[parameter]), *name = slot_in_file(o, slot);
    size_t n = strlen(o->kind->class_name) + strlen(of) + strlen(name) + 32;
    char *path = arena_take(&s->arena, n);
    if (path) snprintf(path, n, "/optimizer_weights/%s/%s/%s:0", o->kind->class_name, of, name);
    return path;
}

mica_status write_optimizer(saving *s, mica_error *err) {
    const mica_optimizer *o = s->m->compiled.optimizer;
    size_t count = 0, all = 1 + (size_t)o->count * (size_t)o->slots_each;
    const size_t root = strlen("/optimizer_weights/");
    const char **names = arena_take(&s->arena, all * sizeof *names);
    char *step = arena_take(&s->arena, 128);
    if (!names || !step) return fail_memory(err, all, "optimizer");
    snprintf(step, 128, "/optimizer_weights/%s/iter:0", o->kind->class_name);
    TRY(write_variable(s, step, o->iterations, err));
    names[count++] = step + root;
    for (int n = 0; n < o->count * o->slots_each; n++) {
        bool together = o->kind->slots_together;
        int parameter = together ? n / o->slots_each : n % o->count;
        int slot = together ? n % o->slots_each : n / o->count;
        const char *path = slot_path(s, o, parameter, slot);
        if (!path) return fail_memory(err, all, "optimizer");
        TRY(write_variable(s, path, o->slots[parameter * o->slots_each + slot], err));
        names[count++] = path + root;
    }
    return names_write(s->w, "/optimizer_weights", "weight_names", names, count, err);
}
