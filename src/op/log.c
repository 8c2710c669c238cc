/* log: y = natural logarithm of x, -inf at 0, NaN below.  x, y any shape, any float type.
 * Gradient: dx = dy / x.  Source: numpy.log; ONNX Log. */
#include "op/elementwise.h"

static void log_gradient(gradient_frame *g) { g->din[0] = mica_divide(g->dout[0], g->in[0]); }

static double log_scalar(const double *x, const void *attrs) { return log(x[0]); }

static bool log_samples(int number, sample *s) { return samples_unary(number, s, 0.5, 3); }

UNARY_OP(log, .traits = PURE | ELEMENTWISE, .shape = shape_of_float, .gradient = log_gradient,
         .samples = log_samples, .tolerance = ROUNDED)
