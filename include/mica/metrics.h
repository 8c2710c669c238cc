/* Metrics, as keras.metrics: sums over batches, and a result of them. y_true holds the targets,
 * y_pred what the model gives; B batch, K classes. Weights are of samples, (B), or of the shape of
 * y_true.
 *
 *     mica_metric *m = mica_metric_precision(ctx, MICA_OPTIONS(precision, .class_id = 3));
 *     mica_metric_update(m, y_true, y_pred, NULL);
 *     double value = mica_metric_result(m); */
#ifndef MICA_METRICS_H
#define MICA_METRICS_H

#include "mica/tensor.h"

MICA_API_BEGIN

typedef struct mica_metric mica_metric;

/* What every metric's options begin with. */
#define MICA_METRIC_OPTIONS                                                                        \
    size_t size;                                                                                   \
    const char *name; /* in results (default: the metric's own) */

typedef struct mica_metric_options {
    MICA_METRIC_OPTIONS
} mica_metric_options;

/* A metric by its name or class ("sparse_categorical_accuracy", "F1Score"), with a config as JSON
 * text of an object (NULL: none). The context owns it. Errors: NAME, with the nearest known name.
 */
mica_metric *mica_metric_from_config(mica_context *ctx, const char *name, const char *json);
/* Adds a batch. Not recorded by tapes. Failures are in the context. */
void mica_metric_update(mica_metric *metric, mica_tensor *y_true, mica_tensor *y_pred,
                        mica_tensor *sample_weight);
/* The value over all batches since the last reset; of several values their mean. */
double mica_metric_result(const mica_metric *metric);
/* All values, at most `room` of them, into out; returns how many there are. */
int64_t mica_metric_values(const mica_metric *metric, double *out, int64_t room);
void mica_metric_reset(mica_metric *metric);

/* The weighted mean of y_pred (y_true is not looked at). Source: keras.metrics.Mean. */
typedef struct mica_mean_options {
    MICA_METRIC_OPTIONS
} mica_mean_options;
mica_mean_options mica_mean_defaults(void);
mica_metric *mica_metric_mean(mica_context *ctx, const mica_mean_options *options);

/* The share of y_pred that equals y_true. Source: keras.metrics.Accuracy. */
typedef struct mica_accuracy_options {
    MICA_METRIC_OPTIONS
} mica_accuracy_options;
mica_accuracy_options mica_accuracy_defaults(void);
mica_metric *mica_metric_accuracy(mica_context *ctx, const mica_accuracy_options *options);

/* The share of (y_pred > threshold) that equals y_true. Source: keras.metrics.BinaryAccuracy. */
typedef struct mica_binary_accuracy_options {
    MICA_METRIC_OPTIONS
    double threshold; /* 0 is MICA_ZERO (default 0.5) */
} mica_binary_accuracy_options;
mica_binary_accuracy_options mica_binary_accuracy_defaults(void);
mica_metric *mica_metric_binary_accuracy(mica_context *ctx,
                                         const mica_binary_accuracy_options *options);

/* The share where y_true (B, …, K) and y_pred (B, …, K) are greatest at the same class.
 * Source: keras.metrics.CategoricalAccuracy. */
typedef struct mica_categorical_accuracy_options {
    MICA_METRIC_OPTIONS
} mica_categorical_accuracy_options;
mica_categorical_accuracy_options mica_categorical_accuracy_defaults(void);
mica_metric *mica_metric_categorical_accuracy(mica_context *ctx,
                                              const mica_categorical_accuracy_options *options);

/* The share where y_pred (B, …, K) is greatest at the class y_true (B, …) or (B, …, 1).
 * Source: keras.metrics.SparseCategoricalAccuracy. */
typedef struct mica_sparse_categorical_accuracy_options {
    MICA_METRIC_OPTIONS
} mica_sparse_categorical_accuracy_options;
mica_sparse_categorical_accuracy_options mica_sparse_categorical_accuracy_defaults(void);
mica_metric *
mica_metric_sparse_categorical_accuracy(mica_context *ctx,
                                        const mica_sparse_categorical_accuracy_options *options);

/* The mean of (y_true - y_pred)^2. Source: keras.metrics.MeanSquaredError. */
typedef struct mica_mean_squared_error_metric_options {
    MICA_METRIC_OPTIONS
} mica_mean_squared_error_metric_options;
mica_mean_squared_error_metric_options mica_mean_squared_error_metric_defaults(void);
mica_metric *mica_metric_mean_squared_error(mica_context *ctx,
                                            const mica_mean_squared_error_metric_options *options);

/* Of what y_pred says is positive, the share that is. y_true as y_pred, or class numbers.
 * Source: keras.metrics.Precision. */
typedef struct mica_precision_options {
    MICA_METRIC_OPTIONS
    mica_reals thresholds; /* one value each: MICA_REALS(0.2, 0.8) (default 0.5; with top_k none) */
    int64_t top_k;         /* only the k greatest are positive (default: all may be) */
    int64_t class_id;      /* only this class; 0 is MICA_ZERO (default: all) */
} mica_precision_options;
mica_precision_options mica_precision_defaults(void);
mica_metric *mica_metric_precision(mica_context *ctx, const mica_precision_options *options);

/* Of what is positive, the share that y_pred says is. Source: keras.metrics.Recall. */
typedef struct mica_recall_options {
    MICA_METRIC_OPTIONS
    mica_reals thresholds; /* one value each: MICA_REALS(0.2, 0.8) (default 0.5; with top_k none) */
    int64_t top_k;         /* only the k greatest are positive (default: all may be) */
    int64_t class_id;      /* only this class; 0 is MICA_ZERO (default: all) */
} mica_recall_options;
mica_recall_options mica_recall_defaults(void);
mica_metric *mica_metric_recall(mica_context *ctx, const mica_recall_options *options);

/* 2 precision recall / (precision + recall) of each class.  y_true one-hot (B, K) or class numbers,
 * y_pred (B, K). Source: keras.metrics.F1Score. */
typedef struct mica_f1_score_options {
    MICA_METRIC_OPTIONS
    const char *average; /* "micro", "macro", "weighted" (default none: a value for each class) */
    double threshold; /* above it a class is said; 0 to 1 (default: the greatest class is said) */
} mica_f1_score_options;
mica_f1_score_options mica_f1_score_defaults(void);
mica_metric *mica_metric_f1_score(mica_context *ctx, const mica_f1_score_options *options);

/* How often class i (row) was taken for class j (column): K K values, row by row; a y_pred of one
 * column is two classes, parted at 0.5. Its result is the share on the diagonal. */
typedef struct mica_confusion_matrix_options {
    MICA_METRIC_OPTIONS
} mica_confusion_matrix_options;
mica_confusion_matrix_options mica_confusion_matrix_defaults(void);
mica_metric *mica_metric_confusion_matrix(mica_context *ctx,
                                          const mica_confusion_matrix_options *options);

MICA_API_END

#endif
