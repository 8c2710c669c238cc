/* Drawing of classes in proportion. */
#ifndef TRANSFORM_SHARE_OUT_H
#define TRANSFORM_SHARE_OUT_H

#include "base/error.h"

#include <stdint.h>

/* taken[c] of there[c] rows, `draws` of all: there[c] / all * draws rounded down; what is missing
 * goes to the largest remainders, of equal ones to that of the least lot (NULL: to the first).
 * The mode of the multivariate hypergeometric distribution. Source: scikit-learn's
 * StratifiedShuffleSplit, train_test_split(stratify=y). */
mica_status share_out(const int64_t *there, int64_t classes, int64_t draws, const uint32_t *lot,
                      int64_t *taken, mica_error *err);

#endif
