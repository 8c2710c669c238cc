/* Models from inside: layers, how they are connected, and what compile() set. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "layer/layer.h"
#include "loss/loss.h"
#include "metric/metric.h"
#include "mica/data.h"
#include "mica/model.h"
#include "optim/optimizer.h"

#define MAX_MODEL_INPUTS 64
#define MAX_MODEL_OUTPUTS 16
/* Of what trains it: inputs, targets, weights of the samples. */
#define MAX_PROGRAM_INPUTS (MAX_MODEL_INPUTS + MAX_MODEL_OUTPUTS + 1)
#define MAX_METRICS 32
#define MAX_RESULTS (1 + MAX_MODEL_OUTPUTS + MAX_METRICS)

/* Output number `tensor` of node number `node`. */
typedef struct reference {
    int node, tensor;
} reference;

/* One application of a layer. */
typedef struct model_node {
    mica_layer *layer;
    int inputs, outputs;
    reference in[MAX_LAYER_INPUTS];
    shape out[MAX_LAYER_OUTPUTS];
    mica_dtype out_dtype[MAX_LAYER_OUTPUTS];
    signed char role[MAX_LAYER_INPUTS]; /* of inputs with names in the call */
    const void *arguments;              /* what else the call was given; NULL: nothing */
    signed char fixed_mode; /* 1 always as in training, -1 always as in inference, 0 as called */
} model_node;

typedef struct compiled {
    bool done;
    mica_optimizer *optimizer;
    mica_loss *loss[MAX_MODEL_OUTPUTS];
    double loss_weight[MAX_MODEL_OUTPUTS];
    mica_metric *metric[MAX_METRICS];
    int metric_output[MAX_METRICS];    /* of which output */
    bool metric_weighted[MAX_METRICS]; /* sample weights count: Keras's weighted_metrics */
    int metric_count;
    const char *name[MAX_RESULTS], *val_name[MAX_RESULTS]; /* "loss", losses of outputs, metrics */
    int name_count;
} compiled;

struct mica_model {
    mica_context *ctx;
    char *name;
    bool sequential, failed; /* failed: it was never whole; the error was in the context */
    int fitting;             /* trainings that run: they hold what compile would free */
    int holders;             /* the handle, layers that it is, predictors, trainings */
    model_node *nodes;       /* in the order of computation; an input is a node of an InputLayer */
    size_t node_count, node_room;
    mica_layer **layers; /* each once, in the order of first use */
    size_t layer_count, layer_room;
    reference inputs[MAX_MODEL_INPUTS], outputs[MAX_MODEL_OUTPUTS];
    int input_count, output_count;
    /* Keras's inputs={"a": …}: the keys, in their order, which is that of the tensors; or NULL. */
    const char *input_key[MAX_MODEL_INPUTS], *output_key[MAX_MODEL_OUTPUTS];
    compiled compiled;
    int depth;               /* of models in models; from_config.c has a limit */
    mica_dataset *adapts_to; /* while it is read: layers that learn from data do so before they are
                                called, for their output's width may depend on it; NULL: none do */
    mica_tensor *counter;    /* int64 variable: other at every training step, for random layers */
    json_t *card;            /* what is saved beside the weights; NULL: nothing yet */
    void *programs;          /* train/: traced steps */
    void (*programs_free)(void *programs);
    mica_model *next; /* in the context */
};

/* One pass through the layers. Lists grow; the caller frees with model_frame_free. */
typedef struct model_frame {
    mica_tensor *in[MAX_MODEL_INPUTS], *out[MAX_MODEL_OUTPUTS];
    mica_tensor *mask[MAX_MODEL_INPUTS], *out_mask[MAX_MODEL_OUTPUTS]; /* NULL: none */
    bool training;
    mica_tensor *counter;
    mica_tensor **updated, **update_value, **losses;
    size_t update_count, updated_room, value_room, loss_count, loss_room;
    mica_tensor **node_out; /* first output of every node, if the caller gave room; else NULL */
} model_frame;

mica_model *model_new(mica_context *ctx, const char *name, bool sequential);
/* One more that needs it; one less, and the last frees it (NULL allowed). */
void model_hold(mica_model *m);
void model_drop(mica_model *m);
/* Frees what compile made and traced; for good: an optimizer of the user's begins anew too. */
void compiled_forget(mica_model *m, bool for_good);
/* Calls every layer in order through the context's emitter. */
mica_status model_run(mica_model *m, model_frame *f, mica_error *err);
void model_frame_free(model_frame *f);
/* Adds a node for layer with these inputs: builds the layer, infers the output shapes. */
mica_status model_add_node(mica_model *m, mica_layer *l, const reference *in, int inputs,
                           mica_error *err);
/* The same with everything of the call: layer, inputs, in, roles, arguments and mode are read. */
mica_status model_add_call(mica_model *m, const model_node *call, mica_error *err);
/* Calls the layer once on symbols of these types and shapes, which builds it: what comes out of
 * f->outputs tensors. f has inputs, roles, arguments, counter. */
mica_status model_infer(mica_layer *l, layer_frame *f, const operand *in, operand *out,
                        mica_error *err);
/* The frame of a node's call, but for tensors. */
layer_frame model_call_frame(const model_node *n);
/* Gives every layer a name of its own: "dense", "dense_1" …; a name given twice is an error. */
mica_status model_name_layer(mica_model *m, mica_layer *l, mica_error *err);
/* The layers of a functional model in Keras's order, which files are read in. */
mica_status model_sort_layers(mica_model *m, mica_error *err);
const shape *model_input_shape(const mica_model *m, int i);
const shape *model_output_shape(const mica_model *m, int i);
/* The model that a layer is; NULL for all other layers. */
mica_model *layer_model(const mica_layer *l);
extern const layer_kind layer_nested;
/* Keras's class of a layer. */
const char *layer_class(const mica_layer *l);
/* All weights in the order of layers (Keras's order of saving); the caller frees *list. */
mica_status model_weights(const mica_model *m, bool trainable_only, weight ***list, size_t *count,
                          mica_error *err);
/* The variables that stateful layers keep from call to call, those of inner layers and models too;
 * the caller frees *list. */
mica_status model_states(const mica_model *m, mica_tensor ***list, size_t *count, mica_error *err);
bool model_stateful(const mica_model *m);
/* The number of samples that it always takes (Keras's batch_shape); 0: any. */
int64_t model_batch(const mica_model *m);
/* Architecture as Keras writes it: {"class_name": "Sequential" | "Functional", "config": …}. */
mica_status model_config(const mica_model *m, json_t **out, mica_error *err);
/* From Keras 1, 2 or 3 JSON, or the recipe's short form {"input": […], "layers": [{"Dense": {…}}]}.
 * `name` is what errors call it. */
mica_status model_from_config(mica_context *ctx, const json_t *config, const char *name,
                              mica_model **out, mica_error *err);
/* The same of one that is to be trained on the data: layers that learn from them (mica_layer_adapt)
 * and were not given what they learn, do so. */
mica_status model_from_config_adapted(mica_context *ctx, const json_t *config, const char *name,
                                      mica_dataset *data, mica_model **out, mica_error *err);
/* feature_groups.c: the features of one kind as groups, which mica_tabular_options.groups takes:
 * {"float_normalized": {"type": "number", "kind": …, "columns": […]}, …}. */
mica_status feature_groups(const json_t *features, const char *file, json_t **out, mica_error *err);
/* adapt.c: so do all layers of a model that is there; one of them, before its call. */
mica_status model_adapt(mica_model *m, mica_dataset *data, mica_error *err);
mica_status model_adapt_call(const mica_model *m, const model_node *call, mica_error *err);
/* STATE where a layer of an inner model still has to learn. */
mica_status model_check_adapted(const mica_model *m, mica_error *err);
/* Compile settings from and to Keras's compile config. */
mica_status compile_from_config(mica_model *m, const json_t *config, mica_error *err);
mica_status compile_config(const mica_model *m, json_t **out, mica_error *err);
/* Refuses settings of outputs that the model has not. */
mica_status compile_check_outputs(const mica_model *m, const json_t *config, mica_error *err);
/* Warns of what learns nothing, as Keras does: categorical cross-entropy of one class, softmax over
 * one unit. */
void compile_warn_of_one_class(const mica_model *m);
mica_status compile_check_options(const mica_model *m, const mica_compile_options *o,
                                  mica_error *err);
/* One loss, weight or metric, or none: a name, a number, or an object with class_name. */
bool compile_is_single(const json_t *value);
/* The name of the layer that makes output i. */
const char *model_output_name(const mica_model *m, int i);

#endif
