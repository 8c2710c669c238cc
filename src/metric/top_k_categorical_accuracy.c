/* TopKCategoricalAccuracy: the share where the class of y_true (B, …, K) is among the k greatest of
 * y_pred (B, …, K); of equals at the edge all are.  Source: keras.metrics.TopKCategoricalAccuracy;
 * tf.math.in_top_k. */
#include "metric/top_k.h"

#define OWNER mica_top_k_categorical_accuracy_options

static const field top_k_categorical_accuracy_fields[] = {
    METRIC_FIELDS(OWNER, "top_k_categorical_accuracy"),
    INTEGER(OWNER, k, DEFAULT(5), .min = 1, .max = INFINITY, .help = "how many count"),
    END_OF_FIELDS};

mica_tensor *in_top_k(mica_tensor *labels, mica_tensor *p, int64_t k) {
    mica_tensor *column = mica_expand_dims(mica_cast(labels, MICA_INT32), -1);
    mica_tensor *is = mica_equal(mica_iota(p, -1, MICA_INT32), column), *zero = scalar_like(p, 0);
    mica_tensor *own = mica_sum(mica_where(is, p, zero), MICA_AXES(-1), true);
    mica_tensor *above = mica_cast(mica_greater(p, own), MICA_FLOAT32);
    above = mica_sum(above, MICA_AXES(-1), false);
    mica_tensor *there = mica_any(is, MICA_AXES(-1), false);
    mica_tensor *sound = mica_logical_and(there, mica_is_finite(mica_squeeze(own, MICA_AXES(-1))));
    return mica_logical_and(sound, mica_less(above, scalar_like(above, (double)k)));
}

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    mean_update(f, in_top_k(mica_argmax(f->y_true, -1, false), f->y_pred, o->k));
}

const metric_kind metric_top_k_categorical_accuracy = {
    .name = "top_k_categorical_accuracy",
    .class_name = "TopKCategoricalAccuracy",
    .fields = top_k_categorical_accuracy_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR(top_k_categorical_accuracy)
