/* x divided by its length along the axes.  Source: keras.ops.normalize. */
#ifndef PART_UNIT_LENGTH_H
#define PART_UNIT_LENGTH_H

#include "mica/math.h"

/* x / max(|x|, 1e-7), |x| the square root of the sum of squares along the axes; x any shape. */
mica_tensor *unit_length(mica_tensor *x, mica_axes axes);

#endif
