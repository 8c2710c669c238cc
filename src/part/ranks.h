/* Ranks of targets, predictions and weights, as Keras makes them meet. */
#ifndef PART_RANKS_H
#define PART_RANKS_H

#include "tensor/tensor.h"

/* Whether the last dim is 1. */
bool last_is_one(const mica_tensor *t);
/* Ranks that differ by a last dim of 1 become the same.  Source: squeeze_or_expand_to_same_rank. */
void same_rank(mica_tensor **a, mica_tensor **b);
/* Weights in the dtype of values, and in their rank: (B, 1) or (B) beside (B, T). */
mica_tensor *weights_like(mica_tensor *weights, mica_tensor *values);

#endif
