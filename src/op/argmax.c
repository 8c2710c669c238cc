/* argmax: y = where along the axis the greatest element is; the first of equals; NaN goes before
 * all. x any shape, any dtype; y int64, without the axis, or with keepdims extent 1 there. Source:
 * numpy.argmax; ONNX ArgMax. */
#include "op/reduce.h"

static double argmax_of(const reduce_span *s) {
    int64_t best = 0;
    double y = span_at(s, 0);
    for (int64_t i = 1; i < s->count && y == y; i++) {
        double x = span_at(s, i);
        if (x > y || x != x) y = x, best = i;
    }
    return (double)best;
}

static int64_t argmax_of_integers(const reduce_span *s) {
    int64_t flip = s->dtype == MICA_UINT64 ? INT64_MIN : 0, best = 0; /* keeps the order */
    for (int64_t i = 1; i < s->count; i++)
        if ((span_integer(s, i) ^ flip) > (span_integer(s, best) ^ flip)) best = i;
    return best;
}

static void argmax_reference(const kernel_call *c) {
    argument_reference(c, argmax_of, argmax_of_integers);
}

static bool argmax_samples(int number, sample *s) {
    if (!axis_samples(number, s)) return false;
    s->in[0].distinct = true, ((axis_attrs *)s->attrs)->keepdims = number % 2;
    return true;
}

const op op_argmax = {.name = "argmax",
                      .inputs = 1,
                      .outputs = 1,
                      .traits = PURE,
                      .fields = argmax_fields,
                      .attrs_size = sizeof(axis_attrs),
                      .shape = shape_of_argument,
                      .reference = argmax_reference,
                      .samples = argmax_samples};

mica_tensor *mica_argmax(mica_tensor *x, int64_t axis, bool keepdims) {
    NEEDS(x);
    axis_attrs attrs = axis_attrs_of(x, axis, keepdims);
    return EMIT(&op_argmax, &attrs, x);
}
