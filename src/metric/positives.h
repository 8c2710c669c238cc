/* Counting true and false positives and negatives per threshold: what precision, recall, AUC and
 * their kin share. */
#ifndef METRIC_POSITIVES_H
#define METRIC_POSITIVES_H

#include "metric/metric.h"

/* Targets and what is said of them: `is` (1, N, …) and `said` (T, N, …) bool, weights (1, N, …) or
 * NULL; T thresholds, N elements. */
typedef struct counting {
    mica_tensor *is, *said, *weights;
} counting;

/* Sums over axis 1: those that are (not) and are (not) said to be. */
mica_tensor *count_true_positives(const counting *c);
mica_tensor *count_false_positives(const counting *c);
mica_tensor *count_false_negatives(const counting *c);
mica_tensor *count_true_negatives(const counting *c);
/* Adds all four to the states, in that order: true positives, false positives, false negatives,
 * true negatives. */
void count_all(metric_frame *f, const counting *c);

/* Elements as one row; top_k and class_id as in the options below, NO_INTEGER: none. p gets the
 * scores (1, N), the rest of the counting is filled but for `said`. */
counting counting_of(metric_frame *f, int64_t top_k, int64_t class_id, mica_tensor **p);
/* p (1, N, …) > thresholds (T). */
mica_tensor *above_thresholds(mica_tensor *p, const mica_reals *thresholds);
/* The same for `count` thresholds i / (count - 1), rounded as Keras does; margin: the first and
 * last are 1e-7 outside of 0 … 1. */
mica_tensor *above_even_thresholds(mica_tensor *p, int64_t count, bool margin);

/* The options of both, member by member. */
typedef mica_precision_options positives_options;

#define POSITIVES_FIELDS(options, name_)                                                           \
    METRIC_FIELDS(options, name_),                                                                 \
        NUMBERS(options, thresholds, NULLABLE,                                                     \
                .help = "one value each; null: 0.5, with top_k none"),                             \
        INTEGER(options, top_k, NULLABLE, .min = 1, .help = "how many may be positive"),           \
        INTEGER(options, class_id, NULLABLE, .min = 0, .max = INFINITY, .help = "only this class")

/* States have an element a threshold. */
void positives_shape(const void *options, const shape *y_pred, shape *out);
/* State 0 counts true positives; state 1 false positives, or false negatives (missed). */
void positives_update(metric_frame *f, bool missed);
/* true positives / (true positives + the others) */
int64_t positives_result(result_frame *f);

#endif
