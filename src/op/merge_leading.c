/* merge_leading: the first two axes as one, whether their extents are known or not.
 * x (B, T, ...), y (B T, ...).  Gradient: dy in the shape of x. split_leading_like is its inverse.
 */
#include "op/array.h"

static mica_status merge_leading_shape(shape_frame *f) {
    TRY(require_rank_between(f, 0, 2, MAX_RANK));
    const shape *x = &f->in[0].shape;
    shape y = {.rank = x->rank - 1, .dims = {-1}};
    bool empty = x->dims[0] == 0 || x->dims[1] == 0;
    if (empty) y.dims[0] = 0;
    else if (x->dims[0] > 0 && x->dims[1] > 0 &&
             __builtin_mul_overflow(x->dims[0], x->dims[1], &y.dims[0]))
        return shape_fail(f, "%lld x %lld rows are too many", (long long)x->dims[0],
                          (long long)x->dims[1]);
    memcpy(y.dims + 1, x->dims + 2, (size_t)(x->rank - 2) * sizeof *y.dims);
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static bool merge_leading_samples(int number, sample *s) {
    static const shape cases[] = {{4, {2, 3, 2, 2}}, {2, {3, 4}}, {3, {1, 0, 2}}};
    if (number >= (int)LENGTH(cases)) return false;
    sample_real(s, cases[number]);
    return true;
}

const op op_merge_leading = {
    .name = "merge_leading",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .shape = merge_leading_shape,
    .gradient = gradient_reshape_like,
    .reference = reference_copy,
    .view = view_contiguous,
    .samples = merge_leading_samples,
};

mica_tensor *merge_leading(mica_tensor *x) { return EMIT(&op_merge_leading, NULL, x); }
