/* What resize2d and its gradient share. */
#ifndef OP_RESIZE_H
#define OP_RESIZE_H

#include "op/window.h"

typedef struct resize2d_attrs {
    int64_t size[2]; /* height, width; 0: in * factors */
    int64_t factors[2];
    int64_t method; /* a mica_resize_method */
    int64_t layout; /* a mica_layout */
} resize2d_attrs;

extern const field resize2d_fields[];

mica_status resize2d_result(shape_frame *f, const shape *x, shape *y);

/* Which two elements of n make element i of size, and their weights. */
typedef struct resize_tap {
    int64_t at[2];
    double weight[2];
} resize_tap;
resize_tap resize_source(int64_t method, int64_t i, int64_t n, int64_t size);

bool resize2d_case(int number, resize2d_attrs *a, shape *x, shape *y); /* for the battery */

#endif
