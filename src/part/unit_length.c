/* Vectors of length 1: see unit_length.h. */
#include "part/unit_length.h"

#include "op/emit.h"

/* Keras takes the lesser of 1 / |x| and 1 / least, which is the same number; but here the gradient
 * at a vector of zeros is not NaN. */
mica_tensor *unit_length(mica_tensor *x, mica_axes axes, double least) {
    mica_tensor *squares = mica_sum(mica_square(x), axes, true);
    return mica_multiply(x, mica_rsqrt(mica_maximum(squares, scalar_like(squares, least * least))));
}
