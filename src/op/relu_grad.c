/* relu_grad: dx = dy where y > 0, else 0.  dy, y (relu's output), dx one shape, any float type.
 * Gradient: of dx by dy the same mask, by y zero. */
#include "op/elementwise.h"

static void relu_grad_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_relu_grad, NULL, g->dout[0], g->in[1]);
}

static double relu_grad_scalar(const double *x, const void *attrs) { return x[1] > 0 ? x[0] : 0; }

static bool relu_grad_samples(int number, sample *s) {
    if (number > 1) return false;
    s->inputs = 2;
    for (int i = 0; i < 2; i++) s->in[i].shape = MICA_SHAPE(3, 4), s->in[i].high = 2;
    s->in[0].low = -2;
    s->in[1].low = 0.2, s->in[1].constant = true;
    if (number) s->in[1].low = -2, s->in[1].high = -0.2;
    return true;
}

const op op_relu_grad = {.name = "relu_grad",
                         .inputs = 2,
                         .outputs = 1,
                         .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO,
                         .shape = shape_of_float_broadcast,
                         .gradient = relu_grad_gradient,
                         .scalar = relu_grad_scalar,
                         .samples = relu_grad_samples};
