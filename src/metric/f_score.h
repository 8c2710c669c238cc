/* What F1Score and FBetaScore share. */
#ifndef METRIC_F_SCORE_H
#define METRIC_F_SCORE_H

#include "metric/metric.h"

#define F_SCORE_FIELDS(options)                                                                    \
    TEXT(options, average, NULL, NULLABLE, .choices = f_score_averages,                            \
         .help = "null: a value for each class"),                                                  \
        REAL(options, threshold, DEFAULT(NAN), NULLABLE, .min = 0, .max = 1,                       \
             .help = "null: the greatest class")

extern const char *const f_score_averages[];

void f_score_shape(const char *average, const shape *y_pred, shape *out);
void f_score_update(metric_frame *f, const char *average, double threshold);
int64_t f_score_result(result_frame *f, const char *average, double beta);

#endif
