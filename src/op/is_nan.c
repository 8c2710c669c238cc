/* What is told of each number: is_nan, is_inf; and what is said with them: is_close, nan_to_num. x
 * any shape, any dtype; answers are bool.  Sources: numpy of the same names. */
#include "op/elementwise.h"

static double is_nan_scalar(const double *x, const void *attrs) { return isnan(x[0]) != 0; }
static int64_t is_nan_integer(const int64_t *x, const void *attrs) { return 0; }
UNARY_OP(is_nan, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison,
         .integer = is_nan_integer)

static double is_inf_scalar(const double *x, const void *attrs) { return isinf(x[0]) != 0; }
static int64_t is_inf_integer(const int64_t *x, const void *attrs) { return 0; }
UNARY_OP(is_inf, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison,
         .integer = is_inf_integer)

/* |a - b| <= atol + rtol |b|, or equal (infinities). */
mica_tensor *mica_is_close(mica_tensor *a, mica_tensor *b, double rtol, double atol) {
    NEEDS(a, b);
    mica_tensor *size = mica_abs(mica_subtract(a, b));
    mica_tensor *near = mica_less_equal(size, shifted(scaled(mica_abs(b), rtol), atol));
    return mica_logical_or(mica_equal(a, b), mica_logical_and(near, mica_is_finite(b)));
}

mica_tensor *mica_nan_to_num(mica_tensor *x, double nan, double positive, double negative) {
    NEEDS(x);
    mica_tensor *above = mica_equal(x, scalar_like(x, INFINITY));
    mica_tensor *below = mica_equal(x, scalar_like(x, -INFINITY));
    mica_tensor *y = mica_where(mica_is_nan(x), scalar_like(x, nan), x);
    y = mica_where(above, scalar_like(x, positive), y);
    return mica_where(below, scalar_like(x, negative), y);
}
