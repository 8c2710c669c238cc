/* rsqrt: y = 1 / sqrt(x).  x, y any shape, any float type.
 * Gradient: dx = -dy y^3 / 2.  Source: tf.math.rsqrt. */
#include "op/elementwise.h"

static void rsqrt_gradient(gradient_frame *g) {
    mica_tensor *y = g->out[0];
    mica_tensor *cube = mica_multiply(mica_square(y), y);
    g->din[0] = scaled(mica_multiply(g->dout[0], cube), -0.5);
}

static double rsqrt_scalar(const double *x, const void *attrs) { return 1 / sqrt(x[0]); }

static bool rsqrt_samples(int number, sample *s) { return samples_unary(number, s, 0.5, 3); }

UNARY_OP(rsqrt, .traits = PURE | ELEMENTWISE, .shape = shape_of_float, .gradient = rsqrt_gradient,
         .samples = rsqrt_samples, .tolerance = ROUNDED)
