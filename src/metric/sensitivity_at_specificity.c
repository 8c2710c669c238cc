/* SensitivityAtSpecificity: the greatest sensitivity TP / (TP + FN) at the thresholds where the
 * specificity TN / (TN + FP) is at least specificity.  Source:
 * keras.metrics.SensitivityAtSpecificity. */
#include "metric/trade_off.h"

void trade_off_shape(const void *options, const shape *y_pred, shape *out) {
    *out = MICA_SHAPE(((const trade_off_options *)options)->num_thresholds);
}

void trade_off_update(metric_frame *f) {
    const trade_off_options *o = f->options;
    static const mica_reals half = {1, {0.5}};
    mica_tensor *p;
    counting c = counting_of(f, NO_INTEGER, o->class_id, &p);
    c.said = o->num_thresholds == 1 ? above_thresholds(p, &half)
                                    : above_even_thresholds(p, o->num_thresholds, false);
    count_all(f, &c);
}

int64_t trade_off_result(result_frame *f, double (*given)(const trade_off *),
                         double (*wanted)(const trade_off *)) {
    double least = ((const trade_off_options *)f->options)->specificity, best = 0;
    for (int64_t i = 0; i < f->counts[0]; i++) {
        trade_off t = {f->state[0][i], f->state[1][i], f->state[2][i], f->state[3][i]};
        if ((float)given(&t) >= (float)least) best = fmax(best, wanted(&t));
    }
    f->out[0] = best;
    return 1;
}

TRADE_OFF_METRIC(sensitivity_at_specificity, "SensitivityAtSpecificity", specificity, specificity,
                 sensitivity)
