/* What stateful layers keep from call to call, and the batch that such a model is made for. */
#include "model/model.h"

#include <stdlib.h>

typedef struct state_list {
    mica_tensor **at;
    size_t count, room;
    bool failed;
} state_list;

static void add_states(state_list *s, const mica_layer *l) {
    const mica_model *inner = layer_model(l);
    for (size_t i = 0; inner && i < inner->layer_count; i++) add_states(s, inner->layers[i]);
    for (int i = 0; layer_inner(l, i); i++) add_states(s, layer_inner(l, i));
    for (int i = 0; i < l->state_count; i++) {
        s->failed |= !grow(&s->at, &s->room, s->count + 1, sizeof *s->at);
        if (!s->failed) s->at[s->count++] = l->state[i];
    }
}

mica_status model_states(const mica_model *m, mica_tensor ***list, size_t *count, mica_error *err) {
    state_list s = {0};
    for (size_t i = 0; i < m->layer_count; i++) add_states(&s, m->layers[i]);
    *list = s.failed ? NULL : s.at;
    *count = s.failed ? 0 : s.count;
    if (!s.failed) return MICA_OK;
    free(s.at);
    return fail_memory(err, s.room, m->name);
}

static bool has_states(const mica_layer *l) {
    const mica_model *inner = layer_model(l);
    bool found = l->state_count > 0;
    if (inner) found |= model_stateful(inner);
    for (int i = 0; layer_inner(l, i) && !found; i++) found = has_states(layer_inner(l, i));
    return found;
}

bool model_stateful(const mica_model *m) {
    for (size_t i = 0; i < m->layer_count; i++)
        if (has_states(m->layers[i])) return true;
    return false;
}

int64_t model_batch(const mica_model *m) {
    for (int i = 0; i < m->input_count; i++) {
        const shape *s = model_input_shape(m, i);
        if (s->rank && s->dims[0] > 0) return s->dims[0];
    }
    return 0;
}
