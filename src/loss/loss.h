/* A loss from inside: one file and one line in losses.def (LOSS(mean_squared_error)). */
#ifndef LOSS_LOSS_H
#define LOSS_LOSS_H

#include "base/fields.h"
#include "mica/losses.h"
#include "mica/math.h"
#include "mica/array.h"
#include "tensor/tensor.h"

typedef struct loss_kind {
    const char *name;           /* "mean_squared_error" */
    const char *class_name;     /* "MeanSquaredError" */
    const char *aliases[4];     /* "mse", "MSE"; NULL ends */
    const field *fields;        /* NULL: none but reduction and name */
    size_t options_size;
    /* The loss of every sample: y_true and y_pred (B, …, K) -> (B, …). */
    mica_tensor *(*call)(const void *options, mica_tensor *y_true, mica_tensor *y_pred);
    bool sparse_labels;         /* y_true holds class numbers, of shape (B,) or (B, 1) */
} loss_kind;

struct mica_loss {
    mica_context *ctx;
    const loss_kind *kind;
    void *options;
    arena arena;
    mica_loss *next; /* in the context */
};

/* From an identifier: a name, an alias, a class name, or {"class_name", "config"}. */
mica_loss *loss_from_config(mica_context *ctx, const json_t *config, mica_error *err);
json_t *loss_config(const mica_loss *l, mica_error *err);
/* Reduced as Keras does (sum_over_batch_size): weights NULL or broadcastable to the sample's losses.
 * Scalar. Softmax or sigmoid output is taken back to logits as Keras on TensorFlow does (see
 * logits_of in graph/logits.h); *warned is set when from_logits was wrong about it. */
mica_tensor *loss_call(const mica_loss *l, mica_tensor *y_true, mica_tensor *y_pred,
                       mica_tensor *sample_weight, bool *warned);
const loss_kind *loss_kind_by_name(const char *name);
extern const loss_kind *const all_losses[];

#endif
