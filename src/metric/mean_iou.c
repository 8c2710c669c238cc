/* MeanIoU: IoU of all classes.  Source: keras.metrics.MeanIoU. */
#include "metric/iou.h"

#define OWNER mica_mean_iou_options

static const field mean_iou_fields[] = {
    METRIC_FIELDS(OWNER, "mean_iou"),
    IOU_CLASSES(OWNER),
    IOU_AXIS(OWNER),
    NEGATED(OWNER, one_hot_y_true, "sparse_y_true", .help = "y_true holds class numbers"),
    NEGATED(OWNER, one_hot_y_pred, "sparse_y_pred", .help = "y_pred holds class numbers"),
    END_OF_FIELDS};

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    int64_t classes = ((const OWNER *)options)->num_classes;
    *out = MICA_SHAPE(classes, classes);
}

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    iou_update(f, iou_classes(f->y_true, o->one_hot_y_true, o->axis),
               iou_classes(f->y_pred, o->one_hot_y_pred, o->axis), o->ignore_class);
}

static int64_t result(result_frame *f) { return iou_result(f, &MICA_SCALAR); }

const metric_kind metric_mean_iou = {
    .name = "mean_iou",
    .class_name = "MeanIoU",
    .fields = mean_iou_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 1,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(mean_iou)
