/* broadcast_like: x broadcast to the shape of `like`, whose values do not matter.
 * Gradient: the sum over the repeats. It is the gradient of sum_to_like. */
#include "op/array.h"

static mica_status broadcast_like_shape(shape_frame *f) {
    const shape *x = &f->in[0].shape, *like = &f->in[1].shape;
    shape both;
    if (x->rank > like->rank || !shape_broadcast(x, like, &both) || !shape_fits(like, &both)) {
        char from[128], to[128];
        shape_format(x, from);
        shape_format(like, to);
        return shape_fail(f, "%s does not broadcast to %s", from, to);
    }
    return shape_of_second(f);
}

static void broadcast_like_gradient(gradient_frame *g) {
    g->din[0] = sum_to_like(g->dout[0], g->in[0]);
}

static bool broadcast_like_samples(int number, sample *s) {
    static const shape cases[][2] = {{{2, {3, 1}}, {3, {2, 3, 4}}}, {{1, {3}}, {2, {2, 3}}}};
    if (number >= (int)LENGTH(cases)) return false;
    sample_real(s, cases[number][0]);
    sample_like(s, cases[number][1]);
    return true;
}

const op op_broadcast_like = {
    .name = "broadcast_like",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .shape_inputs = 1 << 1,
    .shape = broadcast_like_shape,
    .gradient = broadcast_like_gradient,
    .reference = reference_broadcast,
    .view = view_broadcast,
    .samples = broadcast_like_samples,
};

mica_tensor *mica_broadcast_like(mica_tensor *x, mica_tensor *like) {
    return EMIT(&op_broadcast_like, NULL, x, like);
}
