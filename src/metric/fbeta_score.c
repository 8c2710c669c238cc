/* FBetaScore: (1 + b^2) P R / (b^2 P + R + e) of each class, P = TP / (TP + FP + e), R = TP / (TP +
 * FN + e), e = 1e-7. Said is the greatest class (where it is not 0), or every class above the
 * threshold. average: none, micro (all classes as one), macro (the mean), weighted (by how often a
 * class is).  Source: keras.metrics.FBetaScore. */
#include "metric/f_score.h"

#include <string.h>

#define OWNER mica_fbeta_score_options
#define EPSILON 1e-7

const char *const f_score_averages[] = {"micro", "macro", "weighted", NULL};

static bool is_average(const char *average, const char *how) {
    return average && !strcmp(average, how);
}

void f_score_shape(const char *average, const shape *y_pred, shape *out) {
    bool micro = is_average(average, "micro");
    *out = micro ? MICA_SCALAR : MICA_SHAPE(y_pred->rank ? y_pred->dims[y_pred->rank - 1] : 1);
}

static mica_tensor *said_of(double threshold, mica_tensor *p) {
    mica_tensor *said;
    if (threshold == threshold) said = mica_greater(p, scalar_like(p, threshold));
    else {
        mica_tensor *most = mica_greater_equal(p, mica_max(p, MICA_AXES(-1), true));
        said = mica_logical_and(most, mica_greater(mica_abs(p), scalar_like(p, 1e-9)));
    }
    return mica_cast(said, MICA_FLOAT32);
}

void f_score_update(metric_frame *f, const char *average, double threshold) {
    mica_tensor *p = mica_cast(f->y_pred, MICA_FLOAT32), *is = targets_like(f->y_true, p);
    same_rank(&p, &is);
    mica_tensor *said = said_of(threshold, p), *one = scalar_like(p, 1);
    mica_tensor *counts[] = {mica_multiply(said, is), mica_multiply(said, mica_subtract(one, is)),
                             mica_multiply(mica_subtract(one, said), is), is};
    for (int i = 0; i < 4; i++) {
        mica_tensor *n = counts[i];
        if (f->sample_weight) n = mica_multiply(n, weights_like(f->sample_weight, n));
        n = mica_sum(n, is_average(average, "micro") ? MICA_ALL_AXES : MICA_AXES(0), false);
        f->new_state[i] = mica_add(f->state[i], n);
    }
}

int64_t f_score_result(result_frame *f, const char *average, double beta) {
    double sum = 0, weights = EPSILON, square = beta * beta;
    for (int64_t i = 0; i < f->counts[0]; i++) weights += f->state[3][i];
    for (int64_t i = 0; i < f->counts[0]; i++) {
        double hits = f->state[0][i];
        double precision = hits / (hits + f->state[1][i] + EPSILON);
        double recall = hits / (hits + f->state[2][i] + EPSILON);
        double both = precision * recall / (square * precision + recall + EPSILON);
        f->out[i] = (1 + square) * both;
        sum += f->out[i] * (is_average(average, "weighted") ? f->state[3][i] / weights
                                                            : 1 / (double)f->counts[0]);
    }
    if (!average) return f->counts[0];
    f->out[0] = sum;
    return 1;
}

static const field fbeta_score_fields[] = {
    METRIC_FIELDS(OWNER, "fbeta_score"), F_SCORE_FIELDS(OWNER),
    REAL(OWNER, beta, DEFAULT(1), .flags = FIELD_POSITIVE, .help = "weight of the recall"),
    END_OF_FIELDS};

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    f_score_shape(((const OWNER *)options)->average, y_pred, out);
}

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    f_score_update(f, o->average, o->threshold);
}

static int64_t result(result_frame *f) {
    const OWNER *o = f->options;
    return f_score_result(f, o->average, o->beta);
}

const metric_kind metric_fbeta_score = {
    .name = "fbeta_score",
    .class_name = "FBetaScore",
    .fields = fbeta_score_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 4,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(fbeta_score)
