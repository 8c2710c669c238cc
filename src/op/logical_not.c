/* logical_not: y = !x.  Any shape; what is not bool is cast first; y bool.
 * Source: numpy.logical_not; ONNX Not. */
#include "op/elementwise.h"

static double logical_not_scalar(const double *x, const void *attrs) { return x[0] == 0; }
static int64_t logical_not_integer(const int64_t *x, const void *attrs) { return !x[0]; }

const op op_logical_not = {.name = "logical_not",
                           .inputs = 1,
                           .outputs = 1,
                           .traits = PURE | ELEMENTWISE,
                           .shape = shape_of_comparison,
                           .scalar = logical_not_scalar,
                           .integer = logical_not_integer};

mica_tensor *mica_logical_not(mica_tensor *x) {
    NEEDS(x);
    return EMIT(&op_logical_not, NULL, mica_cast(x, MICA_BOOL));
}
