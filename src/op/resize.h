/* What resize and its gradient share: the weights of one axis. */
#ifndef OP_RESIZE_H
#define OP_RESIZE_H

#include "mica/nn.h"
#include "op/array.h"

typedef struct resize_attrs {
    int64_t axis;         /* negative counts from the end */
    int64_t size, factor; /* the new extent; 0: extent * factor */
    int64_t method;       /* a mica_resize_method */
    int64_t antialias;    /* 1: kernels are widened where the axis shrinks */
} resize_attrs;

extern const field resize_fields[];

/* The axis and the new shape. */
mica_status resize_result(shape_frame *f, const shape *x, shape *y, int *axis);

/* How one axis of n elements becomes one of `size`. */
typedef struct resize_axis {
    int64_t method, n, size;
    double scale; /* of the kernel: above 1 where it is widened */
} resize_axis;

resize_axis resize_axis_of(const resize_attrs *a, int64_t n, int64_t size);

/* The elements first … end of n that make element i of the result, and the sum of their weights. */
typedef struct resize_source {
    int64_t first, end;
    double centre, sum;
} resize_source;

resize_source resize_source_of(const resize_axis *r, int64_t i);
/* The share of element j, within first … end; all shares add up to 1. */
double resize_share(const resize_axis *r, const resize_source *s, int64_t j);
/* The elements first … end of the result that element j may be a source of. */
void resize_users(const resize_axis *r, int64_t j, int64_t *first, int64_t *end);

bool resize_case(int number, resize_attrs *a, shape *x, shape *y); /* for the battery */

#endif
