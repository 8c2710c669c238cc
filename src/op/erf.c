/* erf: y = 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.  x, y any shape, any float
 * type. Gradient: dx = dy 2 / sqrt(pi) e^(-x^2).  Source: scipy.special.erf; ONNX Erf. */
#include "op/elementwise.h"

static void erf_gradient(gradient_frame *g) {
    mica_tensor *bell = mica_exp(mica_negative(mica_square(g->in[0])));
    g->din[0] = scaled(mica_multiply(g->dout[0], bell), M_2_SQRTPI);
}

static double erf_scalar(const double *x, const void *attrs) { return erf(x[0]); }

static bool erf_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(erf, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float,
         .gradient = erf_gradient, .samples = erf_samples, .tolerance = ROUNDED)
