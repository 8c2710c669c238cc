/* What the cross-entropies of rows share: one row is the last axis, K classes. */
#ifndef OP_LOSS_H
#define OP_LOSS_H

#include "op/elementwise.h"
#include "op/reduce.h"

/* in 0 logits (…, K), floats: out 0 (…), out 1 (…, K). */
mica_status shape_of_row_losses(shape_frame *f);
/* in 0 dy (…), in 1 probabilities (…, K), floats: out 0 (…, K). */
mica_status shape_of_row_gradients(shape_frame *f);

/* Attributes of a reduction over the last axis of t. */
reduce_attrs last_axis(const mica_tensor *t);
/* of_y plus the gradient that came through the saved probabilities p; either may be NULL. */
mica_tensor *with_gradient_of_saved(mica_tensor *of_y, mica_tensor *p, mica_tensor *dp);

static inline int64_t classes_of(const shape *s) { return s->dims[s->rank - 1]; }
/* Writes row i of out 1 = softmax(in 0), returns log(sum of e^z). */
double softmax_row(const kernel_call *c, int64_t i, int64_t classes);
/* Label i, or -1 where it is no whole number from 0 to classes - 1. */
int64_t label_of(const operand *info, const void *labels, int64_t i, int64_t classes);

/* Samples: in 0 logits; in 0 dy and in 1 probabilities; adds labels of the rows of input `rows`, of
 * another dtype every time. */
bool row_loss_samples(int number, sample *s);
bool row_gradient_samples(int number, sample *s);
void add_label_samples(sample *s, int logits, int number);

#endif
