/* CategoricalGeneralizedCrossEntropy: (1 - p[label]^q) / q, between the mean absolute error (q = 1)
 * and the cross-entropy (q -> 0).  y_true (B, …) or (B, …, 1) class numbers, y_pred (B, …, K)
 * probabilities -> (B, …). Source: keras.losses.CategoricalGeneralizedCrossEntropy; Zhang and
 * Sabuncu (2018). */
#include "loss/loss.h"

#define OWNER mica_categorical_generalized_cross_entropy_options

static const field categorical_generalized_cross_entropy_fields[] = {
    LOSS_FIELDS(OWNER, "categorical_generalized_cross_entropy"),
    REAL(OWNER, q, DEFAULT(0.5), .min = 0, .max = 1, .flags = FIELD_POSITIVE,
         .help = "between 0 and 1"),
    END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    double q = ((const OWNER *)f->options)->q;
    mica_tensor *p = widened(f->y_pred);
    mica_tensor *labels = mica_expand_dims(mica_cast(f->y_true, MICA_INT32), -1);
    mica_tensor *is = mica_equal(mica_iota(p, -1, MICA_INT32), labels);
    p = mica_sum(mica_multiply(p, mica_cast(is, p->dtype)), MICA_AXES(-1), false);
    mica_tensor *rest = mica_subtract(scalar_like(p, 1), mica_power(p, scalar_like(p, q)));
    return mica_divide(rest, scalar_like(p, q));
}

const loss_kind loss_categorical_generalized_cross_entropy = {
    .name = "categorical_generalized_cross_entropy",
    .class_name = "CategoricalGeneralizedCrossEntropy",
    .fields = categorical_generalized_cross_entropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
    .sparse_labels = true,
};

LOSS_CONSTRUCTOR(categorical_generalized_cross_entropy)

mica_tensor *mica_categorical_generalized_cross_entropy(mica_tensor *y_true, mica_tensor *y_pred,
                                                        double q) {
    NEEDS(y_true, y_pred);
    OWNER o = {.q = q};
    return loss_mean(&loss_categorical_generalized_cross_entropy, &o, y_true, y_pred);
}
