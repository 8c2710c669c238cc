/* BinaryIoU: IoU of the two classes y_pred < threshold and y_pred >= threshold.
 * Source: keras.metrics.BinaryIoU. */
#include "metric/iou.h"

#define OWNER mica_binary_iou_options

static const field binary_iou_fields[] = {
    METRIC_FIELDS(OWNER, "binary_iou"), IOU_TARGETS(OWNER, NULLABLE),
    REAL(OWNER, threshold, DEFAULT(0.5), .help = "from it on is class 1"), END_OF_FIELDS};

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    *out = MICA_SHAPE(2, 2);
}

static void update(metric_frame *f) {
    double threshold = ((const OWNER *)f->options)->threshold;
    mica_tensor *said = mica_greater_equal(f->y_pred, scalar_like(f->y_pred, threshold));
    iou_update(f, iou_classes(f->y_true, false, -1), iou_classes(said, false, -1), NO_INTEGER);
}

static int64_t result(result_frame *f) {
    return iou_result(f, &((const OWNER *)f->options)->target_class_ids);
}

const metric_kind metric_binary_iou = {
    .name = "binary_iou",
    .class_name = "BinaryIoU",
    .fields = binary_iou_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 1,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(binary_iou)
