/* Models that tell classes apart. */
#ifndef TRAIN_CLASSIFIER_H
#define TRAIN_CLASSIFIER_H

#include "model/model.h"

/* By its loss and its only output: one of several classes, or two with one number. */
bool is_classifier(const mica_model *m);
/* The greatest of n numbers; of one number whether it is above a half. */
int64_t class_of_row(const double *row, int64_t n);

#endif
