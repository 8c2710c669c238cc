/* min: y = the least of x over the axes, NaN where there is one; of no elements the dtype's
 * greatest. x any shape, any dtype. Gradient: dy in equal parts to the elements that equal y (as
 * TensorFlow). Source: numpy.min; ONNX ReduceMin. */
#include "op/reduce.h"

static void min_gradient(gradient_frame *g) {
    g->din[0] = share_among_equals(g->in[0], g->out[0], g->dout[0], g->attrs);
}

static double min_of(const reduce_span *s) {
    double y = INFINITY;
    for (int64_t i = 0; i < s->count; i++) {
        double x = span_at(s, i);
        if (!(x >= y) && y == y) y = x;
    }
    return y;
}

static int64_t min_of_integers(const reduce_span *s) {
    int64_t flip = s->dtype == MICA_UINT64 ? INT64_MIN : 0; /* keeps the order of large ones */
    int64_t y = integer_limit(s->dtype, true) ^ flip;
    for (int64_t i = 0; i < s->count; i++) {
        int64_t x = span_integer(s, i) ^ flip;
        if (x < y) y = x;
    }
    return y ^ flip;
}

static void min_reference(const kernel_call *c) { reduce_reference(c, min_of, min_of_integers); }
static bool min_samples(int number, sample *s) { return reduce_samples(number, s, -2, 2, true); }

REDUCTION_OP(min, .traits = PURE, .shape = shape_of_reduction, .gradient = min_gradient,
             .samples = min_samples)

mica_tensor *mica_min(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return emit_reduction(&op_min, x, axes, keepdims);
}
