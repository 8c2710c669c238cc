/* SparseCategoricalAccuracy: the share where y_pred (B, …, K) is greatest at the class y_true, (B,
 * …) or (B, …, 1).  Source: keras.metrics.SparseCategoricalAccuracy. */
#include "metric/metric.h"

static const field sparse_categorical_accuracy_fields[] = {
    METRIC_FIELDS(mica_sparse_categorical_accuracy_options, "sparse_categorical_accuracy"),
    END_OF_FIELDS};

static void update(metric_frame *f) {
    mica_tensor *y_true = f->y_true;
    if (y_true->shape.rank == f->y_pred->shape.rank && last_is_one(y_true))
        y_true = mica_squeeze(y_true, MICA_AXES(-1));
    mica_tensor *said = mica_argmax(f->y_pred, -1, false);
    mean_update(f, mica_equal(mica_cast(y_true, MICA_INT64), said));
}

const metric_kind metric_sparse_categorical_accuracy = {
    .name = "sparse_categorical_accuracy",
    .class_name = "SparseCategoricalAccuracy",
    .fields = sparse_categorical_accuracy_fields,
    .options_size = sizeof(mica_sparse_categorical_accuracy_options),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR_OF(sparse_categorical_accuracy, sparse_categorical_accuracy)
