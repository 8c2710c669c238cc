/* Recall: Of what is positive, the share that y_pred says is: TP / (TP + FN).
 * Source: keras.metrics.Recall. */
#include "metric/positives.h"

static const field recall_fields[] = {POSITIVES_FIELDS(mica_recall_options, "recall"),
                                      END_OF_FIELDS};

static void update(metric_frame *f) { positives_update(f, true); }

const metric_kind metric_recall = {
    .name = "recall",
    .class_name = "Recall",
    .fields = recall_fields,
    .options_size = sizeof(mica_recall_options),
    .ignored = metric_ignored,
    .states = 2,
    .state_shape = positives_shape,
    .update = update,
    .result = positives_result,
};

METRIC_CONSTRUCTOR(recall)
