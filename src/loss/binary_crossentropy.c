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

/* -t log(p) - (1 - t) log(1 - p) */
static mica_tensor *from_probabilities(mica_tensor *t, mica_tensor *p) {
    p = mica_clip(p, PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON);
    mica_tensor *one = scalar_like(p, 1);
    mica_tensor *yes = mica_multiply(t, mica_log(p));
    mica_tensor *no = mica_multiply(mica_subtract(one, t), mica_log(mica_subtract(one, p)));
    return mica_negative(mica_add(yes, no));
}

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *t = f->y_true, *logits = loss_logits(f, o->from_logits, &op_sigmoid);
    if (o->label_smoothing != 0)
        t = mica_add(mica_multiply(t, scalar_like(t, 1 - o->label_smoothing)),
                     scalar_like(t, o->label_smoothing / 2));
    mica_tensor *y = logits ? mica_sigmoid_cross_entropy(logits, t)
                            : from_probabilities(t, f->y_pred);
    return mica_mean(y, MICA_AXES(o->axis), false);
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
    OWNER o = {.from_logits = from_logits, .axis = -1};
    loss_frame f = {.options = &o, .y_true = y_true, .y_pred = y_pred};
    return mica_mean(loss_of_samples(&loss_binary_crossentropy, &f), MICA_ALL_AXES, false);
}
