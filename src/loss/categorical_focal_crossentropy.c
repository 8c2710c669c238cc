/* CategoricalFocalCrossentropy: sum over the classes of -alpha (1 - p)^gamma t log(p), t with label
 * smoothing, p made to sum to 1 and limited to 1e-7 … 1 - 1e-7.  (B, …, K) -> (B, …).
 * Source: keras.losses.CategoricalFocalCrossentropy; Lin et al. (2017). */
#include "loss/loss.h"

#define OWNER mica_categorical_focal_crossentropy_options

static const field categorical_focal_crossentropy_fields[] = {
    LOSS_FIELDS(OWNER, "categorical_focal_crossentropy"),
    REAL(OWNER, alpha, DEFAULT(0.25), .help = "factor"),
    REAL(OWNER, gamma, DEFAULT(2), .min = 0, .max = INFINITY, .help = "how little easy ones count"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the softmax"),
    REAL(OWNER, label_smoothing, DEFAULT(0), .min = 0, .max = 1, .help = "towards 1/K"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the classes"),
    END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *p = widened(f->y_pred);
    mica_tensor *t = smoothed_classes(f->y_true, o->label_smoothing, o->axis);
    if (o->from_logits) p = mica_softmax(p, o->axis);
    p = mica_divide(p, mica_sum(p, MICA_AXES(o->axis), true));
    p = mica_clip(p, PROBABILITY_EPSILON, 1 - PROBABILITY_EPSILON);
    mica_tensor *focus = mica_power(mica_subtract(scalar_like(p, 1), p), scalar_like(p, o->gamma));
    mica_tensor *weight = mica_multiply(focus, scalar_like(p, -o->alpha));
    mica_tensor *y = mica_multiply(weight, mica_multiply(t, mica_log(p)));
    return mica_sum(y, MICA_AXES(o->axis), false);
}

const loss_kind loss_categorical_focal_crossentropy = {
    .name = "categorical_focal_crossentropy",
    .class_name = "CategoricalFocalCrossentropy",
    .fields = categorical_focal_crossentropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(categorical_focal_crossentropy)

mica_tensor *mica_categorical_focal_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                                 double alpha, double gamma, bool from_logits) {
    NEEDS(y_true, y_pred);
    OWNER o = {.alpha = alpha, .gamma = gamma, .from_logits = from_logits, .axis = -1};
    return loss_mean(&loss_categorical_focal_crossentropy, &o, y_true, y_pred);
}
