/* BinaryAccuracy: the share of (y_pred > threshold) that equals y_true.
 * Source: keras.metrics.BinaryAccuracy. */
#include "metric/metric.h"

static const field binary_accuracy_fields[] = {
    METRIC_FIELDS(mica_binary_accuracy_options, "binary_accuracy"),
    REAL(mica_binary_accuracy_options, threshold, DEFAULT(0.5), .help = "above it is 1"),
    END_OF_FIELDS};

static void update(metric_frame *f) {
    const mica_binary_accuracy_options *o = f->options;
    mica_tensor *y_true = mica_cast(f->y_true, f->y_pred->dtype);
    same_rank(&y_true, &f->y_pred);
    mica_tensor *said = mica_greater(f->y_pred, scalar_like(f->y_pred, o->threshold));
    mean_update(f, mica_equal(y_true, mica_cast(said, y_true->dtype)));
}

const metric_kind metric_binary_accuracy = {
    .name = "binary_accuracy",
    .class_name = "BinaryAccuracy",
    .fields = binary_accuracy_fields,
    .options_size = sizeof(mica_binary_accuracy_options),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR(binary_accuracy)
