/* x divided by its length along the axes.  Source: keras.ops.normalize. */
#ifndef PART_UNIT_LENGTH_H
#define PART_UNIT_LENGTH_H

#include "mica/math.h"

/* x / max(|x|, least), |x| the square root of the sum of squares along the axes; x any shape.
 * Keras's own least is 1e-7. */
mica_tensor *unit_length(mica_tensor *x, mica_axes axes, double least);

#endif
