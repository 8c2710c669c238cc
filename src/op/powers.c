/* Logarithms, powers and roots beside log, exp and sqrt: log2, log10, exp2, cbrt, hypot,
 * log_add_exp. x, y any shape, any float type. Sources: C; numpy; ONNX. */
#include "op/elementwise.h"

#define LN2 0.69314718055994530942
#define LN10 2.30258509299404568402

#define FUNCTION(name_, call_, traits_, low, high, ...)                                            \
    static double name_##_scalar(const double *x, const void *attrs) { return call_(x[0]); }       \
    UNARY_GRADIENT(name_, __VA_ARGS__)                                                             \
    static bool name_##_samples(int number, sample *s) {                                           \
        return samples_unary(number, s, low, high);                                                \
    }                                                                                              \
    UNARY_OP(name_, .traits = PURE | ELEMENTWISE | (traits_), .shape = shape_of_float,             \
             .gradient = name_##_gradient, .samples = name_##_samples, .tolerance = ROUNDED)

/* d log_b / dx = 1 / (x ln b), d 2^x / dx = 2^x ln 2, d cbrt / dx = 1 / (3 cbrt^2). */
FUNCTION(log2, log2, 0, 0.3, 3, mica_divide(dy, scaled(x, LN2)))
FUNCTION(log10, log10, 0, 0.3, 3, mica_divide(dy, scaled(x, LN10)))
FUNCTION(exp2, exp2, 0, -2, 2, mica_multiply(dy, scaled(y, LN2)))
FUNCTION(cbrt, cbrt, ZERO_AT_ZERO, 0.3, 3, mica_divide(dy, scaled(mica_square(y), 3)))

/* hypot: y = sqrt(a^2 + b^2), without overflow.  da = dy a / y, db = dy b / y, 0 where y is 0. */
static double hypot_scalar(const double *x, const void *attrs) { return hypot(x[0], x[1]); }

static void hypot_gradient(gradient_frame *g) {
    mica_tensor *y = g->out[0], *none = mica_equal(y, zero_of(y));
    mica_tensor *part = mica_divide(g->dout[0], mica_where(none, scalar_like(y, 1), y));
    for (int i = 0; i < 2; i++)
        if (g->need[i]) give(g, i, mica_multiply(part, g->in[i]));
}

static bool hypot_samples(int number, sample *s) {
    return samples_binary(number, s, 0.5, 2, -2, 2);
}

BINARY_OP(hypot, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float_broadcast,
          .gradient = hypot_gradient, .samples = hypot_samples, .tolerance = ROUNDED)

/* log_add_exp: y = log(e^a + e^b) = max(a, b) + log(1 + e^-|a - b|).  da = dy sigmoid(a - b), db =
 * dy sigmoid(b - a). */
static double log_add_exp_scalar(const double *x, const void *attrs) {
    if (x[0] == x[1]) return x[0] + LN2; /* infinite ones too */
    double most = x[0] > x[1] ? x[0] : x[1];
    return most + log1p(exp(-fabs(x[0] - x[1]))); /* NaN: of the difference */
}

static void log_add_exp_gradient(gradient_frame *g) {
    mica_tensor *difference = mica_subtract(g->in[0], g->in[1]), *dy = g->dout[0];
    if (g->need[0]) give(g, 0, mica_multiply(dy, mica_sigmoid(difference)));
    if (g->need[1]) give(g, 1, mica_multiply(dy, mica_sigmoid(mica_negative(difference))));
}

static bool log_add_exp_samples(int number, sample *s) {
    return samples_binary(number, s, -2, 2, -2, 2);
}

BINARY_OP(log_add_exp, .traits = PURE | ELEMENTWISE, .shape = shape_of_float_broadcast,
          .gradient = log_add_exp_gradient, .samples = log_add_exp_samples, .tolerance = ROUNDED)

mica_tensor *mica_deg2rad(mica_tensor *x) { return scaled(x, 0.017453292519943295769); }
mica_tensor *mica_rad2deg(mica_tensor *x) { return scaled(x, 57.295779513082320877); }
