/* log1p: y = log(1 + x), exact near 0.  x, y any shape, any float type.
 * Gradient: dx = dy / (1 + x).  Source: numpy.log1p. */
#include "op/elementwise.h"

static void log1p_gradient(gradient_frame *g) {
    g->din[0] = mica_divide(g->dout[0], shifted(g->in[0], 1));
}

static double log1p_scalar(const double *x, const void *attrs) { return log1p(x[0]); }

static bool log1p_samples(int number, sample *s) { return samples_unary(number, s, -0.5, 3); }

UNARY_OP(log1p, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = log1p_gradient, .samples = log1p_samples, .tolerance = ROUNDED)
