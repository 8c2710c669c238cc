/* Models: Sequential, functional, compiled; as Keras.
 *
 * The context owns models; mica_model_destroy frees one before. A model owns its layers, and those
 * their weights: what several models, a model around it, a predictor or a training share goes with
 * the last of them. Handles of layers, weights and symbols end with what they are of (destroying a
 * weight's handle only forgets it); what an optimizer or a mica_function works on, it keeps. */
#ifndef MICA_MODEL_H
#define MICA_MODEL_H

#include <stdio.h>

#include "mica/layers.h"
#include "mica/losses.h"
#include "mica/metrics.h"
#include "mica/optimizers.h"

MICA_API_BEGIN

typedef struct mica_model mica_model;

/* A chain of layers for samples of this shape (without the batch). Source: keras.Sequential. */
mica_model *mica_sequential(mica_context *ctx, mica_shape input);
/* Adds a layer to a Sequential and builds it at once, so that shapes that do not fit are said here
 * (mica_check). What is refused leaves the model as it was, and so do calls while an error waits to
 * be taken. */
void mica_model_add(mica_model *model, mica_layer *layer);

/* The functional way: inputs are symbols, layers are applied to them, a model joins both ends.
 *     mica_tensor *x = mica_input(ctx, MICA_SHAPE(28, 28, 1), "image");
 *     mica_tensor *y = mica_apply(mica_layer_flatten(ctx, NULL), x);
 *     mica_model *m = mica_model_new(ctx, &x, 1, &y, 1, "net");
 * A layer that is applied twice shares its weights. Source: keras.Model(inputs, outputs). */
mica_tensor *mica_input(mica_context *ctx, mica_shape shape, const char *name);
/* The same of another type than float32: MICA_STRING for texts, whole numbers. */
mica_tensor *mica_input_of(mica_context *ctx, mica_shape shape, mica_dtype dtype, const char *name);
mica_tensor *mica_apply(mica_layer *layer, mica_tensor *x);
mica_tensor *mica_apply_many(mica_layer *layer, mica_tensor *const *x, int count);
/* The same with all that a call of the layer takes in Keras: names[i] is the argument that x[i] is,
 * in their order ("query", "value", "attention_mask"; names or one of them NULL: as it stands), and
 * `arguments` is JSON text of the rest ({"return_attention_scores": true}; NULL: none). Fills y
 * with the outputs, at most `room` of them, and returns how many there are (0 after an error). */
int mica_apply_with(mica_layer *layer, mica_tensor *const *x, const char *const *names, int count,
                    const char *arguments, mica_tensor **y, int room);
mica_model *mica_model_new(mica_context *ctx, mica_tensor *const *inputs, int input_count,
                           mica_tensor *const *outputs, int output_count, const char *name);

/* Frees the model, with what it was compiled with and what nothing else has (see above), before the
 * context does; sets *model to NULL. On the context's own thread, as all but runs of sessions; an
 * optimizer of the caller's stays, and begins anew. */
void mica_model_destroy(mica_model **model);

/* A model as a layer of another one; its weights are shared. */
mica_layer *mica_model_as_layer(mica_model *model);

/* What training needs. Losses and metrics are names ("mse", "accuracy") or JSON of Keras's
 * {"class_name", "config"}. Source: keras.Model.compile. */
typedef struct mica_compile_options {
    size_t size;
    mica_optimizer *optimizer;  /* (default NULL: optimizer_name) */
    const char *optimizer_name; /* instead: "adam" or JSON (default "rmsprop") */
    const char *loss;           /* of the only output, or of every output */
    const char *losses[16];     /* instead: one an output */
    double loss_weights[16];    /* (default 1 each) */
    const char *metrics[16];    /* of every output */
} mica_compile_options;
mica_compile_options mica_compile_defaults(void);
/* Failures are told by mica_check and by the next call that uses the model; they leave what was
 * compiled before. */
void mica_model_compile(mica_model *model, const mica_compile_options *options);

/* Keras's table: layer (type), output shape, parameters, connected to; totals. */
mica_status mica_model_summary(mica_model *model, FILE *out, mica_error *err);

/* y = model(x) through the context's emitter: eager, taped or traced. One input and output; others:
 * mica_model_call_many. */
mica_tensor *mica_model_call(mica_model *model, mica_tensor *x, bool training);
void mica_model_call_many(mica_model *model, mica_tensor *const *x, int inputs, bool training,
                          mica_tensor **y, int outputs);

const char *mica_model_name(const mica_model *model);
int mica_model_layer_count(const mica_model *model);
mica_layer *mica_model_layer(const mica_model *model, int i);
mica_layer *mica_model_find_layer(const mica_model *model, const char *name); /* NULL: none */
int64_t mica_model_parameters(const mica_model *model, bool trainable_only);
/* Trainable variables into list (at most limit); returns how many there are. */
int mica_model_trainable(const mica_model *model, mica_tensor **list, int limit);

MICA_API_END

#endif
