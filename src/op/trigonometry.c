/* Circular and hyperbolic functions: tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, and
 * atan2. x, y any shape, any float type; outside their domain NaN. Sources: C; numpy; ONNX. */
#include "op/elementwise.h"

#define FUNCTION(name_, call_, traits_, low, high, ...)                                            \
    static double name_##_scalar(const double *x, const void *attrs) { return call_(x[0]); }       \
    UNARY_GRADIENT(name_, __VA_ARGS__)                                                             \
    static bool name_##_samples(int number, sample *s) {                                           \
        return samples_unary(number, s, low, high);                                                \
    }                                                                                              \
    UNARY_OP(name_, .traits = PURE | ELEMENTWISE | (traits_), .shape = shape_of_float,             \
             .gradient = name_##_gradient, .samples = name_##_samples, .tolerance = ROUNDED)

/* d tan / dx = 1 + tan^2. */
FUNCTION(tan, tan, ZERO_AT_ZERO, -1, 1, mica_multiply(dy, shifted(mica_square(y), 1)))
/* d asin / dx = 1 / sqrt(1 - x^2), d acos / dx the negative of that. */
FUNCTION(asin, asin, ZERO_AT_ZERO, -0.8, 0.8,
         mica_multiply(dy, mica_rsqrt(one_minus(mica_square(x)))))
FUNCTION(acos, acos, 0, -0.8, 0.8,
         mica_negative(mica_multiply(dy, mica_rsqrt(one_minus(mica_square(x))))))
/* d atan / dx = 1 / (1 + x^2). */
FUNCTION(atan, atan, ZERO_AT_ZERO, -2, 2, mica_divide(dy, shifted(mica_square(x), 1)))
/* d sinh / dx = cosh, d cosh / dx = sinh. */
FUNCTION(sinh, sinh, ZERO_AT_ZERO, -2, 2, mica_multiply(dy, mica_cosh(x)))
FUNCTION(cosh, cosh, 0, -2, 2, mica_multiply(dy, mica_sinh(x)))
/* d asinh / dx = 1 / sqrt(x^2 + 1), d acosh / dx = 1 / sqrt(x^2 - 1). */
FUNCTION(asinh, asinh, ZERO_AT_ZERO, -2, 2,
         mica_multiply(dy, mica_rsqrt(shifted(mica_square(x), 1))))
FUNCTION(acosh, acosh, 0, 1.3, 3, mica_multiply(dy, mica_rsqrt(shifted(mica_square(x), -1))))
/* d atanh / dx = 1 / (1 - x^2). */
FUNCTION(atanh, atanh, ZERO_AT_ZERO, -0.8, 0.8, mica_divide(dy, one_minus(mica_square(x))))

/* atan2: the angle of the point (b, a), in -pi … pi.  da = dy b / (a^2 + b^2), db = -dy a / (a^2 +
 * b^2). */
static double atan2_scalar(const double *x, const void *attrs) { return atan2(x[0], x[1]); }

static void atan2_gradient(gradient_frame *g) {
    mica_tensor *a = g->in[0], *b = g->in[1];
    mica_tensor *part = mica_divide(g->dout[0], mica_add(mica_square(a), mica_square(b)));
    if (g->need[0]) give(g, 0, mica_multiply(part, b));
    if (g->need[1]) give(g, 1, mica_negative(mica_multiply(part, a)));
}

static bool atan2_samples(int number, sample *s) {
    return number % 2 ? samples_binary(number / 2, s, -2, -0.5, -1, 2)
                      : samples_binary(number / 2, s, 0.5, 2, -2, 1);
}

BINARY_OP(atan2, .traits = PURE | ELEMENTWISE, .shape = shape_of_float_broadcast,
          .gradient = atan2_gradient, .samples = atan2_samples, .tolerance = ROUNDED)
