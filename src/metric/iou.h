/* What the metrics of intersection over union share. */
#ifndef METRIC_IOU_H
#define METRIC_IOU_H

#include "metric/metric.h"

#define IOU_CLASSES(options)                                                                       \
    INTEGER(options, num_classes, REQUIRED, .min = 1, .max = 46340, .help = "of the matrix")
#define IOU_TARGETS(options, ...)                                                                  \
    SHAPE_FIELD(options, target_class_ids, __VA_ARGS__, .help = "the classes that count")
#define IOU_AXIS(options)                                                                          \
    INTEGER(options, ignore_class, NULLABLE, .help = "a label that does not count"),               \
        INTEGER(options, axis, DEFAULT(-1), .help = "of the classes where they are one-hot")

/* Adds class numbers `is` that were said to be `said` to state 0 (K, K); those outside 0 … K-1 and
 * of ignore_class (NO_INTEGER: none) do not count. */
void iou_update(metric_frame *f, mica_tensor *is, mica_tensor *said, int64_t ignore_class);
/* x where it holds class numbers, else where it is greatest along the axis. */
mica_tensor *iou_classes(mica_tensor *x, bool one_hot, int64_t axis);
/* Mean of TP / (TP + FP + FN + 1e-7) over these classes (rank 0: all) of those that occur. */
int64_t iou_result(result_frame *f, const mica_shape *classes);

#endif
