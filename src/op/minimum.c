/* minimum: y = the lesser of a and b, NaN where either is; any shapes that broadcast, any dtype.
 * Gradient: dy goes to a where a <= b, else to b (as TensorFlow).
 * Source: numpy.minimum; ONNX Min. */
#include "op/elementwise.h"

static void minimum_gradient(gradient_frame *g) {
    mica_tensor *first = mica_less_equal(g->in[0], g->in[1]), *dy = g->dout[0];
    if (g->need[0]) give(g, 0, mica_where(first, dy, zero_of(dy)));
    if (g->need[1]) give(g, 1, mica_where(first, zero_of(dy), dy));
}

static double minimum_scalar(const double *x, const void *attrs) {
    return x[0] <= x[1] || x[0] != x[0] ? x[0] : x[1];
}

static int64_t minimum_integer(const int64_t *x, const void *attrs) {
    return x[0] <= x[1] ? x[0] : x[1];
}

/* a above b and below it by turns, never near */
static bool minimum_samples(int number, sample *s) {
    return number % 2 ? samples_binary(number / 2, s, 0, 1, 2, 3)
                      : samples_binary(number / 2, s, 2, 3, 0, 1);
}

BINARY_OP(minimum, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_broadcast,
          .gradient = minimum_gradient, .integer = minimum_integer, .samples = minimum_samples)
