/* CategoricalAccuracy: the share where y_true (B, …, K) and y_pred (B, …, K) are greatest at the
 * same class.  Source: keras.metrics.CategoricalAccuracy. */
#include "metric/metric.h"

static const field categorical_accuracy_fields[] = {
    METRIC_FIELDS(mica_categorical_accuracy_options, "categorical_accuracy"), END_OF_FIELDS};

static void update(metric_frame *f) {
    mica_tensor *said = mica_argmax(f->y_pred, -1, false);
    mean_update(f, mica_equal(mica_argmax(f->y_true, -1, false), said));
}

const metric_kind metric_categorical_accuracy = {
    .name = "categorical_accuracy",
    .class_name = "CategoricalAccuracy",
    .fields = categorical_accuracy_fields,
    .options_size = sizeof(mica_categorical_accuracy_options),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR_OF(categorical_accuracy, categorical_accuracy)
