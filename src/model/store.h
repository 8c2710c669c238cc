/* What a context keeps of models: the models, and the applications of layers to symbols from which
 * functional models are made. */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H

#include "graph/graph.h"
#include "model/model.h"

/* One application in the functional way; values are numbers in `symbols`. */
typedef struct application {
    mica_layer *layer;
    int inputs, outputs;
    int in[MAX_LAYER_TENSORS], out[MAX_LAYER_TENSORS];
    signed char role[MAX_LAYER_TENSORS];
    const void *arguments;
} application;

typedef struct model_store {
    mica_model *models;
    graph *symbols; /* holds every symbol that mica_input and mica_apply made */
    application *applications;
    size_t count, room;
} model_store;

model_store *model_store_of(mica_context *ctx); /* NULL without memory */

#endif
