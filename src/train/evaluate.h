/* Passing over data without training. */
#ifndef TRAIN_EVALUATE_H
#define TRAIN_EVALUATE_H

#include "train/bind.h"
#include "train/results.h"

/* What can be found wrong with data that will be evaluated, before it is; `what` as check_whole's.
 */
mica_status check_test_data(mica_model *m, const char *what, mica_dataset *d, mica_error *err);
/* Sums of losses, and the metrics' states, of rows first … first + rows - 1. */
mica_status evaluate_part(mica_model *m, mica_dataset *d, int64_t first, int64_t rows,
                          int64_t batch_size, running *r, mica_error *err);
/* outputs[i]: new tensors with a row for every row of d. */
mica_status predict_dataset(mica_model *m, mica_dataset *d, int64_t batch_size,
                            mica_tensor **outputs, mica_error *err);

#endif
