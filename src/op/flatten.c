/* flatten: x (B, …) to y (B, rest); x (B) to y (B, 1).  Gradient: dy in the shape of x.
 * Source: keras.layers.Flatten. */
#include "op/array.h"

static mica_status flatten_shape(shape_frame *f) {
    TRY(require_rank_between(f, 0, 1, MAX_RANK));
    const shape *x = &f->in[0].shape;
    int64_t rest = 1;
    for (int i = 1; i < x->rank && rest >= 0; i++) rest = x->dims[i] < 0 ? -1 : rest * x->dims[i];
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = {2, {x->dims[0], rest}}};
    return MICA_OK;
}

static bool flatten_samples(int number, sample *s) {
    static const shape cases[] = {{4, {2, 3, 2, 2}}, {1, {3}}, {2, {2, 3}}};
    if (number >= (int)LENGTH(cases)) return false;
    sample_real(s, cases[number]);
    return true;
}

const op op_flatten = {
    .name = "flatten",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO | TEXTS,
    .shape = flatten_shape,
    .gradient = gradient_reshape_like,
    .reference = reference_copy,
    .view = view_contiguous,
    .samples = flatten_samples,
};

mica_tensor *mica_flatten(mica_tensor *x) { return EMIT(&op_flatten, NULL, x); }
