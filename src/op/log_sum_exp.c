/* log_sum_exp: y = log(sum of e^x over the axes) = m + log(sum of e^(x - m)), m the greatest x, so
 * that nothing overflows; -inf of none.  x any shape, any float type. Gradient: dx = dy e^(x - y).
 * Source: scipy.special.logsumexp; ONNX ReduceLogSumExp. */
#include "op/elementwise.h"
#include "op/reduce.h"

static void log_sum_exp_gradient(gradient_frame *g) {
    mica_tensor *x = g->in[0];
    mica_tensor *share = mica_exp(mica_subtract(x, expand_like(g->out[0], x, g->attrs)));
    g->din[0] = mica_multiply(expand_like(g->dout[0], x, g->attrs), share);
}

static double log_sum_exp_of(const reduce_span *s) {
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < s->count; i++) most = fmax(most, span_at(s, i));
    if (isinf(most)) most = 0; /* x - most would be NaN */
    for (int64_t i = 0; i < s->count; i++) sum += exp(span_at(s, i) - most);
    return most + log(sum);
}

static void log_sum_exp_reference(const kernel_call *c) {
    reduce_reference(c, log_sum_exp_of, NULL);
}

static bool log_sum_exp_samples(int number, sample *s) {
    return reduce_samples(number, s, -2, 2, false);
}

REDUCTION_OP(log_sum_exp, .traits = PURE, .shape = shape_of_float_reduction,
             .gradient = log_sum_exp_gradient, .samples = log_sum_exp_samples, .tolerance = ROUNDED)

mica_tensor *mica_log_sum_exp(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return emit_reduction(&op_log_sum_exp, x, axes, keepdims);
}
