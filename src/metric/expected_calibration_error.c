/* ExpectedCalibrationError: sum over bins of |right - confidence| / n: samples are put into
 * num_bins equal bins by their confidence, the probability of the class that is said, ceil(c bins)
 * - 1; right counts those said rightly, confidence sums c, n all, each by weights. One column is
 * the probability of class 1, said above 0.5.  y_true class numbers or one-hot, y_pred (B, K) or
 * (B, 1) probabilities.  Source: Naeini et al. (2015); Guo et al. (2017), equation 3. Not a metric
 * of Keras.
 */
#include "metric/metric.h"

#define OWNER mica_expected_calibration_error_options

static const field expected_calibration_error_fields[] = {
    METRIC_FIELDS(OWNER, "expected_calibration_error"),
    INTEGER(OWNER, num_bins, DEFAULT(15), .min = 1, .max = 10000, .help = "of confidence"),
    END_OF_FIELDS};

enum { ALL, RIGHT, CONFIDENCE };

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    *out = MICA_SHAPE(((const OWNER *)options)->num_bins);
}

static mica_tensor *flat(mica_tensor *x) { return mica_reshape(x, MICA_SHAPE(-1)); }

/* What is said, with which confidence, and what is; of each sample (N). */
static void compare(metric_frame *f, mica_tensor **right, mica_tensor **confidence) {
    mica_tensor *p = mica_cast(f->y_pred, MICA_FLOAT32), *t = f->y_true, *said;
    if (p->shape.rank < 2 || last_is_one(p)) {
        p = flat(p);
        said = mica_cast(mica_greater(p, scalar_like(p, 0.5)), MICA_INT64);
        *confidence = mica_maximum(p, mica_subtract(scalar_like(p, 1), p));
    } else {
        t = class_numbers(t, p);
        if (t->shape.rank == p->shape.rank) t = mica_argmax(t, -1, false);
        said = flat(mica_argmax(p, -1, false));
        *confidence = flat(mica_max(p, MICA_AXES(-1), false));
    }
    *right = mica_cast(mica_equal(said, flat(mica_cast(t, MICA_INT64))), MICA_FLOAT32);
}

static void update(metric_frame *f) {
    int64_t bins = ((const OWNER *)f->options)->num_bins;
    mica_tensor *right, *confidence;
    compare(f, &right, &confidence);
    mica_tensor *place = mica_multiply(confidence, scalar_like(confidence, (double)bins));
    place = mica_subtract(mica_ceil(place), scalar_like(place, 1));
    place = mica_clip(place, 0, (double)bins - 1);
    mica_tensor *w = mica_one_hot(mica_cast(place, MICA_INT64), bins, MICA_FLOAT32);
    if (f->sample_weight) {
        mica_tensor *weight = mica_cast(f->sample_weight, MICA_FLOAT32);
        w = mica_multiply(w, mica_reshape(weight, MICA_SHAPE(-1, 1)));
    }
    mica_tensor *added[] = {mica_ones_like(right), right, confidence};
    for (int i = ALL; i <= CONFIDENCE; i++) {
        mica_tensor *each = mica_multiply(w, mica_expand_dims(added[i], -1));
        f->new_state[i] = mica_add(f->state[i], mica_sum(each, MICA_AXES(0), false));
    }
}

static int64_t result(result_frame *f) {
    double all = 0, off = 0;
    for (int64_t i = 0; i < f->counts[0]; i++) {
        all += f->state[ALL][i];
        off += fabs(f->state[RIGHT][i] - f->state[CONFIDENCE][i]);
    }
    f->out[0] = ratio(off, all);
    return 1;
}

const metric_kind metric_expected_calibration_error = {
    .name = "expected_calibration_error",
    .class_name = "ExpectedCalibrationError",
    .aliases = {"ece"},
    .fields = expected_calibration_error_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .not_in_keras = true,
    .states = 3,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(expected_calibration_error)
