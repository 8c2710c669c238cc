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

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *logits = loss_logits(f, o->from_logits, &op_softmax);
    mica_tensor *t = smoothed_classes(f->y_true, o->label_smoothing, o->axis);
    return measure_categorical_crossentropy(t, f->y_pred, logits, o->axis);
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
    NEEDS(y_true, y_pred);
    OWNER o = {.from_logits = logits, .axis = -1};
    return loss_mean(&loss_categorical_crossentropy, &o, y_true, y_pred);
}
