/* Attributes of scans along an axis: cumsum, cumprod, cummax. */
#ifndef OP_CUMULATIVE_H
#define OP_CUMULATIVE_H

#include "op/reduce.h"

typedef struct cumulative_attrs {
    int64_t axis;
    bool exclusive; /* element i is of those before it */
    bool reverse;   /* from the end */
} cumulative_attrs;

extern const field cumulative_fields[];

cumulative_attrs cumulative_attrs_of(const mica_tensor *x, int64_t axis, bool exclusive,
                                     bool reverse);
/* The axis is one of in 0's. */
mica_status cumulative_check(shape_frame *f);
/* The spans along the axis of x. */
reduce_walk cumulative_walk(const operand *x, const void *data, const cumulative_attrs *a);
bool cumulative_samples(int number, sample *s, double low, double high);

#endif
