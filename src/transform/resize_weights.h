/* The weights of one axis in another extent: for pictures that are read (transform) and for the op
 * `resize` (op), which sums and differentiates with them. */
#ifndef TRANSFORM_RESIZE_WEIGHTS_H
#define TRANSFORM_RESIZE_WEIGHTS_H

#include "mica/nn.h"

#include <stdbool.h>
#include <stdint.h>

/* How one axis of n elements becomes one of `size`. */
typedef struct resize_axis {
    mica_resize_method method;
    int64_t n, size;
    double scale; /* of the kernel: above 1 where it is widened */
    bool coarse;  /* places are rounded to 1/1024 */
} resize_axis;

resize_axis resize_axis_of(mica_resize_method method, bool antialias, int64_t n, int64_t size);
/* The most elements of n that one of the result is made of. */
int64_t resize_taps(const resize_axis *r);

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

#endif
