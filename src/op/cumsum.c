/* cumsum: y_i = x_0 + … + x_i along the axis; exclusive: without x_i; reverse: x_i + … + x_last. x,
 * y any shape, any dtype; integers wrap.  Gradient: the cumsum of dy the other way round. Source:
 * tf.math.cumsum; ONNX CumSum. */
#include "op/cumulative.h"
#include "op/elementwise.h"

#include <string.h>

const field cumulative_fields[] = {
    INTEGER(cumulative_attrs, axis, .help = "negative counts from the end"),
    BOOLEAN(cumulative_attrs, exclusive, .help = "element i is of those before it"),
    BOOLEAN(cumulative_attrs, reverse, .help = "from the end"), END_OF_FIELDS};

cumulative_attrs cumulative_attrs_of(const mica_tensor *x, int64_t axis, bool exclusive,
                                     bool reverse) {
    cumulative_attrs a;
    int resolved;
    memset(&a, 0, sizeof a); /* compared as bytes */
    a.axis = axis_resolve(axis, x->shape.rank, &resolved) ? resolved : axis;
    a.exclusive = exclusive, a.reverse = reverse;
    return a;
}

mica_status cumulative_check(shape_frame *f) {
    const cumulative_attrs *a = f->attrs;
    int axis, rank = f->in[0].shape.rank;
    if (!axis_resolve(a->axis, rank, &axis))
        return shape_fail(f, "axis %lld, expected one of the %d axes (-%d to %d)",
                          (long long)a->axis, rank, rank, rank - 1);
    return shape_of_input(f);
}

reduce_walk cumulative_walk(const operand *x, const void *data, const cumulative_attrs *a) {
    return walk_axis(x, data, &(axis_attrs){.axis = a->axis});
}

bool cumulative_samples(int number, sample *s, double low, double high) {
    if (number > 3) return false;
    cumulative_attrs *a = s->attrs;
    a->axis = number == 3 ? 0 : 1;
    a->exclusive = number % 2, a->reverse = number / 2;
    s->inputs = 1;
    s->in[0] = (struct sample_input){.shape = MICA_SHAPE(3, 4, 2), .low = low, .high = high};
    return true;
}

static void cumsum_gradient(gradient_frame *g) {
    cumulative_attrs back = *(const cumulative_attrs *)g->attrs;
    back.reverse = !back.reverse;
    g->din[0] = EMIT(&op_cumsum, &back, g->dout[0]);
}

static void cumsum_reference(const kernel_call *c) {
    const cumulative_attrs *a = c->attrs;
    mica_dtype dtype = c->out_info[0].dtype;
    reduce_walk w = cumulative_walk(&c->in_info[0], c->in[0], a);
    for (int64_t i = 0; i < w.count; i++) {
        reduce_span s = walk_at(&w, i);
        double real = 0;
        uint64_t whole = 0;
        for (int64_t j = 0; j < s.count; j++) {
            int64_t k = a->reverse ? s.count - 1 - j : j;
            double before = real;
            uint64_t whole_before = whole;
            if (dtype_is_float(dtype)) real += span_at(&s, k);
            else whole += (uint64_t)span_integer(&s, k);
            void *to = element_of(c->out[0], dtype, span_index(&s, k));
            if (dtype_is_float(dtype)) dtype_store(dtype, to, a->exclusive ? before : real);
            else dtype_store_int(dtype, to, (int64_t)(a->exclusive ? whole_before : whole));
        }
    }
}

static bool cumsum_samples(int number, sample *s) { return cumulative_samples(number, s, -1, 1); }

const op op_cumsum = {.name = "cumsum",
                      .inputs = 1,
                      .outputs = 1,
                      .traits = PURE,
                      .fields = cumulative_fields,
                      .attrs_size = sizeof(cumulative_attrs),
                      .shape = cumulative_check,
                      .gradient = cumsum_gradient,
                      .reference = cumsum_reference,
                      .samples = cumsum_samples,
                      .tolerance = SUMMED};

mica_tensor *mica_cumsum(mica_tensor *x, int64_t axis, bool exclusive, bool reverse) {
    NEEDS(x);
    cumulative_attrs a = cumulative_attrs_of(x, axis, exclusive, reverse);
    return EMIT(&op_cumsum, &a, x);
}
