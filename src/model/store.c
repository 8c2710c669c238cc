/* Making and freeing models: see store.h and model.h. */
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

/* All but what others hold: layers, variables. */
static void model_free(mica_model *m) {
    if (m->programs) m->programs_free(m->programs);
    json_decref(m->card);
    free(m->nodes), free(m->layers), free(m->name);
    free(m);
}

static void store_destroy(void *data) {
    model_store *s = data;
    for (mica_model *m = s->models, *next; m; m = next) {
        next = m->next;
        model_free(m);
    }
    graph_free(s->symbols);
    free(s->applications);
    free(s);
}

void model_hold(mica_model *m) { m->holders++; }

void model_drop(mica_model *m) {
    if (!m || --m->holders) return;
    mica_model **at = &model_store_of(m->ctx)->models;
    while (*at != m) at = &(*at)->next;
    *at = m->next;
    compiled_forget(m, true);
    for (size_t i = 0; i < m->layer_count; i++) layer_drop(m->layers[i]);
    mica_tensor_destroy(&m->counter);
    model_free(m);
}

void mica_model_destroy(mica_model **model) {
    mica_model *gone = model ? *model : NULL;
    if (model) *model = NULL;
    model_drop(gone);
}

model_store *model_store_of(mica_context *ctx) {
    context_entry *slot = &ctx->slots[SLOT_MODELS];
    if (slot->data) return slot->data;
    model_store *s = allocate(1, sizeof *s);
    graph *symbols = s ? graph_new(ctx) : NULL;
    if (!symbols) {
        free(s);
        return NULL;
    }
    s->symbols = symbols;
    *slot = (context_entry){s, store_destroy};
    return s;
}

mica_model *model_new(mica_context *ctx, const char *name, bool sequential) {
    model_store *s = model_store_of(ctx);
    mica_model *m = s ? allocate(1, sizeof *m) : NULL;
    if (!m || !(m->name = strdup(name))) {
        free(m);
        context_fail(ctx, MICA_MEMORY, "a model: no memory");
        return NULL;
    }
    m->ctx = ctx;
    m->sequential = sequential;
    m->holders = 1;
    m->next = s->models;
    s->models = m;
    mica_tensor *zero = mica_scalar(ctx, MICA_INT64, 0);
    m->counter = mica_variable(zero, "counter");
    mica_tensor_destroy(&zero);
    if (m->counter->kind == TENSOR_POISON) m->failed = true;
    else m->counter->variable->frozen = true;
    return m;
}
