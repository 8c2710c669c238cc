/* any: y = any element over the axes is not zero; false of none.  x any shape; y bool.
 * Source: numpy.any. */
#include "op/reduce.h"

static double any_of(const reduce_span *s) {
    bool y = false;
    for (int64_t i = 0; i < s->count; i++) y = y || span_at(s, i) != 0;
    return y;
}

static void any_reference(const kernel_call *c) { reduce_reference(c, any_of, NULL); }

REDUCTION_OP(any, .traits = PURE, .shape = shape_of_reduction)

mica_tensor *mica_any(mica_tensor *x, mica_axes axes, bool keepdims) {
    NEEDS(x);
    return emit_reduction(&op_any, mica_cast(x, MICA_BOOL), axes, keepdims);
}
