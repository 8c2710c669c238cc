/* IoU: the mean over target_class_ids of TP / (TP + FP + FN), of those that occur; both y_true and
 * y_pred hold class numbers, or are one-hot (scores) along the axis where sparse_y_true,
 * sparse_y_pred are false. Weights count as they are given (Keras cuts them to integers). Source:
 * keras.metrics.IoU. */
#include "metric/iou.h"

#define OWNER mica_iou_options
#define EPSILON 1e-7

static const field iou_fields[] = {
    METRIC_FIELDS(OWNER, "iou"),
    IOU_CLASSES(OWNER),
    IOU_TARGETS(OWNER, REQUIRED),
    IOU_AXIS(OWNER),
    NEGATED(OWNER, one_hot_y_true, "sparse_y_true", .help = "y_true holds class numbers"),
    NEGATED(OWNER, one_hot_y_pred, "sparse_y_pred", .help = "y_pred holds class numbers"),
    END_OF_FIELDS};

mica_tensor *iou_classes(mica_tensor *x, bool one_hot, int64_t axis) {
    return mica_reshape(one_hot ? mica_argmax(x, axis, false) : mica_cast(x, MICA_INT64),
                        MICA_SHAPE(-1));
}

void iou_update(metric_frame *f, mica_tensor *is, mica_tensor *said, int64_t ignore_class) {
    int64_t classes = f->state[0]->shape.dims[0];
    mica_tensor *rows = mica_one_hot(is, classes, MICA_FLOAT32);
    mica_tensor *columns = mica_one_hot(said, classes, MICA_FLOAT32);
    mica_tensor *w = f->sample_weight ? mica_cast(f->sample_weight, MICA_FLOAT32) : NULL;
    if (w) rows = mica_multiply(rows, mica_reshape(w, MICA_SHAPE(-1, 1)));
    if (ignore_class != NO_INTEGER) {
        mica_tensor *counts = mica_not_equal(is, scalar_like(is, (double)ignore_class));
        rows = mica_multiply(rows, mica_expand_dims(mica_cast(counts, MICA_FLOAT32), -1));
    }
    f->new_state[0] = mica_add(f->state[0], mica_matmul_t(rows, columns, true, false));
}

int64_t iou_result(result_frame *f, const mica_shape *wanted) {
    int64_t classes = (int64_t)(sqrt((double)f->counts[0]) + 0.5);
    int64_t n = wanted->rank ? wanted->rank : classes;
    double sum = 0, valid = EPSILON;
    for (int64_t i = 0; i < n; i++) {
        int64_t k = wanted->rank ? wanted->dims[i] : i;
        if (k < 0 || k >= classes) continue;
        double both = f->state[0][k * classes + k], either = -both;
        for (int64_t j = 0; j < classes; j++)
            either += f->state[0][k * classes + j] + f->state[0][j * classes + k];
        if (either <= 1e-9) continue;
        sum += both / (either + EPSILON);
        valid += 1;
    }
    f->out[0] = sum / valid;
    return 1;
}

static void state_shape(const void *options, const shape *y_pred, shape *out) {
    int64_t classes = ((const OWNER *)options)->num_classes;
    *out = MICA_SHAPE(classes, classes);
}

static void update(metric_frame *f) {
    const OWNER *o = f->options;
    iou_update(f, iou_classes(f->y_true, o->one_hot_y_true, o->axis),
               iou_classes(f->y_pred, o->one_hot_y_pred, o->axis), o->ignore_class);
}

static int64_t result(result_frame *f) {
    return iou_result(f, &((const OWNER *)f->options)->target_class_ids);
}

const metric_kind metric_iou = {
    .name = "iou",
    .class_name = "IoU",
    .fields = iou_fields,
    .options_size = sizeof(OWNER),
    .ignored = metric_ignored,
    .states = 1,
    .state_shape = state_shape,
    .update = update,
    .result = result,
};

METRIC_CONSTRUCTOR(iou)
