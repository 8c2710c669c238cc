/* BinaryCrossentropy: the mean of -t log(p) - (1 - t) log(1 - p), t the targets with label
 * smoothing s: t (1 - s) + s / 2.  Source: keras.metrics.BinaryCrossentropy. */
#include "metric/metric.h"

#define OWNER mica_binary_crossentropy_metric_options

static const field binary_crossentropy_fields[] = {
    METRIC_FIELDS(OWNER, "binary_crossentropy"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the sigmoid"),
    REAL(OWNER, label_smoothing, DEFAULT(0), .min = 0, .max = 1, .help = "towards 1/2"),
    END_OF_FIELDS};

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    bool warned = false;
    mica_tensor *logits = measure_logits(&f->y_pred, o->from_logits, &op_sigmoid, &warned);
    same_form(f);
    mica_tensor *t = smoothed_binary(f->y_true, o->label_smoothing);
    if (logits) same_rank(&logits, &t);
    mica_tensor *y = measure_binary_crossentropy(t, f->y_pred, logits);
    mean_update(f, mica_mean(y, MICA_AXES(-1), false));
}

const metric_kind metric_binary_crossentropy = {
    .name = "binary_crossentropy",
    .class_name = "BinaryCrossentropy",
    .aliases = {"bce", "BCE"},
    .fields = binary_crossentropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR_OF(binary_crossentropy, binary_crossentropy_metric)
