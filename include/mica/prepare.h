/* Preparing a dataset for training: rows picked, split, folded and resampled, scalers as layers.
 * Nothing is copied: datasets made here are views of the rows, in an order that the context's seed
 * alone decides. The context owns them; mica_dataset_destroy frees one earlier. */
#ifndef MICA_PREPARE_H
#define MICA_PREPARE_H

#include "mica/data.h"
#include "mica/layers.h"

MICA_API_BEGIN

/* The rows of those numbers, in that order; a number may come more than once. Errors: VALUE for a
 * row that is not there. */
mica_status mica_dataset_select(mica_dataset *d, const int64_t *rows, int64_t count,
                                mica_dataset **out, mica_error *err);

typedef struct mica_split_options {
    size_t size;
    double test_fraction;  /* of the rows, of the groups where there are some and classes are
                              not asked (default 0.25) */
    double train_fraction; /* (default all others) */
    bool stratify;         /* classes have the same shares in both parts; with groups as far as
                              they allow it (default false) */
    bool no_shuffle;       /* the last rows are the test's (default false) */
    const int64_t *groups; /* a number a row: all rows of one are in one part (default none) */
    int64_t repeat;        /* the number of a repetition, each with a shuffle of its own (default 0)
                            */
} mica_split_options;
mica_split_options mica_split_defaults(void);
/* Divides the rows in two. ceil(fraction n) rows are the test's and floor(fraction n) are for
 * training; the classes are those of the first target (numbers, or one-hot rows). Classes and
 * groups at once: each group goes where the parts' shares of classes come nearest to the fractions.
 * Errors: VALUE for an empty part, a class of one row, fewer rows than classes in a part. Source:
 * scikit-learn's train_test_split, StratifiedShuffleSplit, GroupShuffleSplit, StratifiedGroupKFold.
 */
mica_status mica_dataset_split(mica_dataset *d, const mica_split_options *options,
                               mica_dataset **train, mica_dataset **test, mica_error *err);

typedef struct mica_folds_options {
    size_t size;
    int64_t folds;         /* at least 2 (default 5) */
    bool shuffle;          /* before the rows are dealt out (default false) */
    bool stratify;         /* classes have the same shares in every fold (default false) */
    const int64_t *groups; /* a number a row: all rows of one are in one fold (default none) */
    int64_t repeat;        /* as in mica_split_options (default 0) */
} mica_folds_options;
mica_folds_options mica_folds_defaults(void);
/* Fold number `fold`, from 0, as test, the others to train on; rows stay in their order. Errors:
 * VALUE where there are fewer rows, groups, or rows of every class than folds. Source:
 * scikit-learn's KFold, StratifiedKFold, GroupKFold, StratifiedGroupKFold. */
mica_status mica_dataset_fold(mica_dataset *d, int64_t fold, const mica_folds_options *options,
                              mica_dataset **train, mica_dataset **test, mica_error *err);

typedef struct mica_time_folds_options {
    size_t size;
    int64_t folds;          /* at least 2 (default 5) */
    int64_t test_rows;      /* of each fold (default n / (folds + 1)) */
    int64_t max_train_rows; /* the last ones before the test's (default all) */
    int64_t gap;            /* rows left out between the parts (default 0) */
} mica_time_folds_options;
mica_time_folds_options mica_time_folds_defaults(void);
/* Rows in the order of time: fold number `fold` tests on a stretch and trains on what was before.
 * Source: scikit-learn's TimeSeriesSplit. */
mica_status mica_dataset_time_fold(mica_dataset *d, int64_t fold,
                                   const mica_time_folds_options *options, mica_dataset **train,
                                   mica_dataset **test, mica_error *err);

typedef struct mica_resample_options {
    size_t size;
    const char *method;    /* "over": rows come again; "under": rows are left out; "smote": new rows
                              between neighbours of one class (default "over") */
    double ratio;          /* of two classes: rows of the rarer to each of the other (default: as
                              many of every class as of the most frequent, under: the rarest one) */
    const int64_t *counts; /* rows wanted of class 0, 1, ...; 0: as many as there are; instead of a
                              ratio (default none) */
    int count_count;
    int64_t neighbors; /* smote: each new row has one of so many nearest (default 5) */
    bool replacement;  /* under: a row may stay more than once (default false) */
} mica_resample_options;
mica_resample_options mica_resample_defaults(void);
/* The rows with other counts of the classes, which are those of the first target: a view, whose new
 * rows come last. Only for what is trained on: split before. smote: x + u (x' - x), u in [0, 1), x'
 * one of the nearest rows of x's class by all inputs; made when they are asked for, of whole
 * numbers the nearest (imbalanced-learn cuts the fraction off); targets and weights are those of x.
 * Errors: VALUE for counts that cannot be had. Source: imbalanced-learn's RandomOverSampler,
 * RandomUnderSampler, SMOTE; Chawla et al. (2002). */
mica_status mica_dataset_resample(mica_dataset *d, const mica_resample_options *options,
                                  mica_dataset **out, mica_error *err);

/* Weights for class_weight: n / (k n_c) for class number c of k classes that occur, 1 for others
 * below `count`. Errors: VALUE where a class is no whole number from 0 to count - 1. Source:
 * sklearn.utils.class_weight.compute_class_weight("balanced"). */
mica_status mica_dataset_class_weights(mica_dataset *d, double *weights, int count,
                                       mica_error *err);

typedef struct mica_scaler_options {
    size_t size;
    const char *method;      /* "standard": mean 0, deviation 1; "min_max": into feature_range;
                                "max_abs": at most 1; "robust": median 0, distance of two quantiles 1
                                (default "standard") */
    double feature_range[2]; /* of min_max (default 0, 1) */
    double quantiles[2];     /* of robust, 0 to 1 (default 0.25, 0.75) */
    bool no_center;          /* standard, robust: nothing is subtracted (default false) */
    bool no_scale;           /* standard, robust: nothing is divided (default false) */
} mica_scaler_options;
mica_scaler_options mica_scaler_defaults(void);
/* A scaler as a layer: fitted on input `input` of the data, each index of the last axis by itself,
 * NaN left out; a constant one keeps its scale. It is a Normalization with given mean and variance,
 * so that a saved model needs nothing else, in Keras either. Fit it on what is trained on alone.
 * Errors, in the context: VALUE where there is no such input, or a feature without a number or with
 * a scale below 1e-7, which Normalization rounds up. Source: sklearn.preprocessing.StandardScaler,
 * MinMaxScaler, MaxAbsScaler, RobustScaler. */
mica_layer *mica_layer_scaler(mica_context *ctx, mica_dataset *d, int input,
                              const mica_scaler_options *options);

MICA_API_END

#endif
