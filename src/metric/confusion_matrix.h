/* Counting how often class i (row) was taken for class j (column): what several metrics are made
 * of.
 */
#ifndef METRIC_CONFUSION_MATRIX_H
#define METRIC_CONFUSION_MATRIX_H

#include "metric/metric.h"

/* State 0 is (K, K); a y_pred of one column is two classes, parted at 0.5. */
void confusion_shape(const void *options, const shape *y_pred, shape *out);
void confusion_update(metric_frame *f);

#endif
