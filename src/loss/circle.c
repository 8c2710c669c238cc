/* Circle: softplus(log sum over positives of e^(-gamma w (m - d)) + log sum over negatives of
 * e^(gamma v (1 - m - d))), with the distances d = max(1 - y_pred y_pred^T, 0), positives of the
 * same label (without the sample itself where remove_diagonal), w = max(m + d, 0), v = max(1 + m -
 * d, 0). Losses of 0 do not count in the mean.  y_true (B) labels, y_pred (B, D) embeddings of norm
 * 1 -> (B). Source: keras.losses.Circle; Sun et al. (2020). */
#include "loss/loss.h"

#define OWNER mica_circle_options

static const field circle_fields[] = {
    LOSS_FIELDS(OWNER, "circle"), REAL(OWNER, gamma, DEFAULT(80), .help = "scale"),
    REAL(OWNER, margin, DEFAULT(0.4), .help = "m"),
    NEGATED(OWNER, keep_diagonal, "remove_diagonal", .help = "a sample is no positive of itself"),
    END_OF_FIELDS};

/* log sum over the masked columns of e^(scale (a + sign d) (b - d)) */
static mica_tensor *log_sum(mica_tensor *d, mica_tensor *mask, double a, double sign, double b,
                            double scale) {
    mica_tensor *from_a = mica_add(mica_multiply(d, scalar_like(d, sign)), scalar_like(d, a));
    mica_tensor *weight = mica_maximum(from_a, scalar_like(d, 0));
    mica_tensor *distance = mica_subtract(scalar_like(d, b), d);
    mica_tensor *y = mica_multiply(mica_multiply(weight, scalar_like(d, scale)), distance);
    y = mica_where(mask, y, scalar_like(y, -INFINITY));
    return mica_log_sum_exp(y, MICA_AXES(1), false);
}

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    double m = o->margin;
    mica_tensor *p = widened(f->y_pred), *labels = f->y_true;
    if (labels->shape.rank > 1) labels = mica_squeeze(labels, MICA_AXES(-1));
    mica_tensor *d = mica_matmul_t(p, p, false, true);
    d = mica_maximum(mica_subtract(scalar_like(d, 1), d), scalar_like(d, 0));
    mica_tensor *same = mica_equal(mica_expand_dims(labels, 1), mica_expand_dims(labels, 0));
    mica_tensor *other = mica_logical_not(same);
    if (!o->keep_diagonal) {
        mica_tensor *row = mica_iota(d, 0, MICA_INT32), *column = mica_iota(d, 1, MICA_INT32);
        same = mica_logical_and(same, mica_not_equal(row, column));
    }
    mica_tensor *near = log_sum(d, same, m, 1, m, -o->gamma);
    mica_tensor *far = log_sum(d, other, 1 + m, -1, 1 - m, o->gamma);
    mica_tensor *y = mica_softplus(mica_add(near, far));
    mica_tensor *counts = mica_greater(y, scalar_like(y, 0));
    f->mask = f->mask ? mica_logical_and(f->mask, counts) : counts;
    return y;
}

const loss_kind loss_circle = {
    .name = "circle",
    .class_name = "Circle",
    .fields = circle_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
    .sparse_labels = true,
    .free_labels = true,
};

LOSS_CONSTRUCTOR(circle)

mica_tensor *mica_circle(mica_tensor *y_true, mica_tensor *y_pred, double gamma, double margin) {
    NEEDS(y_true, y_pred);
    OWNER o = {.gamma = gamma, .margin = margin};
    return loss_mean(&loss_circle, &o, y_true, y_pred);
}
