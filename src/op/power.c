/* power: y = a^b, any shapes that broadcast, any dtype; integers are exact and wrap, with a
 * negative b cut towards zero. Gradient: da = dy b a^(b-1), 0 where a and b are 0; db = dy y
 * log(a), 0 where a <= 0 (as TensorFlow). Source: numpy.power; ONNX Pow. */
#include "op/elementwise.h"

static void power_gradient(gradient_frame *g) {
    mica_tensor *a = g->in[0], *b = g->in[1], *dy = g->dout[0];
    if (g->need[0]) {
        mica_tensor *both = mica_logical_and(mica_equal(a, zero_of(a)), mica_equal(b, zero_of(b)));
        mica_tensor *less = mica_where(both, scalar_like(b, 1), shifted(b, -1));
        give(g, 0, mica_multiply(dy, mica_multiply(b, mica_power(a, less))));
    }
    if (g->need[1]) {
        mica_tensor *positive = mica_greater(a, zero_of(a));
        mica_tensor *log_a = mica_log(mica_where(positive, a, scalar_like(a, 1)));
        give(g, 1, mica_multiply(dy, mica_multiply(g->out[0], log_a)));
    }
}

static double power_scalar(const double *x, const void *attrs) { return pow(x[0], x[1]); }

static int64_t power_integer(const int64_t *x, const void *attrs) {
    uint64_t base = (uint64_t)x[0], y = 1;
    if (x[1] < 0) return x[0] == 1 ? 1 : x[0] == -1 ? (x[1] % 2 ? -1 : 1) : 0;
    for (int64_t n = x[1]; n; n >>= 1, base *= base)
        if (n & 1) y *= base;
    return (int64_t)y;
}

static bool power_samples(int number, sample *s) {
    return samples_binary(number, s, 0.5, 2, -2, 2);
}

BINARY_OP(power, .traits = PURE | ELEMENTWISE, .shape = shape_of_broadcast,
          .gradient = power_gradient, .integer = power_integer, .samples = power_samples,
          .tolerance = ROUNDED)
