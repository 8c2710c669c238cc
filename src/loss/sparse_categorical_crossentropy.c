/* SparseCategoricalCrossentropy: -log(p[label]), p limited to 1e-7 … 1 - 1e-7 and then made to sum
 * to 1; from logits the log softmax.  y_true (B, …) or (B, …, 1) class numbers, y_pred (B, …, K).
 * Source: keras.losses.SparseCategoricalCrossentropy. */
#include "loss/loss.h"

#define OWNER mica_sparse_categorical_crossentropy_options

static const field sparse_categorical_crossentropy_fields[] = {
    LOSS_FIELDS(OWNER, "sparse_categorical_crossentropy"),
    BOOLEAN(OWNER, from_logits, .help = "y_pred is before the softmax"),
    INTEGER(OWNER, ignore_class, NULLABLE, .help = "a label that does not count"),
    INTEGER(OWNER, axis, DEFAULT(-1), .min = -1, .max = -1, .flags = FIELD_HIDDEN,
            .help = "of the classes"),
    END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *labels = f->y_true, *logits = loss_logits(f, o->from_logits, &op_softmax);
    if (o->ignore_class == NO_INTEGER)
        return measure_sparse_categorical_crossentropy(labels, f->y_pred, logits);
    mica_tensor *counts = mica_not_equal(labels, scalar_like(labels, (double)o->ignore_class));
    labels = mica_where(counts, labels, scalar_like(labels, 0));
    mica_tensor *losses = measure_sparse_categorical_crossentropy(labels, f->y_pred, logits);
    f->mask = f->mask ? mica_logical_and(f->mask, counts) : counts;
    return mica_where(counts, losses, scalar_like(losses, 0));
}

static bool ignores(const void *options, double label) {
    const OWNER *o = options;
    return o->ignore_class != NO_INTEGER && label == (double)o->ignore_class;
}

const loss_kind loss_sparse_categorical_crossentropy = {
    .name = "sparse_categorical_crossentropy",
    .class_name = "SparseCategoricalCrossentropy",
    .fields = sparse_categorical_crossentropy_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
    .sparse_labels = true,
    .ignores = ignores,
};

LOSS_CONSTRUCTOR(sparse_categorical_crossentropy)

mica_tensor *mica_sparse_categorical_crossentropy(mica_tensor *y_true, mica_tensor *y_pred,
                                                  bool from_logits) {
    NEEDS(y_true, y_pred);
    OWNER o = {.from_logits = from_logits, .ignore_class = NO_INTEGER, .axis = -1};
    return loss_mean(&loss_sparse_categorical_crossentropy, &o, y_true, y_pred);
}
