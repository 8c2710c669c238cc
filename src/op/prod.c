/* prod: y = product of x over the axes, 1 of none.  x any shape, any dtype; integers wrap.
 * Gradient: dx_i = dy times the product of the others (prod_grad).
 * Source: numpy.prod; ONNX ReduceProd. */
#include "op/reduce.h"

static void prod_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_prod_grad, g->attrs, g->dout[0], g->in[0]);
}

static double prod_of(const reduce_span *s) {
    double y = 1;
    for (int64_t i = 0; i < s->count; i++) y *= span_at(s, i);
    return y;
}

static int64_t prod_of_integers(const reduce_span *s) {
    uint64_t y = 1;
    for (int64_t i = 0; i < s->count; i++) y *= (uint64_t)span_integer(s, i);
    return (int64_t)y;
}

static void prod_reference(const kernel_call *c) { reduce_reference(c, prod_of, prod_of_integers); }
static bool prod_samples(int number, sample *s) { return reduce_samples(number, s, 0.5, 2, false); }

REDUCTION_OP(prod, .traits = PURE, .shape = shape_of_reduction, .gradient = prod_gradient,
             .samples = prod_samples, .tolerance = SUMMED)

mica_tensor *mica_prod(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return emit_reduction(&op_prod, x->dtype == MICA_BOOL ? mica_cast(x, MICA_INT64) : x, axes,
                          keepdims);
}
