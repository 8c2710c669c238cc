/* sum_to_like: sums g over the axes along which `like` was broadcast to g's shape; the values of
 * `like` do not matter. It is the gradient of broadcasting, and broadcast_like is its own. */
#include "op/array.h"

static mica_status sum_to_like_shape(shape_frame *f) {
    const shape *g = &f->in[0].shape, *like = &f->in[1].shape;
    shape both;
    if (like->rank > g->rank || !shape_broadcast(like, g, &both) || !shape_fits(g, &both)) {
        char from[128], to[128];
        shape_format(like, from);
        shape_format(g, to);
        return shape_fail(f, "%s does not broadcast to %s, so that cannot be summed back", from,
                          to);
    }
    return shape_of_second(f);
}

static void sum_to_like_gradient(gradient_frame *g) {
    g->din[0] = mica_broadcast_like(g->dout[0], g->in[0]);
}

static bool sum_to_like_view(view_frame *v) {
    if (!shape_equal(v->in_shape, v->out_shape)) return false;
    memcpy(v->out_strides, v->in_strides, (size_t)v->in_shape->rank * sizeof(int64_t));
    *v->offset = 0;
    return true;
}

/* The extents over which one element of `like` was repeated. */
static shape repeats(const shape *g, const shape *like) {
    shape r = {.rank = g->rank};
    for (int i = 0; i < g->rank; i++) {
        int k = i - (g->rank - like->rank);
        r.dims[i] = k < 0 || like->dims[k] == 1 ? g->dims[i] : 1;
    }
    return r;
}

static void sum_to_like_reference(const kernel_call *c) {
    const shape *g = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    shape over = repeats(g, y);
    int new_axes = g->rank - y->rank;
    int64_t at[MAX_RANK] = {0};
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        running_sum sum = {c->in_info[0].dtype, 0, 0};
        int64_t repeat[MAX_RANK] = {0}, from[MAX_RANK];
        for (int64_t j = 0, m = shape_size(&over); j < m; j++, next_index(&over, repeat)) {
            for (int k = 0; k < g->rank; k++)
                from[k] = repeat[k] + (k < new_axes || over.dims[k] > 1 ? 0 : at[k - new_axes]);
            sum_element(&sum, c->in[0], ravel(g, from));
        }
        sum_store(&sum, c->out[0], i);
    }
}

static bool sum_to_like_samples(int number, sample *s) {
    static const shape cases[][2] = {{{3, {2, 3, 4}}, {2, {3, 1}}},
                                     {{2, {2, 3}}, {0, {0}}},
                                     {{2, {2, 3}}, {1, {3}}},
                                     {{2, {2, 3}}, {2, {2, 3}}}};
    if (number >= (int)LENGTH(cases)) return false;
    sample_real(s, cases[number][0]);
    sample_like(s, cases[number][1]);
    return true;
}

const op op_sum_to_like = {
    .name = "sum_to_like",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 1,
    .shape = sum_to_like_shape,
    .gradient = sum_to_like_gradient,
    .reference = sum_to_like_reference,
    .view = sum_to_like_view,
    .samples = sum_to_like_samples,
    .tolerance = 1e-5,
};

mica_tensor *sum_to_like(mica_tensor *g, mica_tensor *like) {
    /* An unknown extent may turn out to be 1 in one of the two only: then the op decides. */
    if (shape_known(&g->shape) && shape_equal(&g->shape, &like->shape)) return g;
    return EMIT(&op_sum_to_like, NULL, g, like);
}
