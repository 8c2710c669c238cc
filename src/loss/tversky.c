/* Tversky: 1 - n / (n + alpha sum((1 - p) t) + beta sum(p (1 - t)) + 1e-7), n = sum(t p), the sums
 * over `axis`: all by default; alpha = beta = 1/2 is Dice.  (B, …) -> (), or what the axes leave.
 * Source: keras.losses.Tversky (which calls the first sum false positives); Salehi et al. (2017).
 */
#include "loss/overlap.h"

#define OWNER mica_tversky_options

static const field tversky_fields[] = {
    LOSS_FIELDS(OWNER, "tversky"),
    REAL(OWNER, alpha, DEFAULT(0.5), .help = "weight of what is and is not said"),
    REAL(OWNER, beta, DEFAULT(0.5), .help = "weight of what is said and is not"),
    OVERLAP_AXIS(OWNER), END_OF_FIELDS};

/* factor sum((1 - a) b) */
static mica_tensor *without(mica_tensor *a, mica_tensor *b, mica_axes axes, double factor) {
    mica_tensor *rest = mica_subtract(scalar_like(a, 1), a);
    mica_tensor *sum = mica_sum(mica_multiply(rest, b), axes, false);
    return mica_multiply(sum, scalar_like(sum, factor));
}

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    mica_axes axes = overlap_axes(&o->axis);
    mica_tensor *t = f->y_true, *p = widened(f->y_pred);
    mica_tensor *both = mica_sum(mica_multiply(t, p), axes, false);
    mica_tensor *missed = without(p, t, axes, o->alpha), *wrong = without(t, p, axes, o->beta);
    return not_overlapping(both, mica_add(both, mica_add(missed, wrong)));
}

const loss_kind loss_tversky = {
    .name = "tversky",
    .class_name = "Tversky",
    .fields = tversky_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(tversky)

mica_tensor *mica_tversky(mica_tensor *y_true, mica_tensor *y_pred, double alpha, double beta) {
    NEEDS(y_true, y_pred);
    OWNER o = {.alpha = alpha, .beta = beta};
    return loss_mean(&loss_tversky, &o, y_true, y_pred);
}
