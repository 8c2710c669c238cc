/* Losses, as keras.losses. y_true holds the targets, y_pred what the model gives; B batch, K
 * classes. Probabilities are limited to 1e-7 … 1 - 1e-7. In a traced model a softmax or sigmoid
 * output is taken back to its logits, as Keras on TensorFlow does. */
#ifndef MICA_LOSSES_H
#define MICA_LOSSES_H

#include "mica/tensor.h"

MICA_API_BEGIN

typedef struct mica_loss mica_loss;

/* What every loss's options begin with. */
#define MICA_LOSS_OPTIONS                                                                          \
    size_t size;                                                                                   \
    const char *name;      /* (default: the loss's own) */                                         \
    const char *reduction; /* "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight",     \
                              "none" (default "sum_over_batch_size") */

typedef struct mica_loss_options {
    MICA_LOSS_OPTIONS
} mica_loss_options;

/* A loss by its name or class ("mse", "BinaryCrossentropy"), with a config as JSON text of an
 * object (NULL: none). The context owns it. Errors: NAME, with the nearest known name. */
mica_loss *mica_loss_from_config(mica_context *ctx, const char *name, const char *json);
/* The loss of a batch, a scalar where it is reduced. sample_weight (B) or of the shape of the
 * samples' losses; NULL: all 1. */
mica_tensor *mica_loss_call(mica_loss *loss, mica_tensor *y_true, mica_tensor *y_pred,
                            mica_tensor *sample_weight);

/* mean over K of (y_true - y_pred)^2.  (B, …, K). Source: keras.losses.MeanSquaredError. */
typedef struct mica_mean_squared_error_options {
    MICA_LOSS_OPTIONS
} mica_mean_squared_error_options;
mica_mean_squared_error_options mica_mean_squared_error_defaults(void);
mica_loss *mica_loss_mean_squared_error(mica_context *ctx,
                                        const mica_mean_squared_error_options *options);

/* mean over K of -t log(p) - (1 - t) log(1 - p).  (B, …, K). Source:
 * keras.losses.BinaryCrossentropy. */
typedef struct mica_binary_crossentropy_options {
    MICA_LOSS_OPTIONS
    bool from_logits;       /* y_pred is before the sigmoid (default false) */
    double label_smoothing; /* s: t becomes t (1 - s) + s / 2 (default 0) */
    int64_t axis;           /* of the mean; 0 is MICA_ZERO (default -1) */
} mica_binary_crossentropy_options;
mica_binary_crossentropy_options mica_binary_crossentropy_defaults(void);
mica_loss *mica_loss_binary_crossentropy(mica_context *ctx,
                                         const mica_binary_crossentropy_options *options);

/* -sum over K of t log(p), p made to sum to 1.  (B, …, K). Source:
 * keras.losses.CategoricalCrossentropy. */
typedef struct mica_categorical_crossentropy_options {
    MICA_LOSS_OPTIONS
    bool from_logits;       /* y_pred is before the softmax (default false) */
    double label_smoothing; /* s: t becomes t (1 - s) + s / K (default 0) */
    int64_t axis;           /* of the classes; 0 is MICA_ZERO (default -1) */
} mica_categorical_crossentropy_options;
mica_categorical_crossentropy_options mica_categorical_crossentropy_defaults(void);
mica_loss *mica_loss_categorical_crossentropy(mica_context *ctx,
                                              const mica_categorical_crossentropy_options *options);

/* -log(p[label]), p made to sum to 1.  y_true (B, …) or (B, …, 1) class numbers, y_pred (B, …, K).
 * A label outside 0 … K-1 makes its loss NaN. Source: keras.losses.SparseCategoricalCrossentropy.
 */
typedef struct mica_sparse_categorical_crossentropy_options {
    MICA_LOSS_OPTIONS
    bool from_logits;     /* y_pred is before the softmax (default false) */
    int64_t ignore_class; /* a label that does not count; 0 is MICA_ZERO (default: none) */
    int64_t axis;         /* of the classes: the last (default -1) */
} mica_sparse_categorical_crossentropy_options;
mica_sparse_categorical_crossentropy_options mica_sparse_categorical_crossentropy_defaults(void);
mica_loss *mica_loss_sparse_categorical_crossentropy(
    mica_context *ctx, const mica_sparse_categorical_crossentropy_options *options);

/* The same with default options, for custom loops: a scalar, the mean over all. */
mica_tensor *mica_mean_squared_error(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_binary_crossentropy(mica_tensor *y_true, mica_tensor *y_pred, bool from_logits);
mica_tensor *mica_categorical_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                           bool from_logits);
mica_tensor *mica_sparse_categorical_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                                  bool from_logits);

MICA_API_END

#endif
