/* CTC: connectionist temporal classification, mica_ctc_loss with class 0 as the blank; labels of 0
 * are padding and end their row; every time step counts.  y_true (B, L) labels, y_pred (B, T, K)
 * logits -> (B). Source: keras.losses.CTC; Graves et al. (2006). */
#include "loss/loss.h"

#define OWNER mica_ctc_options

static const field ctc_fields[] = {LOSS_FIELDS(OWNER, "ctc"), END_OF_FIELDS};

static mica_tensor *call(loss_frame *f) {
    mica_tensor *logits = widened(f->y_pred);
    mica_tensor *labels = mica_cast(f->y_true, MICA_INT32);
    mica_tensor *is = mica_cast(mica_not_equal(labels, scalar_like(labels, 0)), MICA_INT32);
    return mica_ctc_loss(labels, logits, mica_sum(is, MICA_AXES(-1), false), NULL, 0);
}

const loss_kind loss_ctc = {
    .name = "ctc",
    .class_name = "CTC",
    .fields = ctc_fields,
    .options_size = sizeof(OWNER),
    .ignored = loss_ignored,
    .call = call,
    .sparse_labels = true,
    .free_labels = true,
};

LOSS_CONSTRUCTOR(ctc)

mica_tensor *mica_ctc(mica_tensor *y_true, mica_tensor *y_pred) {
    NEEDS(y_true, y_pred);
    return loss_mean(&loss_ctc, NULL, y_true, y_pred);
}
