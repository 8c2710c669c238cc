/* Counting true and false positives and negatives per threshold: what precision and recall share.
 */
#ifndef METRIC_POSITIVES_H
#define METRIC_POSITIVES_H

#include "metric/metric.h"

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
