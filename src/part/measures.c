/* Distances of predictions from targets: see measures.h. */
#include "part/measures.h"

#include "mica/array.h"
#include "mica/math.h"
#include "mica/nn.h"

static mica_tensor *over_last(mica_tensor *x) { return mica_mean(x, MICA_AXES(-1), false); }
static mica_tensor *plus(mica_tensor *x, double y) { return mica_add(x, scalar_like(x, y)); }
static mica_tensor *times(mica_tensor *x, double y) { return mica_multiply(x, scalar_like(x, y)); }
static mica_tensor *at_least(mica_tensor *x, double y) {
    return mica_maximum(x, scalar_like(x, y));
}
static mica_tensor *one_minus(mica_tensor *x) { return mica_subtract(scalar_like(x, 1), x); }

mica_tensor *measure_mean_squared_error(mica_tensor *t, mica_tensor *p) {
    return over_last(mica_square(mica_subtract(p, t)));
}

mica_tensor *measure_mean_absolute_error(mica_tensor *t, mica_tensor *p) {
    return over_last(mica_abs(mica_subtract(p, t)));
}

mica_tensor *measure_mean_absolute_percentage_error(mica_tensor *t, mica_tensor *p) {
    mica_tensor *divisor = at_least(mica_abs(t), PROBABILITY_EPSILON);
    return times(over_last(mica_abs(mica_divide(mica_subtract(t, p), divisor))), 100);
}

static mica_tensor *log_plus_one(mica_tensor *x) {
    return mica_log(plus(at_least(x, PROBABILITY_EPSILON), 1));
}

mica_tensor *measure_mean_squared_logarithmic_error(mica_tensor *t, mica_tensor *p) {
    return over_last(mica_square(mica_subtract(log_plus_one(p), log_plus_one(t))));
}

mica_tensor *measure_log_cosh(mica_tensor *t, mica_tensor *p) {
    mica_tensor *d = mica_subtract(p, t);
    return over_last(plus(mica_add(d, mica_softplus(times(d, -2))), -0.6931471805599453));
}

mica_tensor *measure_kl_divergence(mica_tensor *t, mica_tensor *p) {
    t = mica_clip(t, PROBABILITY_EPSILON, 1);
    p = mica_clip(p, PROBABILITY_EPSILON, 1);
    return mica_sum(mica_multiply(t, mica_log(mica_divide(t, p))), MICA_AXES(-1), false);
}

mica_tensor *measure_poisson(mica_tensor *t, mica_tensor *p) {
    mica_tensor *likely = mica_multiply(t, mica_log(plus(p, PROBABILITY_EPSILON)));
    return over_last(mica_subtract(p, likely));
}

/* max(1 - t p, 0) */
static mica_tensor *hinges(mica_tensor *t, mica_tensor *p) {
    mica_tensor *zero = mica_equal(t, scalar_like(t, 0)), *one = mica_equal(t, scalar_like(t, 1));
    mica_tensor *binary = mica_all(mica_logical_or(zero, one), MICA_ALL_AXES, false);
    t = mica_where(binary, plus(times(t, 2), -1), t);
    return at_least(one_minus(mica_multiply(t, p)), 0);
}

mica_tensor *measure_hinge(mica_tensor *t, mica_tensor *p) { return over_last(hinges(t, p)); }

mica_tensor *measure_squared_hinge(mica_tensor *t, mica_tensor *p) {
    return over_last(mica_square(hinges(t, p)));
}

mica_tensor *measure_categorical_hinge(mica_tensor *t, mica_tensor *p) {
    mica_tensor *right = mica_sum(mica_multiply(t, p), MICA_AXES(-1), false);
    mica_tensor *wrong = mica_max(mica_multiply(one_minus(t), p), MICA_AXES(-1), false);
    return at_least(plus(mica_subtract(wrong, right), 1), 0);
}

mica_tensor *measure_cosine_similarity(mica_tensor *t, mica_tensor *p, int64_t axis) {
    t = mica_normalize(t, MICA_AXES(axis), PROBABILITY_EPSILON);
    p = mica_normalize(p, MICA_AXES(axis), PROBABILITY_EPSILON);
    return mica_sum(mica_multiply(t, p), MICA_AXES(axis), false);
}
