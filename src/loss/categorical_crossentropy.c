/* CategoricalCrossentropy: -sum over the classes of t log(p), t the targets with label smoothing s:
 * t (1 - s) + s / K, p divided by its sum and limited to 1e-7 … 1 - 1e-7; from logits the log
 * softmax. Source: keras.losses.CategoricalCrossentropy. */
#include "loss/loss.h"

#define OWNER mica_categorical_crossentropy_options

static const field categorical_crossentropy_fields[] = {
    LOSS_FIELDS(OWNER, "categorical_crossentropy"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the softmax"),
    REAL(OWNER, label_smoothing, DEFAULT(0), .min = 0, .max = 1, .help = "towards 1/K"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the classes"), END_OF_FIELDS};

static mica_tensor *from_probabilities(mica_tensor *t, mica_tensor *p, int64_t axis) {
    p = mica_divide(p, mica_sum(p, MICA_AXES(axis), true));
    p = mica_clip(p, PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON);
    return mica_negative(mica_sum(mica_multiply(t, mica_log(p)), MICA_AXES(axis), false));
}

static mica_tensor *from_logits(mica_tensor *t, mica_tensor *logits, int64_t axis) {
    if (axis == -1 || axis == logits->shape.rank - 1) return mica_softmax_cross_entropy(logits, t);
    mica_tensor *log_p = mica_log_softmax(logits, axis);
    return mica_negative(mica_sum(mica_multiply(t, log_p), MICA_AXES(axis), false));
}

static mica_tensor *smooth(mica_tensor *t, double smoothing, int64_t axis) {
    mica_tensor *classes = mica_size(t, MICA_AXES(axis));
    mica_tensor *share = mica_divide(scalar_like(t, smoothing), classes);
    return mica_add(mica_multiply(t, scalar_like(t, 1 - smoothing)), share);
}

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *t = f->y_true, *logits = loss_logits(f, o->from_logits, &op_softmax);
    if (o->label_smoothing != 0) t = smooth(t, o->label_smoothing, o->axis);
    return logits ? from_logits(t, logits, o->axis) : from_probabilities(t, f->y_pred, o->axis);
}

const loss_kind loss_categorical_crossentropy = {
    .name = "categorical_crossentropy",
    .class_name = "CategoricalCrossentropy",
    .fields = categorical_crossentropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(categorical_crossentropy)

mica_tensor *mica_categorical_crossentropy(mica_tensor *y_true, mica_tensor *y_pred, bool logits) {
    OWNER o = {.from_logits = logits, .axis = -1};
    loss_frame f = {.options = &o, .y_true = y_true, .y_pred = y_pred};
    return mica_mean(loss_of_samples(&loss_categorical_crossentropy, &f), MICA_ALL_AXES, false);
}
