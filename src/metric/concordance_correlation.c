/* ConcordanceCorrelation: the mean along the axis of 2 (t - m) (p - m) / (var(t) + var(p) +
 * (mean(t) - m)^2 + 1e-7), m the mean of p.  Source: keras.metrics.ConcordanceCorrelation. */
#include "metric/metric.h"

#define OWNER mica_concordance_correlation_options

static const field concordance_correlation_fields[] = {
    METRIC_FIELDS(OWNER, "concordance_correlation"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "along which they are compared"), END_OF_FIELDS};

static mica_tensor *variance(mica_tensor *x, mica_tensor *mean, mica_axes axis) {
    return mica_mean(mica_square(mica_subtract(x, mean)), axis, true);
}

static void update(metric_frame *f) {
    mica_axes axis = MICA_AXES(((const OWNER *)f->options)->axis);
    same_form(f);
    mica_tensor *t = f->y_true, *p = f->y_pred, *mean_t = mica_mean(t, axis, true);
    mica_tensor *mean_p = mica_mean(p, axis, true);
    mica_tensor *from_t = mica_subtract(t, mean_p), *from_p = mica_subtract(p, mean_p);
    mica_tensor *norm = mica_add(variance(t, mean_t, axis), variance(p, mean_p, axis));
    norm = mica_add(norm, mica_square(mica_subtract(mean_t, mean_p)));
    norm = mica_add(norm, scalar_like(norm, PROBABILITY_EPSILON));
    mica_tensor *both = mica_multiply(from_t, from_p), *two = scalar_like(both, 2);
    mean_update(f, mica_mean(mica_divide(mica_multiply(two, both), norm), axis, false));
}

const metric_kind metric_concordance_correlation = {
    .name = "concordance_correlation",
    .class_name = "ConcordanceCorrelation",
    .fields = concordance_correlation_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR(concordance_correlation)
