/* expm1: y = e^x - 1, exact near 0.  x, y any shape, any float type.
 * Gradient: dx = dy (y + 1).  Source: numpy.expm1. */
#include "op/elementwise.h"

static void expm1_gradient(gradient_frame *g) {
    g->din[0] = mica_multiply(g->dout[0], shifted(g->out[0], 1));
}

static double expm1_scalar(const double *x, const void *attrs) { return expm1(x[0]); }

static bool expm1_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(expm1, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = expm1_gradient, .samples = expm1_samples, .tolerance = ROUNDED)
