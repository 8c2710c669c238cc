/* CosineSimilarity: -sum of y_true y_pred along the axis, each divided by its norm along it: -1 is
 * the same direction.  (B, …, K) -> (B, …). Source: keras.losses.CosineSimilarity. */
#include "loss/loss.h"

#define OWNER mica_cosine_similarity_options

static const field cosine_similarity_fields[] = {
    LOSS_FIELDS(OWNER, "cosine_similarity"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the vectors"), END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    return mica_negative(measure_cosine_similarity(f->y_true, widened(f->y_pred), o->axis));
}

const loss_kind loss_cosine_similarity = {
    .name = "cosine_similarity",
    .class_name = "CosineSimilarity",
    .aliases = {"cosine_proximity", "cosine"},
    .fields = cosine_similarity_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
};

LOSS_CONSTRUCTOR(cosine_similarity)

mica_tensor *mica_cosine_similarity(mica_tensor *y_true, mica_tensor *y_pred, int64_t axis) {
    NEEDS(y_true, y_pred);
    OWNER o = {.axis = axis};
    return loss_mean(&loss_cosine_similarity, &o, y_true, y_pred);
}
