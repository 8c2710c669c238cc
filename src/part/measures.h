/* What losses and metrics of the same name compute of every sample: (B, …, K) -> (B, …). y_true and
 * y_pred come in one floating type and rank; e is 1e-7.
 * Source: keras.src.losses.losses. */
#ifndef PART_MEASURES_H
#define PART_MEASURES_H

#include "op/op.h"

#define PROBABILITY_EPSILON 1e-7

/* mean of (t - p)^2 */
mica_tensor *measure_mean_squared_error(mica_tensor *y_true, mica_tensor *y_pred);
/* mean of |t - p| */
mica_tensor *measure_mean_absolute_error(mica_tensor *y_true, mica_tensor *y_pred);
/* 100 mean of |t - p| / max(|t|, e) */
mica_tensor *measure_mean_absolute_percentage_error(mica_tensor *y_true, mica_tensor *y_pred);
/* mean of (log(max(t, e) + 1) - log(max(p, e) + 1))^2 */
mica_tensor *measure_mean_squared_logarithmic_error(mica_tensor *y_true, mica_tensor *y_pred);
/* mean of log(cosh(p - t)) = d + softplus(-2 d) - log 2 */
mica_tensor *measure_log_cosh(mica_tensor *y_true, mica_tensor *y_pred);
/* sum of t log(t / p), both limited to e … 1 */
mica_tensor *measure_kl_divergence(mica_tensor *y_true, mica_tensor *y_pred);
/* mean of p - t log(p + e) */
mica_tensor *measure_poisson(mica_tensor *y_true, mica_tensor *y_pred);
/* mean of max(1 - t p, 0), of its square; targets that are all 0 and 1 become -1 and 1 */
mica_tensor *measure_hinge(mica_tensor *y_true, mica_tensor *y_pred);
mica_tensor *measure_squared_hinge(mica_tensor *y_true, mica_tensor *y_pred);
/* max(max of (1 - t) p - sum of t p + 1, 0) */
mica_tensor *measure_categorical_hinge(mica_tensor *y_true, mica_tensor *y_pred);
/* sum of t p, each divided by its norm along the axis */
mica_tensor *measure_cosine_similarity(mica_tensor *y_true, mica_tensor *y_pred, int64_t axis);

/* The logits of probabilities *y_pred, if they are activation's output in a graph or from_logits
 * says so; else NULL. Half floats become float32, *y_pred too. *warned is set where from_logits was
 * wrong: y_pred was probabilities. */
mica_tensor *measure_logits(mica_tensor **y_pred, bool from_logits, const op *activation,
                            bool *warned);
/* Half floats as float32, others as they are. */
mica_tensor *widened(mica_tensor *t);

/* t (1 - s) + s / K, K the extent along the axis; t (1 - s) + s / 2. */
mica_tensor *smoothed_classes(mica_tensor *y_true, double smoothing, int64_t axis);
mica_tensor *smoothed_binary(mica_tensor *y_true, double smoothing);
/* Elementwise -t log(p) - (1 - t) log(1 - p), p limited to e … 1 - e; logits NULL: of y_pred. */
mica_tensor *measure_binary_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                         mica_tensor *logits);
/* -sum of t log(p), p made to sum to 1 and limited to e … 1 - e; logits NULL: of y_pred. */
mica_tensor *measure_categorical_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                              mica_tensor *logits, int64_t axis);
/* -log(p[label]), p limited to e … 1 - e and made to sum to 1.  labels (B, …). */
mica_tensor *measure_sparse_categorical_crossentropy(mica_tensor *labels, mica_tensor *y_pred,
                                                     mica_tensor *logits);
/* y_true (B, …, 1) beside y_pred (B, …, K) becomes (B, …). */
mica_tensor *class_numbers(mica_tensor *y_true, mica_tensor *y_pred);

#endif
