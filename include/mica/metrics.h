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

/* The weighted sum of y_pred (y_true is not looked at). Source: keras.metrics.Sum. */
typedef struct mica_sum_options {
    MICA_METRIC_OPTIONS
} mica_sum_options;
mica_sum_options mica_sum_defaults(void);
mica_metric *mica_metric_sum(mica_context *ctx, const mica_sum_options *options);

/* The share where the class of y_true (B, …, K) is among the k greatest of y_pred (B, …, K).
 * Source: keras.metrics.TopKCategoricalAccuracy. */
typedef struct mica_top_k_categorical_accuracy_options {
    MICA_METRIC_OPTIONS
    int64_t k; /* (default 5) */
} mica_top_k_categorical_accuracy_options;
mica_top_k_categorical_accuracy_options mica_top_k_categorical_accuracy_defaults(void);
mica_metric *
mica_metric_top_k_categorical_accuracy(mica_context *ctx,
                                       const mica_top_k_categorical_accuracy_options *options);

/* The share where the class y_true (B, …) or (B, …, 1) is among the k greatest of y_pred (B, …, K).
 * Source: keras.metrics.SparseTopKCategoricalAccuracy. */
typedef struct mica_sparse_top_k_categorical_accuracy_options {
    MICA_METRIC_OPTIONS
    int64_t k;            /* (default 5) */
    bool from_sorted_ids; /* y_pred holds class numbers, best first (default false) */
} mica_sparse_top_k_categorical_accuracy_options;
mica_sparse_top_k_categorical_accuracy_options
mica_sparse_top_k_categorical_accuracy_defaults(void);
mica_metric *mica_metric_sparse_top_k_categorical_accuracy(
    mica_context *ctx, const mica_sparse_top_k_categorical_accuracy_options *options);

/* The root of the mean of (y_true - y_pred)^2. Source: keras.metrics.RootMeanSquaredError. */
typedef struct mica_root_mean_squared_error_options {
    MICA_METRIC_OPTIONS
} mica_root_mean_squared_error_options;
mica_root_mean_squared_error_options mica_root_mean_squared_error_defaults(void);
mica_metric *
mica_metric_root_mean_squared_error(mica_context *ctx,
                                    const mica_root_mean_squared_error_options *options);

/* The mean of |y_true - y_pred|. Source: keras.metrics.MeanAbsoluteError. */
typedef struct mica_mean_absolute_error_metric_options {
    MICA_METRIC_OPTIONS
} mica_mean_absolute_error_metric_options;
mica_mean_absolute_error_metric_options mica_mean_absolute_error_metric_defaults(void);
mica_metric *
mica_metric_mean_absolute_error(mica_context *ctx,
                                const mica_mean_absolute_error_metric_options *options);

/* The mean of 100 |y_true - y_pred| / max(|y_true|, 1e-7). Source:
 * keras.metrics.MeanAbsolutePercentageError. */
typedef struct mica_mean_absolute_percentage_error_metric_options {
    MICA_METRIC_OPTIONS
} mica_mean_absolute_percentage_error_metric_options;
mica_mean_absolute_percentage_error_metric_options
mica_mean_absolute_percentage_error_metric_defaults(void);
mica_metric *mica_metric_mean_absolute_percentage_error(
    mica_context *ctx, const mica_mean_absolute_percentage_error_metric_options *options);

/* The mean of (log(1 + max(y_true, 1e-7)) - log(1 + max(y_pred, 1e-7)))^2. Source:
 * keras.metrics.MeanSquaredLogarithmicError. */
typedef struct mica_mean_squared_logarithmic_error_metric_options {
    MICA_METRIC_OPTIONS
} mica_mean_squared_logarithmic_error_metric_options;
mica_mean_squared_logarithmic_error_metric_options
mica_mean_squared_logarithmic_error_metric_defaults(void);
mica_metric *mica_metric_mean_squared_logarithmic_error(
    mica_context *ctx, const mica_mean_squared_logarithmic_error_metric_options *options);

/* The mean of log(cosh(y_pred - y_true)). Source: keras.metrics.LogCoshError. */
typedef struct mica_log_cosh_error_options {
    MICA_METRIC_OPTIONS
} mica_log_cosh_error_options;
mica_log_cosh_error_options mica_log_cosh_error_defaults(void);
mica_metric *mica_metric_log_cosh_error(mica_context *ctx,
                                        const mica_log_cosh_error_options *options);

/* The mean of the sum of y_true y_pred along the axis, each divided by its norm. Source:
 * keras.metrics.CosineSimilarity. */
typedef struct mica_cosine_similarity_metric_options {
    MICA_METRIC_OPTIONS
    int64_t axis; /* of the vectors; 0 is MICA_ZERO (default -1) */
} mica_cosine_similarity_metric_options;
mica_cosine_similarity_metric_options mica_cosine_similarity_metric_defaults(void);
mica_metric *mica_metric_cosine_similarity(mica_context *ctx,
                                           const mica_cosine_similarity_metric_options *options);

/* The mean of y_pred - y_true log(y_pred + 1e-7). Source: keras.metrics.Poisson. */
typedef struct mica_poisson_metric_options {
    MICA_METRIC_OPTIONS
} mica_poisson_metric_options;
mica_poisson_metric_options mica_poisson_metric_defaults(void);
mica_metric *mica_metric_poisson(mica_context *ctx, const mica_poisson_metric_options *options);

/* The mean of sum over K of y_true log(y_true / y_pred), both limited to 1e-7 … 1. Source:
 * keras.metrics.KLDivergence. */
typedef struct mica_kl_divergence_metric_options {
    MICA_METRIC_OPTIONS
} mica_kl_divergence_metric_options;
mica_kl_divergence_metric_options mica_kl_divergence_metric_defaults(void);
mica_metric *mica_metric_kl_divergence(mica_context *ctx,
                                       const mica_kl_divergence_metric_options *options);

/* The mean of max(1 - y_true y_pred, 0); targets that are all 0 and 1 become -1 and 1. Source:
 * keras.metrics.Hinge. */
typedef struct mica_hinge_metric_options {
    MICA_METRIC_OPTIONS
} mica_hinge_metric_options;
mica_hinge_metric_options mica_hinge_metric_defaults(void);
mica_metric *mica_metric_hinge(mica_context *ctx, const mica_hinge_metric_options *options);

/* The mean of max(1 - y_true y_pred, 0)^2; targets that are all 0 and 1 become -1 and 1. Source:
 * keras.metrics.SquaredHinge. */
typedef struct mica_squared_hinge_metric_options {
    MICA_METRIC_OPTIONS
} mica_squared_hinge_metric_options;
mica_squared_hinge_metric_options mica_squared_hinge_metric_defaults(void);
mica_metric *mica_metric_squared_hinge(mica_context *ctx,
                                       const mica_squared_hinge_metric_options *options);

/* The mean of max(greatest (1 - y_true) y_pred - sum of y_true y_pred + 1, 0), both over K. Source:
 * keras.metrics.CategoricalHinge. */
typedef struct mica_categorical_hinge_metric_options {
    MICA_METRIC_OPTIONS
} mica_categorical_hinge_metric_options;
mica_categorical_hinge_metric_options mica_categorical_hinge_metric_defaults(void);
mica_metric *mica_metric_categorical_hinge(mica_context *ctx,
                                           const mica_categorical_hinge_metric_options *options);

/* The mean of -t log(p) - (1 - t) log(1 - p). Source: keras.metrics.BinaryCrossentropy. */
typedef struct mica_binary_crossentropy_metric_options {
    MICA_METRIC_OPTIONS
    bool from_logits;       /* y_pred is before the sigmoid (default false) */
    double label_smoothing; /* s: t becomes t (1 - s) + s / 2 (default 0) */
} mica_binary_crossentropy_metric_options;
mica_binary_crossentropy_metric_options mica_binary_crossentropy_metric_defaults(void);
mica_metric *
mica_metric_binary_crossentropy(mica_context *ctx,
                                const mica_binary_crossentropy_metric_options *options);

/* The mean of -sum over K of t log(p). Source: keras.metrics.CategoricalCrossentropy. */
typedef struct mica_categorical_crossentropy_metric_options {
    MICA_METRIC_OPTIONS
    bool from_logits;       /* y_pred is before the softmax (default false) */
    double label_smoothing; /* s: t becomes t (1 - s) + s / K (default 0) */
    int64_t axis;           /* of the classes; 0 is MICA_ZERO (default -1) */
} mica_categorical_crossentropy_metric_options;
mica_categorical_crossentropy_metric_options mica_categorical_crossentropy_metric_defaults(void);
mica_metric *
mica_metric_categorical_crossentropy(mica_context *ctx,
                                     const mica_categorical_crossentropy_metric_options *options);

/* The mean of -log(p[label]). Source: keras.metrics.SparseCategoricalCrossentropy. */
typedef struct mica_sparse_categorical_crossentropy_metric_options {
    MICA_METRIC_OPTIONS
    bool from_logits;     /* y_pred is before the softmax (default false) */
    int64_t ignore_class; /* a label that does not count; 0 is MICA_ZERO (default: none) */
    int64_t axis;         /* of the classes: the last (default -1) */
} mica_sparse_categorical_crossentropy_metric_options;
mica_sparse_categorical_crossentropy_metric_options
mica_sparse_categorical_crossentropy_metric_defaults(void);
mica_metric *mica_metric_sparse_categorical_crossentropy(
    mica_context *ctx, const mica_sparse_categorical_crossentropy_metric_options *options);

/* 1 - sum of (t - p)^2 / sum of (t - mean t)^2 of each output. y_true, y_pred (B, K). Source:
 * keras.metrics.R2Score. */
typedef struct mica_r2_score_options {
    MICA_METRIC_OPTIONS
    const char *class_aggregation; /* "uniform_average", "variance_weighted_average"; in files null
                                      is a value for each output (default "uniform_average") */
    int64_t num_regressors;        /* of the adjusted score (default 0) */
} mica_r2_score_options;
mica_r2_score_options mica_r2_score_defaults(void);
mica_metric *mica_metric_r2_score(mica_context *ctx, const mica_r2_score_options *options);

/* The mean of the products of y_true and y_pred along the axis, each less its mean and divided by
 * its standard deviation. Source: keras.metrics.PearsonCorrelation. */
typedef struct mica_pearson_correlation_options {
    MICA_METRIC_OPTIONS
    int64_t axis; /* 0 is MICA_ZERO (default -1) */
} mica_pearson_correlation_options;
mica_pearson_correlation_options mica_pearson_correlation_defaults(void);
mica_metric *mica_metric_pearson_correlation(mica_context *ctx,
                                             const mica_pearson_correlation_options *options);

/* The mean along the axis of 2 (t - m) (p - m) / (var(t) + var(p) + (mean(t) - m)^2 + 1e-7), m the
 * mean of p. Source: keras.metrics.ConcordanceCorrelation. */
typedef struct mica_concordance_correlation_options {
    MICA_METRIC_OPTIONS
    int64_t axis; /* 0 is MICA_ZERO (default -1) */
} mica_concordance_correlation_options;
mica_concordance_correlation_options mica_concordance_correlation_defaults(void);
mica_metric *
mica_metric_concordance_correlation(mica_context *ctx,
                                    const mica_concordance_correlation_options *options);

/* (1 + b^2) precision recall / (b^2 precision + recall) of each class. y_true one-hot (B, K) or
 * class numbers, y_pred (B, K). Source: keras.metrics.FBetaScore. */
typedef struct mica_fbeta_score_options {
    MICA_METRIC_OPTIONS
    const char *average; /* "micro", "macro", "weighted" (default none: a value for each class) */
    double threshold; /* above it a class is said; 0 to 1 (default: the greatest class is said) */
    double beta;      /* b, above 0 (default 1) */
} mica_fbeta_score_options;
mica_fbeta_score_options mica_fbeta_score_defaults(void);
mica_metric *mica_metric_fbeta_score(mica_context *ctx, const mica_fbeta_score_options *options);

/* The weight of the elements that are and are said to be. Source: keras.metrics.TruePositives. */
typedef struct mica_true_positives_options {
    MICA_METRIC_OPTIONS
    mica_reals thresholds; /* one value each: MICA_REALS(0.2, 0.8) (default 0.5) */
} mica_true_positives_options;
mica_true_positives_options mica_true_positives_defaults(void);
mica_metric *mica_metric_true_positives(mica_context *ctx,
                                        const mica_true_positives_options *options);

/* The weight of the elements that are not but are said to be. Source: keras.metrics.FalsePositives.
 * */
typedef struct mica_false_positives_options {
    MICA_METRIC_OPTIONS
    mica_reals thresholds; /* one value each: MICA_REALS(0.2, 0.8) (default 0.5) */
} mica_false_positives_options;
mica_false_positives_options mica_false_positives_defaults(void);
mica_metric *mica_metric_false_positives(mica_context *ctx,
                                         const mica_false_positives_options *options);

/* The weight of the elements that are not and are not said to be. Source:
 * keras.metrics.TrueNegatives. */
typedef struct mica_true_negatives_options {
    MICA_METRIC_OPTIONS
    mica_reals thresholds; /* one value each: MICA_REALS(0.2, 0.8) (default 0.5) */
} mica_true_negatives_options;
mica_true_negatives_options mica_true_negatives_defaults(void);
mica_metric *mica_metric_true_negatives(mica_context *ctx,
                                        const mica_true_negatives_options *options);

/* The weight of the elements that are but are not said to be. Source: keras.metrics.FalseNegatives.
 * */
typedef struct mica_false_negatives_options {
    MICA_METRIC_OPTIONS
    mica_reals thresholds; /* one value each: MICA_REALS(0.2, 0.8) (default 0.5) */
} mica_false_negatives_options;
mica_false_negatives_options mica_false_negatives_defaults(void);
mica_metric *mica_metric_false_negatives(mica_context *ctx,
                                         const mica_false_negatives_options *options);

/* The greatest sensitivity TP / (TP + FN) at the thresholds where the specificity TN / (TN + FP) is
 * at least specificity. Source: keras.metrics.SensitivityAtSpecificity. */
typedef struct mica_sensitivity_at_specificity_options {
    MICA_METRIC_OPTIONS
    double specificity;     /* 0 is MICA_ZERO (required) */
    int64_t num_thresholds; /* i / (num_thresholds - 1) (default 200) */
    int64_t class_id;       /* only this class; 0 is MICA_ZERO (default: all) */
} mica_sensitivity_at_specificity_options;
mica_sensitivity_at_specificity_options mica_sensitivity_at_specificity_defaults(void);
mica_metric *
mica_metric_sensitivity_at_specificity(mica_context *ctx,
                                       const mica_sensitivity_at_specificity_options *options);

/* The greatest specificity TN / (TN + FP) at the thresholds where the sensitivity TP / (TP + FN) is
 * at least sensitivity. Source: keras.metrics.SpecificityAtSensitivity. */
typedef struct mica_specificity_at_sensitivity_options {
    MICA_METRIC_OPTIONS
    double sensitivity;     /* 0 is MICA_ZERO (required) */
    int64_t num_thresholds; /* i / (num_thresholds - 1) (default 200) */
    int64_t class_id;       /* only this class; 0 is MICA_ZERO (default: all) */
} mica_specificity_at_sensitivity_options;
mica_specificity_at_sensitivity_options mica_specificity_at_sensitivity_defaults(void);
mica_metric *
mica_metric_specificity_at_sensitivity(mica_context *ctx,
                                       const mica_specificity_at_sensitivity_options *options);

/* The greatest precision TP / (TP + FP) at the thresholds where the recall TP / (TP + FN) is at
 * least recall. Source: keras.metrics.PrecisionAtRecall. */
typedef struct mica_precision_at_recall_options {
    MICA_METRIC_OPTIONS
    double recall;          /* 0 is MICA_ZERO (required) */
    int64_t num_thresholds; /* i / (num_thresholds - 1) (default 200) */
    int64_t class_id;       /* only this class; 0 is MICA_ZERO (default: all) */
} mica_precision_at_recall_options;
mica_precision_at_recall_options mica_precision_at_recall_defaults(void);
mica_metric *mica_metric_precision_at_recall(mica_context *ctx,
                                             const mica_precision_at_recall_options *options);

/* The greatest recall TP / (TP + FN) at the thresholds where the precision TP / (TP + FP) is at
 * least precision. Source: keras.metrics.RecallAtPrecision. */
typedef struct mica_recall_at_precision_options {
    MICA_METRIC_OPTIONS
    double precision;       /* 0 is MICA_ZERO (required) */
    int64_t num_thresholds; /* i / (num_thresholds - 1) (default 200) */
    int64_t class_id;       /* only this class; 0 is MICA_ZERO (default: all) */
} mica_recall_at_precision_options;
mica_recall_at_precision_options mica_recall_at_precision_defaults(void);
mica_metric *mica_metric_recall_at_precision(mica_context *ctx,
                                             const mica_recall_at_precision_options *options);

/* The area under a curve of rates over all thresholds. Source: keras.metrics.AUC. */
typedef struct mica_auc_options {
    MICA_METRIC_OPTIONS
    int64_t num_thresholds;       /* (default 200) */
    const char *curve;            /* "ROC", "PR", "PRGAIN" (default "ROC") */
    const char *summation_method; /* between thresholds: "interpolation", "minoring", "majoring"
                                     (default "interpolation") */
    mica_reals thresholds;        /* instead of even ones; 0 and 1 are added (default none) */
    bool multi_label;   /* an area for each label, and their mean: y_pred (B, L) (default false) */
    int64_t num_labels; /* of multi_label (default: seen) */
    mica_reals label_weights; /* of labels (default: all 1) */
    bool from_logits;         /* y_pred is before the sigmoid (default false) */
} mica_auc_options;
mica_auc_options mica_auc_defaults(void);
mica_metric *mica_metric_auc(mica_context *ctx, const mica_auc_options *options);

/* The mean over target_class_ids of TP / (TP + FP + FN). y_true and y_pred of one shape, class
 * numbers. Source: keras.metrics.IoU. */
typedef struct mica_iou_options {
    MICA_METRIC_OPTIONS
    int64_t num_classes;         /* (required) */
    mica_shape target_class_ids; /* at most 8: MICA_SHAPE(0, 1) (required) */
    int64_t ignore_class;        /* a label that does not count; 0 is MICA_ZERO (default: none) */
    int64_t axis;                /* of the classes where one-hot; 0 is MICA_ZERO (default -1) */
    bool one_hot_y_true;         /* y_true is one-hot along the axis (default false) */
    bool one_hot_y_pred;         /* y_pred holds scores along the axis (default false) */
} mica_iou_options;
mica_iou_options mica_iou_defaults(void);
mica_metric *mica_metric_iou(mica_context *ctx, const mica_iou_options *options);

/* The same of all classes. Source: keras.metrics.MeanIoU. */
typedef struct mica_mean_iou_options {
    MICA_METRIC_OPTIONS
    int64_t num_classes;  /* (required) */
    int64_t ignore_class; /* a label that does not count; 0 is MICA_ZERO (default: none) */
    int64_t axis;         /* of the classes where one-hot; 0 is MICA_ZERO (default -1) */
    bool one_hot_y_true;  /* y_true is one-hot along the axis (default false) */
    bool one_hot_y_pred;  /* y_pred holds scores along the axis (default false) */
} mica_mean_iou_options;
mica_mean_iou_options mica_mean_iou_defaults(void);
mica_metric *mica_metric_mean_iou(mica_context *ctx, const mica_mean_iou_options *options);

/* IoU of the two classes y_pred < threshold and y_pred >= threshold. Source:
 * keras.metrics.BinaryIoU. */
typedef struct mica_binary_iou_options {
    MICA_METRIC_OPTIONS
    mica_shape target_class_ids; /* MICA_SHAPE(1): class 1 alone (default both) */
    double threshold;            /* 0 is MICA_ZERO (default 0.5) */
} mica_binary_iou_options;
mica_binary_iou_options mica_binary_iou_defaults(void);
mica_metric *mica_metric_binary_iou(mica_context *ctx, const mica_binary_iou_options *options);

/* The same of one-hot targets and scores along the axis. Source: keras.metrics.OneHotIoU. */
typedef struct mica_one_hot_iou_options {
    MICA_METRIC_OPTIONS
    int64_t num_classes;         /* (required) */
    mica_shape target_class_ids; /* at most 8: MICA_SHAPE(0, 1) (required) */
    int64_t ignore_class;        /* a label that does not count; 0 is MICA_ZERO (default: none) */
    int64_t axis;                /* of the classes where one-hot; 0 is MICA_ZERO (default -1) */
    bool sparse_y_pred;          /* y_pred holds class numbers (default false) */
} mica_one_hot_iou_options;
mica_one_hot_iou_options mica_one_hot_iou_defaults(void);
mica_metric *mica_metric_one_hot_iou(mica_context *ctx, const mica_one_hot_iou_options *options);

/* The same of all classes. Source: keras.metrics.OneHotMeanIoU. */
typedef struct mica_one_hot_mean_iou_options {
    MICA_METRIC_OPTIONS
    int64_t num_classes;  /* (required) */
    int64_t ignore_class; /* a label that does not count; 0 is MICA_ZERO (default: none) */
    int64_t axis;         /* of the classes where one-hot; 0 is MICA_ZERO (default -1) */
    bool sparse_y_pred;   /* y_pred holds class numbers (default false) */
} mica_one_hot_mean_iou_options;
mica_one_hot_mean_iou_options mica_one_hot_mean_iou_defaults(void);
mica_metric *mica_metric_one_hot_mean_iou(mica_context *ctx,
                                          const mica_one_hot_mean_iou_options *options);

/* The correlation of what is and what is said, for two or more classes: 1 is perfect, 0 chance.
 * y_true class numbers or one-hot, y_pred (B, K) or (B, 1). Not a metric of Keras. Source:
 * sklearn.metrics.matthews_corrcoef. */
typedef struct mica_matthews_correlation_options {
    MICA_METRIC_OPTIONS
} mica_matthews_correlation_options;
mica_matthews_correlation_options mica_matthews_correlation_defaults(void);
mica_metric *mica_metric_matthews_correlation(mica_context *ctx,
                                              const mica_matthews_correlation_options *options);

/* Agreement of what is and what is said beyond chance: 1 is perfect, 0 chance. y_true class numbers
 * or one-hot, y_pred (B, K) or (B, 1). Not a metric of Keras. Source:
 * sklearn.metrics.cohen_kappa_score. */
typedef struct mica_cohen_kappa_options {
    MICA_METRIC_OPTIONS
    const char *weights; /* "linear", "quadratic": of far-off classes (default none) */
} mica_cohen_kappa_options;
mica_cohen_kappa_options mica_cohen_kappa_defaults(void);
mica_metric *mica_metric_cohen_kappa(mica_context *ctx, const mica_cohen_kappa_options *options);

/* How far confidence is from accuracy: sum over bins of confidence of |right - confidence| / n.
 * y_true class numbers or one-hot, y_pred (B, K) or (B, 1) probabilities. Not a metric of Keras.
 * Source: Guo et al. (2017). */
typedef struct mica_expected_calibration_error_options {
    MICA_METRIC_OPTIONS
    int64_t num_bins; /* (default 15) */
} mica_expected_calibration_error_options;
mica_expected_calibration_error_options mica_expected_calibration_error_defaults(void);
mica_metric *
mica_metric_expected_calibration_error(mica_context *ctx,
                                       const mica_expected_calibration_error_options *options);

MICA_API_END

#endif
