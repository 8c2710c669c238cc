/* CosineSimilarity: the mean of the sum of y_true y_pred along the axis, each divided by its norm:
 * 1 is the same direction.  Source: keras.metrics.CosineSimilarity. */
#include "metric/metric.h"

#define OWNER mica_cosine_similarity_metric_options

static const field cosine_similarity_fields[] = {
    METRIC_FIELDS(OWNER, "cosine_similarity"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the vectors"), END_OF_FIELDS};

static void update(metric_frame *f) {
    same_form(f);
    int64_t axis = ((const OWNER *)f->options)->axis;
    mean_update(f, measure_cosine_similarity(f->y_true, f->y_pred, axis));
}

const metric_kind metric_cosine_similarity = {
    .name = "cosine_similarity",
    .class_name = "CosineSimilarity",
    .aliases = {"cosine_proximity", "cosine"},
    .fields = cosine_similarity_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR_OF(cosine_similarity, cosine_similarity_metric)
