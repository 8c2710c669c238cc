/* Operations of keras.ops as nodes of functional models: `keras.ops.relu(x)`, `x[:, 1:3] * 2`.
 * Keras 3 writes them among the layers, with what they were called with. Each is a layer without
 * weights here; what it computes is a row of operation_table.c. */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include "model/application.h"

/* What an operation is called with: JSON as in the file, where a tensor is its number in `in`. */
typedef struct operation_call {
    mica_context *ctx;
    const char *name;
    const json_t *config, *args, *kwargs;
    mica_tensor **in;
    int inputs;
} operation_call;

/* Computes it; poison, with an error in the context, for what does not fit. */
mica_tensor *operation_compute(const operation_call *c);
bool operation_known(const char *class_name);
/* Of Keras, where the class is: with it Keras reads the operation from .h5 too. */
const char *operation_module(const char *class_name);
/* The number of the tensor that this is; -1: none. */
int operation_tensor(const json_t *value);

/* Whether a layer's entry in a file is an operation. */
bool entry_is_operation(mica_context *ctx, const json_t *entry);
mica_layer *operation_layer(mica_context *ctx, const char *class_name, const json_t *config,
                            mica_error *err);
bool layer_is_operation(const mica_layer *l);
mica_status operation_read(mica_layer *l, const json_t *application, const char *what, applied *out,
                           mica_error *err);
/* The entry of the layer, and of one application, as Keras 3 writes them. */
json_t *operation_entry(const mica_layer *l);
json_t *operation_write(const mica_model *m, const model_node *n);

#endif
