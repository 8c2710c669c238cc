/* log_softmax: y = x - log(sum of e^x along the axis), the greatest x taken off first.
 * x, y any shape, any float type.
 * Gradient: dx = dy - e^y times the sum of dy along the axis.  Source:
 * keras.activations.log_softmax; ONNX LogSoftmax. */
#include "op/elementwise.h"
#include "op/reduce.h"

static void log_softmax_gradient(gradient_frame *g) {
    const axis_attrs *a = g->attrs;
    mica_tensor *sum = mica_sum(g->dout[0], MICA_AXES(a->axis), true);
    g->din[0] = mica_subtract(g->dout[0], mica_multiply(mica_exp(g->out[0]), sum));
}

static void log_softmax_reference(const kernel_call *c) {
    mica_dtype dtype = c->out_info[0].dtype;
    reduce_walk w = walk_axis(&c->in_info[0], c->in[0], c->attrs);
    for (int64_t i = 0; i < w.count; i++) {
        reduce_span span = walk_at(&w, i);
        double most = -INFINITY, sum = 0;
        for (int64_t k = 0; k < span.count; k++) most = fmax(most, span_at(&span, k));
        for (int64_t k = 0; k < span.count; k++) sum += exp(span_at(&span, k) - most);
        for (int64_t k = 0; k < span.count; k++)
            dtype_store(dtype, element_of(c->out[0], dtype, span_index(&span, k)),
                        span_at(&span, k) - most - log(sum));
    }
}

const op op_log_softmax = {.name = "log_softmax",
                           .inputs = 1,
                           .outputs = 1,
                           .traits = PURE,
                           .fields = axis_fields,
                           .attrs_size = sizeof(axis_attrs),
                           .shape = shape_of_softmax,
                           .gradient = log_softmax_gradient,
                           .reference = log_softmax_reference,
                           .samples = axis_samples,
                           .tolerance = ROUNDED};

mica_tensor *mica_log_softmax(mica_tensor *x, int64_t axis) {
    NEEDS(x);
    axis_attrs attrs = axis_attrs_of(x, axis, false);
    return EMIT(&op_log_softmax, &attrs, x);
}
