/* What sensitivity_at_specificity, specificity_at_sensitivity, precision_at_recall and
 * recall_at_precision share: the greatest value of one rate at those of num_thresholds thresholds
 * where another is at least so great. */
#ifndef METRIC_TRADE_OFF_H
#define METRIC_TRADE_OFF_H

#include "metric/positives.h"

/* The options of all four, member by member: a required rate first. */
typedef mica_sensitivity_at_specificity_options trade_off_options;

/* One threshold's counts. */
typedef struct trade_off {
    double true_positives, false_positives, false_negatives, true_negatives;
} trade_off;
static inline double sensitivity(const trade_off *t) {
    return ratio(t->true_positives, t->true_positives + t->false_negatives);
}
static inline double specificity(const trade_off *t) {
    return ratio(t->true_negatives, t->true_negatives + t->false_positives);
}
static inline double precision(const trade_off *t) {
    return ratio(t->true_positives, t->true_positives + t->false_positives);
}

void trade_off_shape(const void *options, const shape *y_pred, shape *out);
void trade_off_update(metric_frame *f);
int64_t trade_off_result(result_frame *f, double (*given)(const trade_off *),
                         double (*wanted)(const trade_off *));

#define TRADE_OFF_METRIC(x, class_, rate, given, wanted)                                           \
    static const field x##_fields[] = {                                                            \
        METRIC_FIELDS(mica_##x##_options, #x),                                                     \
        REAL(mica_##x##_options, rate, REQUIRED, .min = 0, .max = 1, .help = "at least so much"),  \
        INTEGER(mica_##x##_options, num_thresholds, DEFAULT(200), .min = 1, .max = 1e6,            \
                .help = "even ones"),                                                              \
        INTEGER(mica_##x##_options, class_id, NULLABLE, .min = 0, .max = INFINITY,                 \
                .help = "only this class"),                                                        \
        END_OF_FIELDS};                                                                            \
    static int64_t result(result_frame *f) { return trade_off_result(f, given, wanted); }          \
    const metric_kind metric_##x = {.name = #x,                                                    \
                                    .class_name = class_,                                          \
                                    .fields = x##_fields,                                          \
                                    .options_size = sizeof(mica_##x##_options),                    \
                                    .ignored = metric_ignored,                                     \
                                    .states = 4,                                                   \
                                    .state_shape = trade_off_shape,                                \
                                    .update = trade_off_update,                                    \
                                    .result = result};                                             \
    METRIC_CONSTRUCTOR(x)

#endif
