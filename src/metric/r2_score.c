/* R2Score: 1 - sum of (t - p)^2 / sum of (t - mean t)^2 for each output, by weights (infinite: 0);
 * then their mean, or their mean weighted by the second sum, or all of them. With num_regressors r,
 * 1 - (1 - R2) (n - 1) / (n - r - 1), n the number of targets, where n > r + 1.
 * y_true, y_pred (B, K).  Source: keras.metrics.R2Score. */
#include "metric/metric.h"

#include <string.h>

#define OWNER mica_r2_score_options

static const char *const aggregations[] = {"uniform_average", "variance_weighted_average", NULL};

static const field r2_score_fields[] = {METRIC_FIELDS(OWNER, "r2_score"),
                                        TEXT(OWNER, class_aggregation, "uniform_average", NULLABLE,
                                             .choices = aggregations,
                                             .help = "null: a value for each output"),
                                        INTEGER(OWNER, num_regressors, DEFAULT(0), .min = 0,
                                                .max = INFINITY, .help = "of the adjusted score"),
                                        END_OF_FIELDS};

enum { SQUARES, SUM, ERROR, COUNT, SAMPLES };

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    *out = MICA_SHAPE(y_pred->rank > 1 ? y_pred->dims[y_pred->rank - 1] : 1);
}

static void update(metric_frame *f) {
    same_form(f);
    mica_tensor *t = mica_cast(f->y_true, MICA_FLOAT32), *p = mica_cast(f->y_pred, MICA_FLOAT32);
    if (t->shape.rank == 1) t = mica_expand_dims(t, -1), p = mica_expand_dims(p, -1);
    mica_tensor *w = f->sample_weight ? mica_broadcast_like(weights_like(f->sample_weight, t), t)
                                      : mica_ones_like(t);
    mica_tensor *weighted = mica_multiply(t, w), *error = mica_square(mica_subtract(t, p));
    mica_tensor *added[] = {mica_multiply(t, weighted), weighted, mica_multiply(error, w), w};
    for (int i = 0; i < SAMPLES; i++)
        f->new_state[i] = mica_add(f->state[i], mica_sum(added[i], MICA_AXES(0), false));
    f->new_state[SAMPLES] = mica_add(f->state[SAMPLES], mica_size(t, MICA_ALL_AXES));
}

static int64_t result(result_frame *f) {
    const OWNER *o = f->options;
    double sum = 0, weights = 0, n = f->state[SAMPLES][0], r = (double)o->num_regressors;
    bool by_variance = o->class_aggregation && !strcmp(o->class_aggregation, aggregations[1]);
    int64_t values = o->class_aggregation ? 1 : f->counts[0];
    for (int64_t i = 0; i < f->counts[0]; i++) {
        double mean = f->state[SUM][i] / f->state[COUNT][i];
        double total = f->state[SQUARES][i] - f->state[SUM][i] * mean;
        double score = 1 - f->state[ERROR][i] / total, weight = by_variance ? total : 1;
        f->out[i] = isinf(score) ? 0 : score;
        sum += weight * f->out[i];
        weights += weight;
    }
    if (o->class_aggregation) f->out[0] = sum / weights;
    for (int64_t i = 0; i < values && r > 0 && n > r + 1; i++)
        f->out[i] = 1 - (1 - f->out[i]) * (n - 1) / (n - r - 1);
    return values;
}

const metric_kind metric_r2_score = {
    .name = "r2_score",
    .class_name = "R2Score",
    .fields = r2_score_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 5,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(r2_score)
