/* BinaryFocalCrossentropy: mean over `axis` of w (1 - q)^gamma b, b the binary cross-entropy, q =
 * t p + (1 - t) (1 - p) the probability of what is, w = alpha t + (1 - alpha) (1 - t) with
 * apply_class_balancing, else 1.  (B, …, K) -> (B, …).
 * Source: keras.losses.BinaryFocalCrossentropy; Lin et al. (2017). */
#include "loss/loss.h"

#define OWNER mica_binary_focal_crossentropy_options

static const field binary_focal_crossentropy_fields[] = {
    LOSS_FIELDS(OWNER, "binary_focal_crossentropy"),
    BOOLEAN(OWNER, apply_class_balancing, .help = "weighs the classes by alpha"),
    REAL(OWNER, alpha, DEFAULT(0.25), .help = "weight of class 1"),
    REAL(OWNER, gamma, DEFAULT(2), .min = 0, .max = INFINITY, .help = "how little easy ones count"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the sigmoid"),
    REAL(OWNER, label_smoothing, DEFAULT(0), .min = 0, .max = 1, .help = "towards 1/2"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the mean"),
    END_OF_FIELDS};

/* t a + (1 - t) b */
static mica_tensor *choose(mica_tensor *t, mica_tensor *a, mica_tensor *b) {
    mica_tensor *rest = mica_subtract(scalar_like(t, 1), t);
    return mica_add(mica_multiply(t, a), mica_multiply(rest, b));
}

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *logits = loss_logits(f, o->from_logits, &op_sigmoid);
    mica_tensor *t = smoothed_binary(f->y_true, o->label_smoothing);
    mica_tensor *p = logits ? mica_sigmoid(logits) : f->y_pred, *one = scalar_like(p, 1);
    mica_tensor *likely = choose(t, p, mica_subtract(one, p));
    mica_tensor *focus = mica_power(mica_subtract(one, likely), scalar_like(p, o->gamma));
    mica_tensor *y = mica_multiply(focus, measure_binary_crossentropy(t, p, logits));
    if (o->apply_class_balancing)
        y = mica_multiply(choose(t, scalar_like(t, o->alpha), scalar_like(t, 1 - o->alpha)), y);
    return mica_mean(y, MICA_AXES(o->axis), false);
}

const loss_kind loss_binary_focal_crossentropy = {
    .name = "binary_focal_crossentropy",
    .class_name = "BinaryFocalCrossentropy",
    .fields = binary_focal_crossentropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(binary_focal_crossentropy)

mica_tensor *mica_binary_focal_crossentropy(mica_tensor *y_true, mica_tensor *y_pred, double gamma,
                                            bool from_logits) {
    NEEDS(y_true, y_pred);
    OWNER o = {.gamma = gamma, .from_logits = from_logits, .axis = -1};
    return loss_mean(&loss_binary_focal_crossentropy, &o, y_true, y_pred);
}
