/* Models that tell classes apart. */
#ifndef TRAIN_CLASSIFIER_H
#define TRAIN_CLASSIFIER_H

#include "model/model.h"

/* By its loss and its only output: one of several classes, or two with one number. */
bool is_classifier(const mica_model *m);
/* The greatest of n numbers; of one number whether it is above a half. */
int64_t class_of_row(const double *row, int64_t n);

/* ---- scores as classes, for whoever shows them ---- */

/* Whether the only output holds scores of classes: the card names as many, or the loss says so. */
bool scores_classes(const mica_model *m);

typedef struct ranked {
    int64_t class;
    double score;
} ranked;
/* Whether one score is better than another: greater; what is no number is worse than any. */
static inline bool score_beats(double one, double other) {
    return one > other || (other != other && one == one);
}
/* Scores of classes, best first, the first of equals before; one column is the score of the second
 * of two classes. Returns how many: at most width + 1. Where the first is no number, no class was
 * found. */
int64_t rank_classes(const double *row, int64_t width, ranked *out);

#endif
