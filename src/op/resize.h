/* What resize and its gradient share. */
#ifndef OP_RESIZE_H
#define OP_RESIZE_H

#include "mica/nn.h"
#include "op/array.h"
#include "transform/resize_weights.h"

typedef struct resize_attrs {
    int64_t axis;         /* negative counts from the end */
    int64_t size, factor; /* the new extent; 0: extent * factor */
    int64_t method;       /* a mica_resize_method */
    int64_t antialias;    /* 1: kernels are widened where the axis shrinks */
} resize_attrs;

extern const field resize_fields[];

/* The axis and the new shape. */
mica_status resize_result(shape_frame *f, const shape *x, shape *y, int *axis);

resize_axis resize_axis_for(const resize_attrs *a, int64_t n, int64_t size);

bool resize_case(int number, resize_attrs *a, shape *x, shape *y); /* for the battery */

#endif
