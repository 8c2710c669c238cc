/* OneHotMeanIoU: IoU of all classes, of one-hot targets and scores along the axis.  Source:
 * keras.metrics.OneHotMeanIoU. */
#include "metric/iou.h"

#define OWNER mica_one_hot_mean_iou_options

static const field one_hot_mean_iou_fields[] = {
    METRIC_FIELDS(OWNER, "one_hot_mean_iou"), IOU_CLASSES(OWNER), IOU_AXIS(OWNER),
    BOOLEAN(OWNER, sparse_y_pred, .help = "y_pred holds class numbers"), END_OF_FIELDS};

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    int64_t classes = ((const OWNER *)options)->num_classes;
    *out = MICA_SHAPE(classes, classes);
}

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    iou_update(f, iou_classes(f->y_true, true, o->axis),
               iou_classes(f->y_pred, !o->sparse_y_pred, o->axis), o->ignore_class);
}

static int64_t result(result_frame *f) { return iou_result(f, &MICA_SCALAR); }

const metric_kind metric_one_hot_mean_iou = {
    .name = "one_hot_mean_iou",
    .class_name = "OneHotMeanIoU",
    .fields = one_hot_mean_iou_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 1,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(one_hot_mean_iou)
