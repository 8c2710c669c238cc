/* The baseline on a model's card: what the training data looked like, so that drift can be seen
 * later. Of every feature a histogram, of labels and predictions the shares of classes (or
 * histograms); no cell of the data: edges are multiples of a
 * round step, mean and deviation have three digits, and of
 * fewer than 30 rows there is none. The object:
 *
 *   "version"      1
 *   "rows"         how many were looked at, spread evenly over the data
 *   "inputs"       for each input {"name", "features": [H, …]}: one for each index of the last axis
 *                  (columns of tables, channels of pictures); pictures of bytes without channels,
 *                  and inputs with more than 256, have one for all
 *                  of texts {"name", "texts": {TEXT: share, …}, "other": share}, of those that came
 *                  10 times or more, 100 at most
 *   "labels", "predictions"   {"classes": [share, …]} of classifiers, else {"features": [H, …]}
 *   H              {"lower", "step", "shares": […], "below", "above", "missing", "mean",
 *                  "deviation", "greatest"}: "greatest" (255) of pixels alone; shares[i] lies in
 * lower + i step … lower + (i + 1) step */
#ifndef TRAIN_BASELINE_H
#define TRAIN_BASELINE_H

#include "data/dataset.h"
#include "model/model.h"

#define BASELINE_VERSION 1

/* *out NULL: too few rows. */
mica_status baseline_of(mica_model *m, mica_dataset *data, json_t **out, mica_error *err);

#endif
