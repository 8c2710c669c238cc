/* Attributes of attention and attention_weights. */
#ifndef OP_ATTENTION_H
#define OP_ATTENTION_H

#include "op/array.h"

typedef struct attention_attrs {
    double scale;   /* of the products */
    int64_t causal; /* 1: row t sees columns 0 … t only */
} attention_attrs;

extern const field attention_fields[];

/* Attributes of a call; scale 0: 1 / sqrt(D). */
attention_attrs attention_attrs_of(const mica_tensor *q, bool causal, double scale);
/* Checks q, k, and a mask after the first `operands` inputs; gives the shape (…, T, S). */
mica_status attention_check(shape_frame *f, int operands, shape *weights);

#endif
