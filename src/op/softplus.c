/* softplus: y = log(1 + e^x) = max(x, 0) + log1p(e^-|x|).  x, y any shape, any float type.
 * Gradient: dx = dy sigmoid(x).  Source: keras.activations.softplus; ONNX Softplus. */
#include "op/elementwise.h"

static void softplus_gradient(gradient_frame *g) {
    g->din[0] = mica_multiply(g->dout[0], mica_sigmoid(g->in[0]));
}

static double softplus_scalar(const double *x, const void *attrs) {
    return (x[0] <= 0 ? 0 : x[0]) + log1p(exp(-fabs(x[0])));
}

static bool softplus_samples(int number, sample *s) { return samples_unary(number, s, -2, 2); }

UNARY_OP(softplus, .traits = PURE | ELEMENTWISE, .shape = shape_of_float,
         .gradient = softplus_gradient, .samples = softplus_samples, .tolerance = ROUNDED)
