/* ConfusionMatrix: how often class i (row) was taken for class j (column), by weights.  Not a
 * metric of Keras; its numbers are those of keras.src.metrics.metrics_utils.confusion_matrix. */
#include "metric/confusion_matrix.h"

static const field confusion_matrix_fields[] = {
    METRIC_FIELDS(mica_confusion_matrix_options, "confusion_matrix"), END_OF_FIELDS};

static int64_t classes_of(const shape *y_pred) {
    int64_t outputs = y_pred->rank ? y_pred->dims[y_pred->rank - 1] : 1;
    return outputs == 1 ? 2 : outputs;
}

void confusion_shape(const void *options, const shape *y_pred, shape *out) {
    *out = MICA_SHAPE(classes_of(y_pred), classes_of(y_pred));
}

/* Each sample's class, one-hot (N, K): from scores of K classes, or one score a sample. */
static mica_tensor *said_of(mica_tensor *p, int64_t classes) {
    bool binary = p->shape.rank == 0 || last_is_one(p) || p->shape.rank == 1;
    mica_tensor *said = binary ? mica_greater(p, scalar_like(p, 0.5)) : mica_argmax(p, -1, false);
    said = mica_reshape(mica_cast(said, MICA_INT64), MICA_SHAPE(-1));
    return mica_one_hot(said, classes, MICA_FLOAT32);
}

static mica_tensor *is_of(mica_tensor *t, mica_tensor *p, int64_t classes) {
    bool one_hot = t->shape.rank == p->shape.rank && !last_is_one(t) && t->shape.rank > 1;
    if (one_hot) t = mica_argmax(t, -1, false);
    t = mica_reshape(mica_cast(t, MICA_INT64), MICA_SHAPE(-1));
    return mica_one_hot(t, classes, MICA_FLOAT32);
}

void confusion_update(metric_frame *f) {
    int64_t classes = f->state[0]->shape.dims[0];
    mica_tensor *p = mica_cast(f->y_pred, MICA_FLOAT32);
    mica_tensor *said = said_of(p, classes), *is = is_of(f->y_true, p, classes);
    if (f->sample_weight) {
        mica_tensor *w = mica_cast(f->sample_weight, MICA_FLOAT32);
        is = mica_multiply(is, mica_reshape(w, MICA_SHAPE(-1, 1)));
    }
    f->new_state[0] = mica_add(f->state[0], mica_matmul_t(is, said, true, false));
}

static int64_t result(result_frame *f) {
    for (int64_t i = 0; i < f->counts[0]; i++) f->out[i] = f->state[0][i];
    return f->counts[0];
}

/* The share on the diagonal. */
static double one(const result_frame *f, int64_t values) {
    double all = 0, right = 0;
    int64_t classes = (int64_t)(sqrt((double)values) + 0.5);
    for (int64_t i = 0; i < values; i++) {
        all += f->out[i];
        if (i / classes == i % classes) right += f->out[i];
    }
    return ratio(right, all);
}

const metric_kind metric_confusion_matrix = {
    .name = "confusion_matrix",
    .class_name = "ConfusionMatrix",
    .fields = confusion_matrix_fields,
    .options_size = sizeof(mica_confusion_matrix_options),
    .ignored = metric_ignored,
    .not_in_keras = true,
    .states = 1,
    .state_shape = confusion_shape,
    .update = confusion_update,
    .result = result,
    .one = one,
};

METRIC_CONSTRUCTOR(confusion_matrix)
