/* sparsemax: y = max(x - t, 0) along the axis, t such that y sums to 1: the nearest point of the
 * simplex. With x_1 >= x_2 >= … and k the greatest number with 1 + k x_k > x_1 + … + x_k, t = (x_1
 * + … + x_k - 1) / k.  x, y any shape, any float type; NaN, and an infinite greatest x, give NaN.
 * Gradient: with S where y > 0, dx = S (dy - mean of dy over S).
 * Source: Martins and Astudillo (2016); keras.activations.sparsemax. */
#include "op/array.h"
#include "op/elementwise.h"
#include "op/reduce.h"

static void sparsemax_gradient(gradient_frame *g) {
    mica_axes axis = MICA_AXES(((const axis_attrs *)g->attrs)->axis);
    mica_tensor *y = g->out[0];
    mica_tensor *support = mica_cast(mica_greater(y, zero_of(y)), y->dtype);
    mica_tensor *dy = mica_multiply(g->dout[0], support);
    mica_tensor *mean = mica_divide(mica_sum(dy, axis, true), mica_sum(support, axis, true));
    g->din[0] = mica_subtract(dy, mica_multiply(support, mean));
}

/* The next greatest value below `above` with the number of its copies; -infinity: none. */
static double next_below(const reduce_span *s, double above, int64_t *copies) {
    double most = -INFINITY;
    *copies = 0;
    for (int64_t k = 0; k < s->count; k++) {
        double x = span_at(s, k);
        if (x < above && x > most) most = x, *copies = 0;
        *copies += x == most;
    }
    return most;
}

static double threshold_of(const reduce_span *s) {
    double most = -INFINITY, sum = 0, t = NAN;
    int64_t support = 0, copies;
    for (int64_t k = 0; k < s->count; k++) {
        double x = span_at(s, k);
        if (!(x < INFINITY)) return NAN;
        most = fmax(most, x);
    }
    double x = INFINITY;
    while ((x = next_below(s, x, &copies)) > -INFINITY) {
        if (support && !(1 + (double)support * (x - most) > sum)) break;
        support += copies, sum += (double)copies * (x - most); /* from the greatest: no loss */
        t = (sum - 1) / (double)support + most;
    }
    return t;
}

static void sparsemax_reference(const kernel_call *c) {
    mica_dtype dtype = c->out_info[0].dtype;
    reduce_walk w = walk_axis(&c->in_info[0], c->in[0], c->attrs);
    for (int64_t i = 0; i < w.count; i++) {
        reduce_span span = walk_at(&w, i);
        double t = threshold_of(&span);
        for (int64_t k = 0; k < span.count; k++) {
            double y = span_at(&span, k) - t;
            dtype_store(dtype, element_of(c->out[0], dtype, span_index(&span, k)), y < 0 ? 0 : y);
        }
    }
}

const op op_sparsemax = {.name = "sparsemax",
                         .inputs = 1,
                         .outputs = 1,
                         .traits = PURE,
                         .fields = axis_fields,
                         .attrs_size = sizeof(axis_attrs),
                         .shape = shape_of_softmax,
                         .gradient = sparsemax_gradient,
                         .reference = sparsemax_reference,
                         .samples = axis_samples,
                         .tolerance = ROUNDED};

mica_tensor *mica_sparsemax(mica_tensor *x, int64_t axis) {
    NEEDS(x);
    axis_attrs attrs = axis_attrs_of(x, axis, false);
    return EMIT(&op_sparsemax, &attrs, x);
}
