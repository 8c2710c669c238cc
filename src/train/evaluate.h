/* Passing over data without training. */
#ifndef TRAIN_EVALUATE_H
#define TRAIN_EVALUATE_H

#include "train/bind.h"
#include "train/results.h"

/* Sums of losses, and the metrics' states, of rows first … first + rows - 1. */
mica_status evaluate_part(mica_model *m, mica_dataset *d, int64_t first, int64_t rows,
                          int64_t batch_size, running *r, mica_error *err);
/* outputs[i]: new tensors with a row for every row of d. */
mica_status predict_dataset(mica_model *m, mica_dataset *d, int64_t batch_size,
                            mica_tensor **outputs, mica_error *err);

#endif
