/* One application of a layer as files say it: its inputs, their names in the call, and what else
 * the call takes. */
#ifndef MODEL_APPLICATION_H
#define MODEL_APPLICATION_H

#include "model/model.h"

typedef struct applied {
    json_t *inputs; /* of ["layer", application, output], in the order of the call */
    signed char role[MAX_LAYER_INPUTS];
    bool named;       /* whether the roles count */
    signed char mode; /* as a node's fixed_mode */
    void *arguments;  /* in the layer's arena; NULL: none */
} applied;

/* The keys of an object as Python sorts them, which is the order in which Keras takes tensors of a
 * dict; at most `room`. Of anything else none. */
size_t sorted_keys(const json_t *object, const char **keys, size_t room);
/* {"args": […], "kwargs": {…}}; else it is of Keras 1 or 2. */
bool application_is_keras3(const json_t *application);
/* The tensors that an application takes, in the order of the file; the caller decrefs. Without what
 * Keras 3 writes of masks, which mica finds itself. */
json_t *application_inputs(const json_t *application);
/* Everything of it; `what` is the file. The caller decrefs out->inputs, after errors too. */
mica_status application_read(mica_layer *l, const json_t *application, const char *what,
                             applied *out, mica_error *err);
/* An operation that Keras 3 writes among the layers, because it made a mask of it. */
bool makes_masks(const json_t *entry);
/* A tensor as Keras 3 writes it. */
json_t *tensor_entry(const mica_model *m, reference r);
/* The node as both Keras 2 and 3 read it, or, where inputs have names, as Keras 3 alone does. */
json_t *application_write(const mica_model *m, const model_node *n);
/* The number of node `node` among the applications of its layer. */
int application_number(const mica_model *m, int node);
/* ["layer", application, output, {arguments}]; arguments may be NULL. */
json_t *reference_entry(const mica_model *m, reference r, const json_t *arguments);

#endif
