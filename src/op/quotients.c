/* Whole parts and remainders beside floor and floor_mod: trunc, floor_divide, remainder. */
#include "op/elementwise.h"

/* trunc: y = x cut towards zero.  x, y any shape, any float type. Gradient: zero. Source:
 * numpy.trunc. */
static double trunc_scalar(const double *x, const void *attrs) { return trunc(x[0]); }
UNARY_OP(trunc, .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO, .shape = shape_of_float)

/* floor_divide: y = floor(a / b), such that a = y b + floor_mod(a, b).  Any shapes that broadcast,
 * any dtype. Integers by zero give 0. Gradient: zero. Source: numpy.floor_divide, whose rule for
 * floats it is. */
static double floor_divide_scalar(const double *x, const void *attrs) {
    double mod = fmod(x[0], x[1]);
    if (x[1] == 0) return x[0] / x[1];
    double quotient = (x[0] - mod) / x[1];
    if (mod != 0 && (mod < 0) != (x[1] < 0)) quotient -= 1;
    if (quotient == 0) return copysign(0, x[0] / x[1]);
    double down = floor(quotient);
    return quotient - down > 0.5 ? down + 1 : down; /* it was whole before it was rounded */
}
static int64_t floor_divide_integer(const int64_t *x, const void *attrs) {
    if (x[1] == 0) return 0;
    if (x[1] == -1) return (int64_t)(0 - (uint64_t)x[0]); /* the least one would trap */
    int64_t quotient = x[0] / x[1];
    return x[0] % x[1] != 0 && (x[0] < 0) != (x[1] < 0) ? quotient - 1 : quotient;
}
static bool floor_divide_samples(int number, sample *s) {
    return number % 2 ? samples_binary(number / 2, s, -1, -0.2, 2, 3)
                      : samples_binary(number / 2, s, 4.2, 4.8, 2, 2.1);
}
BINARY_OP(floor_divide, .traits = PURE | ELEMENTWISE, .shape = shape_of_broadcast,
          .integer = floor_divide_integer, .samples = floor_divide_samples)

/* remainder: y = a - b trunc(a / b), of a's sign, as C's % and fmod.  Any shapes that broadcast,
 * any dtype. Integers modulo zero give 0, floats NaN. Gradient: da = dy, db = -dy trunc(a / b).
 * Source: numpy.fmod; ONNX Mod with fmod=1. */
static void remainder_gradient(gradient_frame *g) {
    mica_tensor *dy = g->dout[0];
    if (g->need[0]) give(g, 0, dy);
    if (g->need[1]) {
        mica_tensor *times = mica_trunc(mica_divide(g->in[0], g->in[1]));
        give(g, 1, mica_negative(mica_multiply(dy, times)));
    }
}
static double remainder_scalar(const double *x, const void *attrs) { return fmod(x[0], x[1]); }
static int64_t remainder_integer(const int64_t *x, const void *attrs) {
    return x[1] == 0 || x[1] == -1 ? 0 : x[0] % x[1];
}
static bool remainder_samples(int number, sample *s) {
    return number % 2 ? samples_binary(number / 2, s, -5, -4.2, 2, 2.1)
                      : samples_binary(number / 2, s, 0.2, 1, 2, 3);
}
BINARY_OP(remainder, .traits = PURE | ELEMENTWISE, .shape = shape_of_broadcast,
          .gradient = remainder_gradient, .integer = remainder_integer,
          .samples = remainder_samples, .tolerance = ROUNDED)
