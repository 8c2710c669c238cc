/* F1Score: 2 P R / (P + R + e) of each class, P = TP / (TP + FP + e), R = TP / (TP + FN + e), e =
 * 1e-7. Said is the greatest class (where it is not 0), or every class above the threshold.
 * average: none, micro (all classes as one), macro (the mean), weighted (by how often a class is).
 * Source: keras.metrics.F1Score. */
#include "metric/metric.h"

#include <string.h>

#define EPSILON 1e-7

static const char *const averages[] = {"micro", "macro", "weighted", NULL};

static const field f1_score_fields[] = {
    METRIC_FIELDS(mica_f1_score_options, "f1_score"),
    TEXT(mica_f1_score_options, average, NULL, NULLABLE, .choices = averages,
         .help = "null: a value for each class"),
    REAL(mica_f1_score_options, threshold, DEFAULT(NAN), NULLABLE, .min = 0, .max = 1,
         .help = "null: the greatest class"),
    END_OF_FIELDS};

static bool averages_by(const mica_f1_score_options *o, const char *how) {
    return o->average && !strcmp(o->average, how);
}

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    bool micro = averages_by(options, "micro");
    *out = micro ? MICA_SCALAR : MICA_SHAPE(y_pred->rank ? y_pred->dims[y_pred->rank - 1] : 1);
}

static mica_tensor *said_of(const mica_f1_score_options *o, mica_tensor *p) {
    mica_tensor *said;
    if (o->threshold == o->threshold) said = mica_greater(p, scalar_like(p, o->threshold));
    else {
        mica_tensor *most = mica_greater_equal(p, mica_max(p, MICA_AXES(-1), true));
        said = mica_logical_and(most, mica_greater(mica_abs(p), scalar_like(p, 1e-9)));
    }
    return mica_cast(said, MICA_FLOAT32);
}

static void update(metric_frame *f) {
    const mica_f1_score_options *o = f->options;
    mica_tensor *p = mica_cast(f->y_pred, MICA_FLOAT32), *is = targets_like(f->y_true, p);
    same_rank(&p, &is);
    mica_tensor *said = said_of(o, p), *one = scalar_like(p, 1);
    mica_tensor *counts[] = {mica_multiply(said, is), mica_multiply(said, mica_subtract(one, is)),
                             mica_multiply(mica_subtract(one, said), is), is};
    for (int i = 0; i < 4; i++) {
        mica_tensor *n = counts[i];
        if (f->sample_weight) n = mica_multiply(n, weights_like(f->sample_weight, n));
        n = mica_sum(n, averages_by(o, "micro") ? MICA_ALL_AXES : MICA_AXES(0), false);
        f->new_state[i] = mica_add(f->state[i], n);
    }
}

static int64_t result(result_frame *f) {
    const mica_f1_score_options *o = f->options;
    double sum = 0, weights = EPSILON;
    for (int64_t i = 0; i < f->counts[0]; i++) weights += f->state[3][i];
    for (int64_t i = 0; i < f->counts[0]; i++) {
        double hits = f->state[0][i];
        double precision = hits / (hits + f->state[1][i] + EPSILON);
        double recall = hits / (hits + f->state[2][i] + EPSILON);
        f->out[i] = 2 * precision * recall / (precision + recall + EPSILON);
        sum += f->out[i] *
               (averages_by(o, "weighted") ? f->state[3][i] / weights : 1 / (double)f->counts[0]);
    }
    if (!o->average) return f->counts[0];
    f->out[0] = sum;
    return 1;
}

const metric_kind metric_f1_score = {
    .name = "f1_score",
    .class_name = "F1Score",
    .fields = f1_score_fields,
    .options_size = sizeof(mica_f1_score_options),
    .ignored = metric_ignored,
    .states = 4,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(f1_score)
