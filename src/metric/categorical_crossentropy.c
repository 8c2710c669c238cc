/* CategoricalCrossentropy, the log loss: the mean of -sum over the classes of t log(p), t the
 * targets with label smoothing s: t (1 - s) + s / K.  Source:
 * keras.metrics.CategoricalCrossentropy. */
#include "metric/metric.h"

#define OWNER mica_categorical_crossentropy_metric_options

static const field categorical_crossentropy_fields[] = {
    METRIC_FIELDS(OWNER, "categorical_crossentropy"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the softmax"),
    REAL(OWNER, label_smoothing, DEFAULT(0), .min = 0, .max = 1, .help = "towards 1/K"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the classes"), END_OF_FIELDS};

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    bool warned = false;
    mica_tensor *logits = measure_logits(&f->y_pred, o->from_logits, &op_softmax, &warned);
    mica_tensor *t = mica_cast(f->y_true, f->y_pred->dtype);
    t = smoothed_classes(t, o->label_smoothing, o->axis);
    mean_update(f, measure_categorical_crossentropy(t, f->y_pred, logits, o->axis));
}

const metric_kind metric_categorical_crossentropy = {
    .name = "categorical_crossentropy",
    .class_name = "CategoricalCrossentropy",
    .fields = categorical_crossentropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR_OF(categorical_crossentropy, categorical_crossentropy_metric)
