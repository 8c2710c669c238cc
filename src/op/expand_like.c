/* expand_like: y = g, a reduction of x over the axes, in every reduced element of x; x's values do
 * not matter.  y has x's shape. It is the gradient of sum, and sum is its own. */
#include "op/reduce.h"

#include <string.h>

static void expand_like_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_sum, g->attrs, g->dout[0]);
}

static void expand_like_reference(const kernel_call *c) {
    bool reduced[MAX_RANK];
    mica_dtype dtype = c->out_info[0].dtype;
    mark_axes(c->attrs, c->out_info[0].shape.rank, reduced);
    reduce_walk w = walk_axes(&c->out_info[0], NULL, reduced);
    for (int64_t i = 0; i < w.count; i++) {
        const void *g = element_of(c->in[0], dtype, i);
        reduce_span span = walk_at(&w, i);
        for (int64_t k = 0; k < span.count; k++)
            memcpy(element_of(c->out[0], dtype, span_index(&span, k)), g, mica_dtype_size(dtype));
    }
}

static bool expand_like_view(view_frame *v) {
    const reduce_attrs *a = v->attrs;
    bool reduced[MAX_RANK];
    mark_axes(a, v->out_shape->rank, reduced);
    for (int i = 0, from = 0; i < v->out_shape->rank; i++) {
        v->out_strides[i] = reduced[i] ? 0 : v->in_strides[from];
        from += !reduced[i] || a->keepdims;
    }
    *v->offset = 0;
    return true;
}

static bool expand_like_samples(int number, sample *s) {
    if (!reduce_samples(number, s, -2, 2, false)) return false;
    s->in[1] = s->in[0], s->in[1].constant = true;
    s->in[0].shape = reduced_shape(&s->in[1].shape, s->attrs);
    s->inputs = 2;
    return true;
}

const op op_expand_like = {.name = "expand_like",
                           .inputs = 2,
                           .outputs = 1,
                           .traits = PURE | ZERO_AT_ZERO,
                           .shape_inputs = 1 << 1,
                           .fields = reduce_fields,
                           .attrs_size = sizeof(reduce_attrs),
                           .shape = shape_of_expansion,
                           .gradient = expand_like_gradient,
                           .reference = expand_like_reference,
                           .view = expand_like_view,
                           .samples = expand_like_samples};

mica_tensor *expand_like(mica_tensor *g, mica_tensor *x, const reduce_attrs *attrs) {
    return EMIT(&op_expand_like, attrs, g, x);
}
