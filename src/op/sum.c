/* sum: y = sum of x over the axes.  x any shape, any dtype; integers wrap, bools are counted in
 * int64. Gradient: dx = dy in every reduced element.  Source: numpy.sum; ONNX ReduceSum. */
#include "op/reduce.h"

static void sum_gradient(gradient_frame *g) {
    g->din[0] = expand_like(g->dout[0], g->in[0], g->attrs);
}

static double sum_of(const reduce_span *s) {
    double y = 0;
    for (int64_t i = 0; i < s->count; i++) y += span_at(s, i);
    return y;
}

static int64_t sum_of_integers(const reduce_span *s) {
    uint64_t y = 0;
    for (int64_t i = 0; i < s->count; i++) y += (uint64_t)span_integer(s, i);
    return (int64_t)y;
}

static void sum_reference(const kernel_call *c) { reduce_reference(c, sum_of, sum_of_integers); }
static bool sum_samples(int number, sample *s) { return reduce_samples(number, s, -2, 2, false); }

REDUCTION_OP(sum, .traits = PURE, .shape = shape_of_reduction, .gradient = sum_gradient,
             .samples = sum_samples, .tolerance = SUMMED)

mica_tensor *mica_sum(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return emit_reduction(&op_sum, x->dtype == MICA_BOOL ? mica_cast(x, MICA_INT64) : x, axes,
                          keepdims);
}
