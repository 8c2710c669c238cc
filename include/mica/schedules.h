/* Learning rates that change with the step, as texts that optimizers take in
 * .learning_rate_schedule. The text lives as long as the context. Further options of
 * keras.optimizers.schedules are given as JSON of {"class_name", "config"} instead. s is the number
 * of steps made so far. */
#ifndef MICA_SCHEDULES_H
#define MICA_SCHEDULES_H

#include "mica/context.h"

MICA_API_BEGIN

/* initial rate^(s / steps); staircase: only at whole multiples. */
const char *mica_schedule_exponential_decay(mica_context *ctx, double initial, double steps,
                                            double rate, bool staircase);
/* (initial - end) (1 - s / steps)^power + end, and end after `steps`. */
const char *mica_schedule_polynomial_decay(mica_context *ctx, double initial, double steps,
                                           double end, double power);
/* initial / (1 + rate s / steps). */
const char *mica_schedule_inverse_time_decay(mica_context *ctx, double initial, double steps,
                                             double rate);
/* From initial to alpha initial along half a cosine of `steps`. */
const char *mica_schedule_cosine_decay(mica_context *ctx, double initial, double steps,
                                       double alpha);
/* values[i] up to and with step boundaries[i], values[count] after the last; count at most 15. */
const char *mica_schedule_piecewise_constant_decay(mica_context *ctx, const double *boundaries,
                                                   const double *values, int count);

MICA_API_END

#endif
