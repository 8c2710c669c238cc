/* What layer_norm and rms_norm share. They normalise over the last `axes` axes of x; gamma and beta
 * have the shape of these. Arithmetic is in the wider one of the dtypes of x and gamma. */
#ifndef OP_LAYER_NORM_H
#define OP_LAYER_NORM_H

#include "op/array.h"

typedef struct layer_norm_attrs {
    double epsilon;
    int64_t axes; /* how many, at least 1 */
} layer_norm_attrs;

extern const field layer_norm_fields[];

/* Checks attributes and x = in[at], and the parameters in[at + 1] … in[last]. */
mica_status layer_norm_check(shape_frame *f, int at, int last);
/* The same for a gradient: dy = in[0] like x = in[1], then gamma; outputs dx, then like gamma. */
mica_status layer_norm_backward_check(shape_frame *f);

/* x in the dtype to compute in, and the mean over the last axes, which keep extent 1. */
mica_tensor *layer_norm_widened(mica_tensor *x, const mica_tensor *gamma);
mica_tensor *layer_norm_mean(mica_tensor *t, const layer_norm_attrs *a);
/* 1 / sqrt(mean(t^2) + epsilon). */
mica_tensor *layer_norm_factor(mica_tensor *t, const layer_norm_attrs *a);

/* x is rows times n; for references. */
int64_t layer_norm_extent(const shape *x, const layer_norm_attrs *a);

/* Moves the named axes of x last, so that they are the last a->axes; *back restores the order. NULL
 * parameters become ones (value 1) or zeros of the shape of these axes. */
mica_tensor *layer_norm_turned(mica_tensor *x, mica_axes axes, layer_norm_attrs *a,
                               mica_axes *back);
mica_tensor *layer_norm_parameter(mica_tensor *given, mica_tensor *turned,
                                  const layer_norm_attrs *a, double value);

/* Cases for the battery: attributes, x, and the shape of the parameters. */
bool layer_norm_case(int number, layer_norm_attrs *a, shape *x, shape *parameters);
/* dy, x and gamma: the inputs of both gradients. */
bool layer_norm_backward_samples(int number, sample *s);

#endif
