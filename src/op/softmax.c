/* softmax: y = e^x / sum of e^x along the axis, the greatest x taken off first.
 * x, y any shape, any float type.
 * Gradient: softmax_grad(dy, y), from the output.  Source: keras.activations.softmax; ONNX Softmax.
 */
#include "op/elementwise.h"
#include "op/reduce.h"

static void softmax_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_softmax_grad, g->attrs, g->dout[0], g->out[0]);
}

static void softmax_reference(const kernel_call *c) {
    mica_dtype dtype = c->out_info[0].dtype;
    reduce_walk w = walk_axis(&c->in_info[0], c->in[0], c->attrs);
    for (int64_t i = 0; i < w.count; i++) {
        reduce_span span = walk_at(&w, i);
        double most = -INFINITY, sum = 0;
        for (int64_t k = 0; k < span.count; k++) most = fmax(most, span_at(&span, k));
        for (int64_t k = 0; k < span.count; k++) sum += exp(span_at(&span, k) - most);
        for (int64_t k = 0; k < span.count; k++)
            dtype_store(dtype, element_of(c->out[0], dtype, span_index(&span, k)),
                        exp(span_at(&span, k) - most) / sum);
    }
}

const op op_softmax = {.name = "softmax",
                       .inputs = 1,
                       .outputs = 1,
                       .traits = PURE,
                       .fields = axis_fields,
                       .attrs_size = sizeof(axis_attrs),
                       .shape = shape_of_softmax,
                       .gradient = softmax_gradient,
                       .reference = softmax_reference,
                       .samples = axis_samples,
                       .tolerance = ROUNDED};

mica_tensor *mica_softmax(mica_tensor *x, int64_t axis) {
    NEEDS(x);
    axis_attrs attrs = axis_attrs_of(x, axis, false);
    return EMIT(&op_softmax, &attrs, x);
}
