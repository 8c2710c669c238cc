/* Running sums of one pass over data. */
#ifndef TRAIN_RESULTS_H
#define TRAIN_RESULTS_H

#include "mica/train.h"
#include "model/model.h"

typedef struct running {
    float loss[1 + MAX_MODEL_OUTPUTS]; /* of the last batch: the total, then each output's */
    double sum[1 + MAX_MODEL_OUTPUTS]; /* weighted by rows */
    int64_t rows;
} running;

/* Forgets the sums and the metrics' states. */
void results_begin(const mica_model *m, running *r);
/* Adds r->loss for a batch of that many rows. */
void results_add(const mica_model *m, running *r, int64_t rows);
/* The names of an epoch's results in the order of its logs, with NaN for values: losses and
 * metrics, those of the validation data where there are any, learning_rate where it changes. */
void results_names(const mica_model *m, bool validated, bool rated, mica_results *out);
/* Appends the optimizer's learning_rate. */
void results_put_rate(const mica_model *m, mica_results *out);
/* Appends every loss and metric to out. */
void results_put(const mica_model *m, const running *r, bool validation, mica_results *out);

#endif
