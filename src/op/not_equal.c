/* not_equal: y = a != b.  Any shapes that broadcast, any dtype; y bool.
 * Source: numpy.not_equal. */
#include "op/elementwise.h"

static double not_equal_scalar(const double *x, const void *attrs) { return x[0] != x[1]; }
static int64_t not_equal_integer(const int64_t *x, const void *attrs) { return x[0] != x[1]; }

BINARY_OP(not_equal, .traits = PURE | ELEMENTWISE, .shape = shape_of_comparison,
          .integer = not_equal_integer)
