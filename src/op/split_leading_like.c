/* split_leading_like: the first axis as the first two of `like`, whose values do not matter; both
 * extents may be unknown, where a reshape to (-1, -1, ...) would say too little.
 * x (B T, ...), like (B, T, ...), y (B, T, ...).  Gradient: dy in the shape of x.
 * merge_leading is its inverse. */
#include "op/array.h"

static mica_status split_leading_like_shape(shape_frame *f) {
    TRY(require_rank_between(f, 0, 1, MAX_RANK - 1));
    TRY(require_rank_between(f, 1, 2, MAX_RANK));
    const shape *x = &f->in[0].shape, *like = &f->in[1].shape;
    shape y = {.rank = x->rank + 1, .dims = {like->dims[0], like->dims[1]}};
    if (x->dims[0] >= 0 && y.dims[0] >= 0 && y.dims[1] >= 0 && y.dims[0] * y.dims[1] != x->dims[0])
        return shape_fail(f, "%lld rows are not %lld x %lld", (long long)x->dims[0],
                          (long long)y.dims[0], (long long)y.dims[1]);
    memcpy(y.dims + 2, x->dims + 1, (size_t)(x->rank - 1) * sizeof *y.dims);
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static bool split_leading_like_samples(int number, sample *s) {
    static const shape cases[][2] = {{{3, {6, 2, 2}}, {3, {2, 3, 5}}}, {{1, {4}}, {2, {4, 1}}}};
    if (number >= (int)LENGTH(cases)) return false;
    sample_real(s, cases[number][0]);
    sample_like(s, cases[number][1]);
    return true;
}

const op op_split_leading_like = {
    .name = "split_leading_like",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .shape_inputs = 1 << 1,
    .shape = split_leading_like_shape,
    .gradient = gradient_reshape_like,
    .reference = reference_copy,
    .view = view_contiguous,
    .samples = split_leading_like_samples,
};

mica_tensor *split_leading_like(mica_tensor *x, mica_tensor *like) {
    return EMIT(&op_split_leading_like, NULL, x, like);
}
