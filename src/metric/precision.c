/* Precision: Of what y_pred says is positive, the share that is: TP / (TP + FP).
 * Source: keras.metrics.Precision. */
#include "metric/positives.h"

static const field precision_fields[] = {POSITIVES_FIELDS(mica_precision_options, "precision"),
                                         END_OF_FIELDS};

static void update(metric_frame *f) { positives_update(f, false); }

const metric_kind metric_precision = {
    .name = "precision",
    .class_name = "Precision",
    .fields = precision_fields,
    .options_size = sizeof(mica_precision_options),
    .ignored = metric_ignored,
    .states = 2,
    .state_shape = positives_shape,
    .update = update,
    .result = positives_result,
};

METRIC_CONSTRUCTOR(precision)
