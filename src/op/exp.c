/* exp: y = e^x.  x, y any shape, any float type.
 * Gradient: dx = dy y.  Source: numpy.exp; ONNX Exp. */
#include "op/elementwise.h"

static void exp_gradient(gradient_frame *g) { g->din[0] = mica_multiply(g->dout[0], g->out[0]); }

static double exp_scalar(const double *x, const void *attrs) { return exp(x[0]); }

static bool exp_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(exp, .traits = PURE | ELEMENTWISE, .shape = shape_of_float, .gradient = exp_gradient,
         .samples = exp_samples, .tolerance = ROUNDED)
