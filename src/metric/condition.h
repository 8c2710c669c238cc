/* What true_positives, false_positives, true_negatives and false_negatives share. */
#ifndef METRIC_CONDITION_H
#define METRIC_CONDITION_H

#include "metric/positives.h"

/* The options of all four, member by member. */
typedef mica_true_positives_options condition_options;

/* State 0 has an element a threshold. */
void condition_shape(const void *options, const shape *y_pred, shape *out);
void condition_update(metric_frame *f, mica_tensor *(*count)(const counting *));
int64_t condition_result(result_frame *f);

#define CONDITION_METRIC(x, class_)                                                                \
    static const field x##_fields[] = {METRIC_FIELDS(mica_##x##_options, #x),                      \
                                       NUMBERS(mica_##x##_options, thresholds, NULLABLE, .min = 0, \
                                               .max = 1, .help = "one value each; null: 0.5"),     \
                                       END_OF_FIELDS};                                             \
    static void update(metric_frame *f) { condition_update(f, count_##x); }                        \
    const metric_kind metric_##x = {.name = #x,                                                    \
                                    .class_name = class_,                                          \
                                    .fields = x##_fields,                                          \
                                    .options_size = sizeof(mica_##x##_options),                    \
                                    .ignored = metric_ignored,                                     \
                                    .states = 1,                                                   \
                                    .state_shape = condition_shape,                                \
                                    .update = update,                                              \
                                    .result = condition_result};                                   \
    METRIC_CONSTRUCTOR(x)

#endif
