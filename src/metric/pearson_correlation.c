/* PearsonCorrelation: the mean of the products of y_true and y_pred along the axis, each less its
 * mean and divided by its standard deviation.  Source: keras.metrics.PearsonCorrelation. */
#include "metric/metric.h"

#define OWNER mica_pearson_correlation_options

static const field pearson_correlation_fields[] = {
    METRIC_FIELDS(OWNER, "pearson_correlation"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "along which they are compared"), END_OF_FIELDS};

/* x less its mean, divided by its standard deviation */
static mica_tensor *standardized(mica_tensor *x, mica_axes axis) {
    x = mica_subtract(x, mica_mean(x, axis, true));
    return mica_divide(x, mica_sqrt(mica_mean(mica_square(x), axis, true)));
}

static void update(metric_frame *f) {
    mica_axes axis = MICA_AXES(((const OWNER *)f->options)->axis);
    same_form(f);
    mica_tensor *t = standardized(f->y_true, axis), *p = standardized(f->y_pred, axis);
    mean_update(f, mica_mean(mica_multiply(t, p), axis, false));
}

const metric_kind metric_pearson_correlation = {
    .name = "pearson_correlation",
    .class_name = "PearsonCorrelation",
    .fields = pearson_correlation_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 2,
    .update = update,
    .result = mean_result,
};

METRIC_CONSTRUCTOR(pearson_correlation)
