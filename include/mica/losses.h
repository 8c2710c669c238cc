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

/* mean over K of |y_true - y_pred|.  (B, …, K). Source: keras.losses.MeanAbsoluteError. */
typedef struct mica_mean_absolute_error_options {
    MICA_LOSS_OPTIONS
} mica_mean_absolute_error_options;
mica_mean_absolute_error_options mica_mean_absolute_error_defaults(void);
mica_loss *mica_loss_mean_absolute_error(mica_context *ctx,
                                         const mica_mean_absolute_error_options *options);

/* 100 mean over K of |y_true - y_pred| / max(|y_true|, 1e-7).  (B, …, K). Source:
 * keras.losses.MeanAbsolutePercentageError. */
typedef struct mica_mean_absolute_percentage_error_options {
    MICA_LOSS_OPTIONS
} mica_mean_absolute_percentage_error_options;
mica_mean_absolute_percentage_error_options mica_mean_absolute_percentage_error_defaults(void);
mica_loss *mica_loss_mean_absolute_percentage_error(
    mica_context *ctx, const mica_mean_absolute_percentage_error_options *options);

/* mean over K of (log(1 + max(y_true, 1e-7)) - log(1 + max(y_pred, 1e-7)))^2.  (B, …, K). Source:
 * keras.losses.MeanSquaredLogarithmicError. */
typedef struct mica_mean_squared_logarithmic_error_options {
    MICA_LOSS_OPTIONS
} mica_mean_squared_logarithmic_error_options;
mica_mean_squared_logarithmic_error_options mica_mean_squared_logarithmic_error_defaults(void);
mica_loss *mica_loss_mean_squared_logarithmic_error(
    mica_context *ctx, const mica_mean_squared_logarithmic_error_options *options);

/* mean over K of e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2, e = y_pred - y_true.
 * (B, …, K). Source: keras.losses.Huber. */
typedef struct mica_huber_options {
    MICA_LOSS_OPTIONS
    double delta; /* 0 is MICA_ZERO (default 1) */
} mica_huber_options;
mica_huber_options mica_huber_defaults(void);
mica_loss *mica_loss_huber(mica_context *ctx, const mica_huber_options *options);

/* mean over K of log(cosh(y_pred - y_true)).  (B, …, K). Source: keras.losses.LogCosh. */
typedef struct mica_log_cosh_options {
    MICA_LOSS_OPTIONS
} mica_log_cosh_options;
mica_log_cosh_options mica_log_cosh_defaults(void);
mica_loss *mica_loss_log_cosh(mica_context *ctx, const mica_log_cosh_options *options);

/* -sum of y_true y_pred along the axis, each divided by its norm.  (B, …, K). Source:
 * keras.losses.CosineSimilarity. */
typedef struct mica_cosine_similarity_options {
    MICA_LOSS_OPTIONS
    int64_t axis; /* of the vectors; 0 is MICA_ZERO (default -1) */
} mica_cosine_similarity_options;
mica_cosine_similarity_options mica_cosine_similarity_defaults(void);
mica_loss *mica_loss_cosine_similarity(mica_context *ctx,
                                       const mica_cosine_similarity_options *options);

/* mean over K of y_pred - y_true log(y_pred + 1e-7).  (B, …, K). Source: keras.losses.Poisson. */
typedef struct mica_poisson_options {
    MICA_LOSS_OPTIONS
} mica_poisson_options;
mica_poisson_options mica_poisson_defaults(void);
mica_loss *mica_loss_poisson(mica_context *ctx, const mica_poisson_options *options);

/* sum over K of y_true log(y_true / y_pred), both limited to 1e-7 … 1.  (B, …, K). Source:
 * keras.losses.KLDivergence. */
typedef struct mica_kl_divergence_options {
    MICA_LOSS_OPTIONS
} mica_kl_divergence_options;
mica_kl_divergence_options mica_kl_divergence_defaults(void);
mica_loss *mica_loss_kl_divergence(mica_context *ctx, const mica_kl_divergence_options *options);

/* mean over K of max(1 - y_true y_pred, 0); targets that are all 0 and 1 become -1 and 1.  (B, …,
 * K). Source: keras.losses.Hinge. */
typedef struct mica_hinge_options {
    MICA_LOSS_OPTIONS
} mica_hinge_options;
mica_hinge_options mica_hinge_defaults(void);
mica_loss *mica_loss_hinge(mica_context *ctx, const mica_hinge_options *options);

/* mean over K of max(1 - y_true y_pred, 0)^2; targets that are all 0 and 1 become -1 and 1.  (B, …,
 * K). Source: keras.losses.SquaredHinge. */
typedef struct mica_squared_hinge_options {
    MICA_LOSS_OPTIONS
} mica_squared_hinge_options;
mica_squared_hinge_options mica_squared_hinge_defaults(void);
mica_loss *mica_loss_squared_hinge(mica_context *ctx, const mica_squared_hinge_options *options);

/* max(greatest (1 - y_true) y_pred - sum of y_true y_pred + 1, 0), both over K.  (B, …, K). Source:
 * keras.losses.CategoricalHinge. */
typedef struct mica_categorical_hinge_options {
    MICA_LOSS_OPTIONS
} mica_categorical_hinge_options;
mica_categorical_hinge_options mica_categorical_hinge_defaults(void);
mica_loss *mica_loss_categorical_hinge(mica_context *ctx,
                                       const mica_categorical_hinge_options *options);

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

/* mean over K of (1 - q)^gamma times the binary cross-entropy, q the probability of what is.
 * (B, …, K). Source: keras.losses.BinaryFocalCrossentropy; Lin et al. (2017). */
typedef struct mica_binary_focal_crossentropy_options {
    MICA_LOSS_OPTIONS
    bool apply_class_balancing; /* class 1 weighs alpha, class 0 1 - alpha (default false) */
    double alpha;               /* 0 is MICA_ZERO (default 0.25) */
    double gamma;               /* 0 is MICA_ZERO (default 2) */
    bool from_logits;           /* y_pred is before the sigmoid (default false) */
    double label_smoothing;     /* s: t becomes t (1 - s) + s / 2 (default 0) */
    int64_t axis;               /* of the mean; 0 is MICA_ZERO (default -1) */
} mica_binary_focal_crossentropy_options;
mica_binary_focal_crossentropy_options mica_binary_focal_crossentropy_defaults(void);
mica_loss *
mica_loss_binary_focal_crossentropy(mica_context *ctx,
                                    const mica_binary_focal_crossentropy_options *options);

/* -sum over K of alpha (1 - p)^gamma t log(p), p made to sum to 1.  (B, …, K). Source:
 * keras.losses.CategoricalFocalCrossentropy; Lin et al. (2017). */
typedef struct mica_categorical_focal_crossentropy_options {
    MICA_LOSS_OPTIONS
    double alpha;           /* 0 is MICA_ZERO (default 0.25) */
    double gamma;           /* 0 is MICA_ZERO (default 2) */
    bool from_logits;       /* y_pred is before the softmax (default false) */
    double label_smoothing; /* s: t becomes t (1 - s) + s / K (default 0) */
    int64_t axis;           /* of the classes; 0 is MICA_ZERO (default -1) */
} mica_categorical_focal_crossentropy_options;
mica_categorical_focal_crossentropy_options mica_categorical_focal_crossentropy_defaults(void);
mica_loss *mica_loss_categorical_focal_crossentropy(
    mica_context *ctx, const mica_categorical_focal_crossentropy_options *options);

/* (1 - p[label]^q) / q.  y_true (B, …) or (B, …, 1) class numbers, y_pred (B, …, K) probabilities.
 * Source: keras.losses.CategoricalGeneralizedCrossEntropy; Zhang and Sabuncu (2018). */
typedef struct mica_categorical_generalized_cross_entropy_options {
    MICA_LOSS_OPTIONS
    double q; /* above 0, at most 1 (default 0.5) */
} mica_categorical_generalized_cross_entropy_options;
mica_categorical_generalized_cross_entropy_options
mica_categorical_generalized_cross_entropy_defaults(void);
mica_loss *mica_loss_categorical_generalized_cross_entropy(
    mica_context *ctx, const mica_categorical_generalized_cross_entropy_options *options);

/* 1 - 2 sum(t p) / (sum(t) + sum(p) + 1e-7).  (B, …), with all axes one loss for the batch.
 * Source: keras.losses.Dice. */
typedef struct mica_dice_options {
    MICA_LOSS_OPTIONS
    mica_shape axis; /* of the sums: MICA_SHAPE(1, 2) (default all) */
} mica_dice_options;
mica_dice_options mica_dice_defaults(void);
mica_loss *mica_loss_dice(mica_context *ctx, const mica_dice_options *options);

/* 1 - n / (n + alpha sum((1 - p) t) + beta sum(p (1 - t)) + 1e-7), n = sum(t p).  (B, …), with all
 * axes one loss for the batch. Source: keras.losses.Tversky; Salehi et al. (2017). */
typedef struct mica_tversky_options {
    MICA_LOSS_OPTIONS
    double alpha;    /* of what is and is not said; 0 is MICA_ZERO (default 0.5) */
    double beta;     /* of what is said and is not; 0 is MICA_ZERO (default 0.5) */
    mica_shape axis; /* of the sums: MICA_SHAPE(1, 2) (default all) */
} mica_tversky_options;
mica_tversky_options mica_tversky_defaults(void);
mica_loss *mica_loss_tversky(mica_context *ctx, const mica_tversky_options *options);

/* Pulls embeddings of one label together and others apart, in pairs of the batch.  y_true (B)
 * labels, y_pred (B, D) of norm 1. Source: keras.losses.Circle; Sun et al. (2020). */
typedef struct mica_circle_options {
    MICA_LOSS_OPTIONS
    double gamma;       /* scale; 0 is MICA_ZERO (default 80) */
    double margin;      /* 0 is MICA_ZERO (default 0.4) */
    bool keep_diagonal; /* each is a positive of itself (default false) */
} mica_circle_options;
mica_circle_options mica_circle_defaults(void);
mica_loss *mica_loss_circle(mica_context *ctx, const mica_circle_options *options);

/* mica_ctc_loss with class 0 as the blank; labels of 0 end their row.  y_true (B, L) labels, y_pred
 * (B, T, K) logits. Source: keras.losses.CTC; Graves et al. (2006). */
typedef struct mica_ctc_options {
    MICA_LOSS_OPTIONS
} mica_ctc_options;
mica_ctc_options mica_ctc_defaults(void);
mica_loss *mica_loss_ctc(mica_context *ctx, const mica_ctc_options *options);

/* The same with default options but those asked for, for custom loops: a scalar, the mean over all.
 */
mica_tensor *mica_mean_squared_error(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_mean_absolute_error(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_mean_absolute_percentage_error(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_mean_squared_logarithmic_error(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_huber(mica_tensor *y_true, mica_tensor *y_pred, double delta);
mica_tensor *mica_log_cosh(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_cosine_similarity(mica_tensor *y_true, mica_tensor *y_pred, int64_t axis);
mica_tensor *mica_poisson(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_kl_divergence(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_hinge(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_squared_hinge(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_categorical_hinge(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_binary_crossentropy(mica_tensor *y_true, mica_tensor *y_pred, bool from_logits);
mica_tensor *mica_binary_focal_crossentropy(mica_tensor *y_true, mica_tensor *y_pred, double gamma,
                                            bool from_logits);
mica_tensor *mica_categorical_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                           bool from_logits);
mica_tensor *mica_categorical_focal_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                                 double alpha, double gamma, bool from_logits);
mica_tensor *mica_sparse_categorical_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                                  bool from_logits);
mica_tensor *mica_categorical_generalized_cross_entropy(mica_tensor *y_true, mica_tensor *y_pred,
                                                        double q);
mica_tensor *mica_dice(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *mica_tversky(mica_tensor *y_true, mica_tensor *y_pred, double alpha, double beta);
mica_tensor *mica_circle(mica_tensor *y_true, mica_tensor *y_pred, double gamma, double margin);
mica_tensor *mica_ctc(mica_tensor *y_true, mica_tensor *y_pred);

MICA_API_END

#endif
