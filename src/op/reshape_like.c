/* reshape_like: the elements of x, row-major, in the shape of `like`, whose values do not matter.
 * Gradient: dy in the shape of x. It is the gradient of everything that only renames axes. */
#include "op/array.h"

static mica_status reshape_like_shape(shape_frame *f) {
    const shape *x = &f->in[0].shape, *like = &f->in[1].shape;
    if (shape_known(x) && shape_known(like) && shape_size(x) != shape_size(like)) {
        char from[128], to[128];
        shape_format(x, from);
        shape_format(like, to);
        return shape_fail(f, "cannot reshape %s to %s: %lld elements, expected %lld", from, to,
                          (long long)shape_size(x), (long long)shape_size(like));
    }
    return shape_of_second(f);
}

static bool reshape_like_samples(int number, sample *s) {
    if (number > 0) return false;
    sample_real(s, MICA_SHAPE(3, 4));
    sample_like(s, MICA_SHAPE(2, 6));
    return true;
}

const op op_reshape_like = {
    .name = "reshape_like",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .shape_inputs = 1 << 1,
    .shape = reshape_like_shape,
    .gradient = gradient_reshape_like,
    .reference = reference_copy,
    .view = view_contiguous,
    .samples = reshape_like_samples,
};

mica_tensor *mica_reshape_like(mica_tensor *x, mica_tensor *like) {
    return EMIT(&op_reshape_like, NULL, x, like);
}
