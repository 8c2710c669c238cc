/* Weights, names and counts of a model. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

mica_status model_weights(const mica_model *m, bool trainable_only, weight ***list, size_t *count,
                          mica_error *err) {
    size_t room = 0;
    *list = NULL;
    *count = 0;
    for (size_t i = 0; i < m->layer_count; i++) {
        mica_layer *l = m->layers[i];
        for (size_t k = 0; k < l->weight_count; k++) {
            if (trainable_only && (!l->weights[k].trainable || l->options->frozen)) continue;
            if (!grow(list, &room, *count + 1, sizeof **list)) {
                free(*list);
                *list = NULL;
                return fail_memory(err, room, m->name);
            }
            (*list)[(*count)++] = &l->weights[k];
        }
    }
    return MICA_OK;
}

const char *mica_model_name(const mica_model *m) { return m ? m->name : ""; }
int mica_model_layer_count(const mica_model *m) { return m ? (int)m->layer_count : 0; }

mica_layer *mica_model_layer(const mica_model *m, int i) {
    if (!m) return NULL;
    return i >= 0 && (size_t)i < m->layer_count ? m->layers[i] : NULL;
}

mica_layer *mica_model_find_layer(const mica_model *m, const char *name) {
    if (!m || LACKS(m->ctx, name, "name")) return NULL;
    for (size_t i = 0; i < m->layer_count; i++)
        if (!strcmp(m->layers[i]->name, name)) return m->layers[i];
    return NULL;
}

int64_t mica_model_parameters(const mica_model *m, bool trainable_only) {
    if (!m) return 0;
    int64_t sum = 0;
    for (size_t i = 0; i < m->layer_count; i++)
        sum += layer_parameters(m->layers[i], trainable_only);
    return sum;
}

int mica_model_trainable(const mica_model *m, mica_tensor **list, int limit) {
    if (!m || (limit > 0 && LACKS(m->ctx, list, "list"))) return 0;
    weight **weights;
    size_t count;
    if (model_weights(m, true, &weights, &count, NULL) != MICA_OK) return 0;
    for (size_t i = 0; i < count && (int)i < limit; i++) list[i] = weights[i]->variable;
    free(weights);
    return (int)count;
}
