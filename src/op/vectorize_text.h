/* Texts to the numbers of their tokens in a vocabulary. */
#ifndef OP_VECTORIZE_TEXT_H
#define OP_VECTORIZE_TEXT_H

#include "op/text_tokens.h"
#include "tensor/tensor.h"

#define WHOLE_TEXT (-1) /* as many tokens as the longest row has; its texts must be known */

typedef struct vectorize_text_attrs {
    text_rule rule;
    int64_t length; /* of a row of numbers, filled up with 0 or cut; WHOLE_TEXT */
    int64_t depth;  /* above 0: instead, which of 0 … depth - 1 are in a row, */
    int64_t counts; /* 1: how often */
    int64_t dtype;  /* as what */
} vectorize_text_attrs;

/* x strings (B, N), N = 1 where texts are split; keys (K) ascending strings, values (K) int64: y
 * (B, length) int64, or (B, depth). A token that is no key has the number 1, or 0 with a depth; one
 * without letters the number 0, or none. */
mica_tensor *vectorize_text(mica_tensor *x, mica_tensor *keys, mica_tensor *values,
                            const vectorize_text_attrs *a);

#endif
