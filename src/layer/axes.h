/* Options that are a list of axes: {-1}, {1, 2}. */
#ifndef LAYER_AXES_H
#define LAYER_AXES_H

#include "layer/layer.h"

/* For build: the axes of x, without the negative, rising, into out. Errors: VALUE for one that the
 * input does not have, or that is there twice. */
mica_status axes_check(const shape *axes, const shape *in, mica_axes *out, mica_error *err);
/* For call: the same of a shape that was checked. */
mica_axes axes_for(const shape *axes, const mica_tensor *x);
/* The dims of x along the axes. */
shape axes_dims(const mica_axes *axes, const shape *in);

#endif
