/* Layers, losses, metrics and activations of your own, in C, through the same interface as the
 * built-in ones: a class is registered with a context, and from then on it is found by its name, in
 * calls, in recipes and in files; Keras reads such files with custom_objects={"NAME": …}. A model
 * of your own is a function over layers. See examples/custom_layer.
 *
 * Calls use the public operations only (math.h, array.h, nn.h); gradients follow. Nothing of this
 * is thread-safe: register before the context builds models. */
#ifndef MICA_CUSTOM_H
#define MICA_CUSTOM_H

#include "mica/layers.h"
#include "mica/losses.h"
#include "mica/metrics.h"
#include "mica/model.h"

MICA_API_BEGIN

/* ---- options: the members of your own options struct that files hold ---- */

typedef enum mica_option_type {
    MICA_OPTION_INTEGER, /* int64_t */
    MICA_OPTION_REAL,    /* double */
    MICA_OPTION_BOOLEAN, /* bool, false by default */
    MICA_OPTION_TEXT,    /* const char * */
} mica_option_type;

/* One member: its name in files, its place, its default (a caller's 0 means it; MICA_ZERO is a real
 * 0). min and max are inclusive; both 0: any. */
typedef struct mica_option {
    const char *name; /* NULL ends a table */
    mica_option_type type;
    size_t offset;
    double initial;
    const char *initial_text;
    double min, max;
    bool required;
} mica_option;

/* ---- layers ---- */

/* One call of a layer. out_masks begin with the mask of the first input; fill out (and outputs,
 * where there are several). NULL masks: every step counts. */
typedef struct mica_call {
    mica_layer *layer;
    const void *options; /* your struct, resolved */
    int inputs, outputs;
    mica_tensor **in, **masks, **out, **out_masks;
    bool training;
    mica_tensor *counter; /* int64 scalar, other at every step: for mica_dropout */
    void *frame;          /* mica's */
} mica_call;

/* A class of layers. Texts and tables are copied; functions must stay. */
typedef struct mica_layer_class_options {
    size_t size;
    const char *name;           /* Keras's class name: "Scale" (required) */
    const mica_option *options; /* of your struct, which begins with MICA_LAYER_OPTIONS */
    size_t options_size;        /* its sizeof (default: that of mica_layer_options) */
    int inputs;                 /* -1: any number (default 1) */
    int min_rank, max_rank;     /* of inputs, with the batch (default: any) */
    bool ends_mask;             /* does not pass on the first input's mask (default false) */
    /* Adds weights; in: the inputs' shapes, -1 where not known. NULL: none. */
    mica_status (*build)(mica_layer *layer, const void *options, const mica_shape *in, int inputs,
                         mica_error *err);
    void (*call)(mica_call *call); /* (required) */
    /* Of a cell for mica_layer_rnn: how many states it has (at most 8); fills the width of each,
     * and then of the output. Its inputs are x and the states, its outputs y and the new states.
     * NULL: no cell. */
    int (*states)(const void *options, int64_t width[9]);
} mica_layer_class_options;

mica_layer_class_options mica_layer_class_defaults(void);
/* Errors: NAME if a class has the name already, VALUE for what is missing. */
mica_status mica_register_layer(mica_context *ctx, const mica_layer_class_options *c,
                                mica_error *err);
/* A layer of a registered (or built-in) class, from its options struct (NULL: defaults); the
 * context owns it. A failure is in the context. */
mica_layer *mica_layer_new(mica_context *ctx, const char *class_name, const void *options);
/* For build: adds a variable "LAYER/name". initializer, regularizer NULL: "glorot_uniform", none.
 */
mica_status mica_layer_add_weight(mica_layer *layer, const char *name, mica_shape shape,
                                  const char *initializer, const char *regularizer, bool trainable,
                                  mica_error *err);
/* For call: the weight in the layer's compute type. */
mica_tensor *mica_layer_get_weight(mica_layer *layer, const char *name);
/* For call: the variable becomes value at the end of the step; adds a scalar to the loss. */
void mica_call_update(mica_call *call, mica_tensor *variable, mica_tensor *value);
void mica_call_add_loss(mica_call *call, mica_tensor *loss);

/* ---- losses and metrics ---- */

/* A loss: the value of every sample, (B, …, K) -> (B, …), of targets and outputs. */
typedef struct mica_loss_class_options {
    size_t size;
    const char *name;           /* in snake case: "relative_error" (required) */
    const char *class_name;     /* Keras's: "RelativeError" (required) */
    const mica_option *options; /* of your struct, which begins with MICA_LOSS_OPTIONS */
    size_t options_size;        /* (default: that of mica_loss_options) */
    bool sparse_labels;         /* targets are class numbers (default false) */
    mica_tensor *(*call)(const void *options, mica_tensor *y_true, mica_tensor *y_pred);
} mica_loss_class_options;

mica_loss_class_options mica_loss_class_defaults(void);
mica_status mica_register_loss(mica_context *ctx, const mica_loss_class_options *c,
                               mica_error *err);

/* A metric that is a mean of the samples' values, weighted and masked. */
typedef struct mica_metric_class_options {
    size_t size;
    const char *name;           /* (required) */
    const char *class_name;     /* (required) */
    const mica_option *options; /* of your struct, which begins with MICA_METRIC_OPTIONS */
    size_t options_size;        /* (default: that of mica_metric_options) */
    mica_tensor *(*call)(const void *options, mica_tensor *y_true, mica_tensor *y_pred);
} mica_metric_class_options;

mica_metric_class_options mica_metric_class_defaults(void);
mica_status mica_register_metric(mica_context *ctx, const mica_metric_class_options *c,
                                 mica_error *err);

/* ---- activations ---- */

/* y = call(x), named "PACKAGE>NAME" ("Custom>swish2"), as Keras writes registered functions. */
mica_status mica_register_activation(mica_context *ctx, const char *name,
                                     mica_tensor *(*call)(mica_tensor *x), mica_error *err);

/* ---- models ---- */

/* A model from a function over layers: call gets a symbol of each input (shapes without the batch)
 * and fills y by mica_apply on layers of its own; it is called once. The model is trained, saved
 * and loaded like any functional one. A failure is in the context. */
mica_model *mica_model_custom(mica_context *ctx, const char *name, const mica_shape *inputs,
                              int input_count, int output_count,
                              void (*call)(void *user, mica_tensor *const *x, mica_tensor **y),
                              void *user);

MICA_API_END

#endif
