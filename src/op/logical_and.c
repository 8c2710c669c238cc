/* logical_and: y = a && b.  Any shapes that broadcast; what is not bool is cast first; y bool.
 * Source: numpy.logical_and; ONNX And. */
#include "op/elementwise.h"

static double logical_and_scalar(const double *x, const void *attrs) {
    return x[0] != 0 && x[1] != 0;
}
static int64_t logical_and_integer(const int64_t *x, const void *attrs) { return x[0] && x[1]; }

const op op_logical_and = {.name = "logical_and",
                           .inputs = 2,
                           .outputs = 1,
                           .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO,
                           .shape = shape_of_comparison,
                           .scalar = logical_and_scalar,
                           .integer = logical_and_integer};

mica_tensor *mica_logical_and(mica_tensor *a, mica_tensor *b) {
    NEEDS(a, b);
    return EMIT(&op_logical_and, NULL, mica_cast(a, MICA_BOOL), mica_cast(b, MICA_BOOL));
}
