/* all: y = every element over the axes is not zero; true of none.  x any shape; y bool.
 * Source: numpy.all. */
#include "op/reduce.h"

static double all_of(const reduce_span *s) {
    bool y = true;
    for (int64_t i = 0; i < s->count; i++) y = y && span_at(s, i) != 0;
    return y;
}

static void all_reference(const kernel_call *c) { reduce_reference(c, all_of, NULL); }

REDUCTION_OP(all, .traits = PURE, .shape = shape_of_reduction)

mica_tensor *mica_all(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return emit_reduction(&op_all, mica_cast(x, MICA_BOOL), axes, keepdims);
}
