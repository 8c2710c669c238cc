/* mean: y = sum of x over the axes / number of elements; NaN of none.  x any shape, any float type.
 * Gradient: dx = dy / number of elements.  Source: numpy.mean; ONNX ReduceMean. */
#include "op/reduce.h"

#include <string.h>

static void mean_gradient(gradient_frame *g) {
    const reduce_attrs *a = g->attrs;
    mica_axes axes = {.count = (int)a->count};
    memcpy(axes.axes, a->axes, sizeof axes.axes);
    mica_tensor *part = mica_divide(g->dout[0], mica_size(g->in[0], axes));
    g->din[0] = expand_like(part, g->in[0], a);
}

static double mean_of(const reduce_span *s) {
    double y = 0;
    for (int64_t i = 0; i < s->count; i++) y += span_at(s, i);
    return y / (double)s->count;
}

static void mean_reference(const kernel_call *c) { reduce_reference(c, mean_of, NULL); }
static bool mean_samples(int number, sample *s) { return reduce_samples(number, s, -2, 2, false); }

REDUCTION_OP(mean, .traits = PURE, .shape = shape_of_float_reduction, .gradient = mean_gradient,
             .samples = mean_samples, .tolerance = SUMMED)

mica_tensor *mica_mean(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return emit_reduction(&op_mean, x, axes, keepdims);
}
