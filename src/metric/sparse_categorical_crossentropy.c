/* SparseCategoricalCrossentropy, the log loss: the mean of -log(p[label]); labels of ignore_class
 * do not count.  y_true (B, …) or (B, …, 1) class numbers, y_pred (B, …, K). Source:
 * keras.metrics.SparseCategoricalCrossentropy. */
#include "metric/metric.h"

#define OWNER mica_sparse_categorical_crossentropy_metric_options

static const field sparse_categorical_crossentropy_fields[] = {
    METRIC_FIELDS(OWNER, "sparse_categorical_crossentropy"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the softmax"),
    INTEGER(OWNER, ignore_class, NULLABLE, .help = "a label that does not count"),
    INTEGER(OWNER, axis, DEFAULT(-1), .min = -1, .max = -1, .help = "of the classes: the last"),
    END_OF_FIELDS};

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    bool warned = false;
    mica_tensor *logits = measure_logits(&f->y_pred, o->from_logits, &op_softmax, &warned);
    mica_tensor *labels = class_numbers(f->y_true, f->y_pred);
    if (o->ignore_class != NO_INTEGER) {
        mica_tensor *counts = mica_not_equal(labels, scalar_like(labels, (double)o->ignore_class));
        labels = mica_where(counts, labels, scalar_like(labels, 0));
        f->mask = f->mask ? mica_logical_and(f->mask, counts) : counts;
    }
    mean_update(f, measure_sparse_categorical_crossentropy(labels, f->y_pred, logits));
}

const metric_kind metric_sparse_categorical_crossentropy = {
    .name = "sparse_categorical_crossentropy",
    .class_name = "SparseCategoricalCrossentropy",
    .fields = sparse_categorical_crossentropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR_OF(sparse_categorical_crossentropy, sparse_categorical_crossentropy_metric)
