/* What a context keeps of models: the models, and the applications of layers to symbols from which
 * functional models are made. */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H

#include "graph/graph.h"
#include "model/model.h"

/* One application in the functional way, as long as its layer lives; values are the numbers of
 * symbols. */
typedef struct application {
    mica_layer *layer;
    int inputs, outputs;
    int in[MAX_LAYER_INPUTS], out[MAX_LAYER_OUTPUTS];
    signed char role[MAX_LAYER_INPUTS];
    const void *arguments;
    int node; /* while a model is made: its node in it, -1: none yet */
} application;

typedef struct model_store {
    mica_model *models;
    graph *symbols; /* empty: what the symbols of mica_input and mica_apply are known by */
    int values;     /* how many symbols were made */
    application *applications;
    size_t count, room;
} model_store;

model_store *model_store_of(mica_context *ctx); /* NULL without memory */

#endif
