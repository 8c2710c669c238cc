/* What adam and adamw share, and muon takes. */
#ifndef OPTIM_ADAM_H
#define OPTIM_ADAM_H

#include "optim/optimizer.h"

#define ADAM_FIELDS(o)                                                                             \
    SHARE(o, beta_1, 0.9, "of the mean"), SHARE(o, beta_2, 0.999, "of the square"),                \
        FACTOR(o, epsilon, 1e-7, "of the divisor"),                                                \
        BOOLEAN(o, amsgrad, .help = "the greatest square so far")

/* The options of both, member by member. */
typedef mica_adam_options adam_options;

bool adam_has_slot(const void *options, int slot);
void adam_prepare(step_frame *f);
void adam_step(step_frame *f);
/* Adam's step with scalar[0] as the corrected rate. */
void adam_move(step_frame *f, double beta_1, double beta_2, double epsilon);

#endif
