/* BinaryCrossentropy: mean over `axis` of -t log(p) - (1 - t) log(1 - p), t the targets with label
 * smoothing s: t (1 - s) + s / 2, p limited to 1e-7 … 1 - 1e-7; from logits without that limit.
 * Source: keras.losses.BinaryCrossentropy. */
#include "loss/loss.h"

#define OWNER mica_binary_crossentropy_options

static const field binary_crossentropy_fields[] = {
    LOSS_FIELDS(OWNER, "binary_crossentropy"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the sigmoid"),
    REAL(OWNER, label_smoothing, DEFAULT(0), .min = 0, .max = 1, .help = "towards 1/2"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the mean"), END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *logits = loss_logits(f, o->from_logits, &op_sigmoid);
    mica_tensor *t = smoothed_binary(f->y_true, o->label_smoothing);
    return mica_mean(measure_binary_crossentropy(t, f->y_pred, logits), MICA_AXES(o->axis), false);
}

const loss_kind loss_binary_crossentropy = {
    .name = "binary_crossentropy",
    .class_name = "BinaryCrossentropy",
    .aliases = {"bce", "BCE"},
    .fields = binary_crossentropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(binary_crossentropy)

mica_tensor *mica_binary_crossentropy(mica_tensor *y_true, mica_tensor *y_pred, bool from_logits) {
    NEEDS(y_true, y_pred);
    OWNER o = {.from_logits = from_logits, .axis = -1};
    return loss_mean(&loss_binary_crossentropy, &o, y_true, y_pred);
}
