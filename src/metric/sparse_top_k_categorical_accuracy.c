/* SparseTopKCategoricalAccuracy: the share where the class y_true, (B, …) or (B, …, 1), is among
 * the k greatest of y_pred (B, …, K); from_sorted_ids: y_pred (B, …, M) holds class numbers, best
 * first, and the first k count.  Source: keras.metrics.SparseTopKCategoricalAccuracy. */
#include "metric/top_k.h"

#define OWNER mica_sparse_top_k_categorical_accuracy_options

static const field sparse_top_k_categorical_accuracy_fields[] = {
    METRIC_FIELDS(OWNER, "sparse_top_k_categorical_accuracy"),
    INTEGER(OWNER, k, DEFAULT(5), .min = 1, .max = INFINITY, .help = "how many count"),
    BOOLEAN(OWNER, from_sorted_ids, .help = "y_pred holds class numbers, best first"),
    END_OF_FIELDS};

/* Whether the label stands at one of the first k places. */
static mica_tensor *among_first(mica_tensor *labels, mica_tensor *ids, int64_t k) {
    mica_tensor *same = mica_equal(ids, mica_expand_dims(mica_cast(labels, ids->dtype), -1));
    mica_tensor *place = mica_iota(ids, -1, MICA_INT32);
    mica_tensor *first = mica_less(place, scalar_like(place, (double)k));
    return mica_any(mica_logical_and(same, first), MICA_AXES(-1), false);
}

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *labels = class_numbers(f->y_true, f->y_pred);
    mean_update(f, o->from_sorted_ids ? among_first(labels, f->y_pred, o->k)
                                      : in_top_k(labels, f->y_pred, o->k));
}

const metric_kind metric_sparse_top_k_categorical_accuracy = {
    .name = "sparse_top_k_categorical_accuracy",
    .class_name = "SparseTopKCategoricalAccuracy",
    .fields = sparse_top_k_categorical_accuracy_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR(sparse_top_k_categorical_accuracy)
