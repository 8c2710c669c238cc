/* cumprod: y_i = x_0 … x_i along the axis; exclusive: without x_i; reverse: from the end. x, y any
 * shape, any dtype; integers wrap.  Gradient: dx = cumsum(y dy), the other way round, over x: NaN
 * where x is 0, as in TensorFlow.  Source: tf.math.cumprod. */
#include "op/cumulative.h"
#include "op/elementwise.h"

static void cumprod_gradient(gradient_frame *g) {
    const cumulative_attrs *a = g->attrs;
    mica_tensor *product = mica_multiply(g->out[0], g->dout[0]);
    mica_tensor *sum = mica_cumsum(product, a->axis, a->exclusive, !a->reverse);
    g->din[0] = mica_divide(sum, g->in[0]);
}

static void cumprod_reference(const kernel_call *c) {
    const cumulative_attrs *a = c->attrs;
    mica_dtype dtype = c->out_info[0].dtype;
    reduce_walk w = cumulative_walk(&c->in_info[0], c->in[0], a);
    for (int64_t i = 0; i < w.count; i++) {
        reduce_span s = walk_at(&w, i);
        double real = 1;
        uint64_t whole = 1;
        for (int64_t j = 0; j < s.count; j++) {
            int64_t k = a->reverse ? s.count - 1 - j : j;
            double before = real;
            uint64_t whole_before = whole;
            if (dtype_is_float(dtype)) real *= span_at(&s, k);
            else whole *= (uint64_t)span_integer(&s, k);
            void *to = element_of(c->out[0], dtype, span_index(&s, k));
            if (dtype_is_float(dtype)) dtype_store(dtype, to, a->exclusive ? before : real);
            else dtype_store_int(dtype, to, (int64_t)(a->exclusive ? whole_before : whole));
        }
    }
}

static bool cumprod_samples(int number, sample *s) {
    return cumulative_samples(number, s, 0.5, 1.5);
}

const op op_cumprod = {.name = "cumprod",
                       .inputs = 1,
                       .outputs = 1,
                       .traits = PURE,
                       .fields = cumulative_fields,
                       .attrs_size = sizeof(cumulative_attrs),
                       .shape = cumulative_check,
                       .gradient = cumprod_gradient,
                       .reference = cumprod_reference,
                       .samples = cumprod_samples,
                       .tolerance = SUMMED};

mica_tensor *mica_cumprod(mica_tensor *x, int64_t axis, bool exclusive, bool reverse) {
    NEEDS(x);
    cumulative_attrs a = cumulative_attrs_of(x, axis, exclusive, reverse);
    return EMIT(&op_cumprod, &a, x);
}
