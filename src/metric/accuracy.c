/* Accuracy: the share of y_pred that equals y_true.  Source: keras.metrics.Accuracy. */
#include "metric/metric.h"

static const field accuracy_fields[] = {METRIC_FIELDS(mica_accuracy_options, "accuracy"),
                                        END_OF_FIELDS};

static void update(metric_frame *f) {
    mica_tensor *y_true = mica_cast(f->y_true, f->y_pred->dtype);
    same_rank(&y_true, &f->y_pred);
    mean_update(f, mica_equal(y_true, f->y_pred));
}

const metric_kind metric_accuracy = {
    .name = "accuracy",
    .class_name = "Accuracy",
    .fields = accuracy_fields,
    .options_size = sizeof(mica_accuracy_options),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR_OF(accuracy, accuracy)
