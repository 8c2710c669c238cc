/* prod_grad: dx_i = dy times the product of the elements that are reduced together with x_i,
 * without x_i itself, so that zeros do no harm.  dy as prod's output, x and dx any shape, any float
 * type. Gradient: none (an error): prod is differentiated once only. */
#include "op/reduce.h"

static void prod_grad_gradient(gradient_frame *g) {
    context_fail(g->dout[0]->ctx, MICA_UNSUPPORTED,
                 "prod: its gradient cannot be differentiated again");
}

static double product_without(const reduce_span *s, int64_t left_out) {
    double y = 1;
    for (int64_t i = 0; i < s->count; i++)
        if (i != left_out) y *= span_at(s, i);
    return y;
}

static void prod_grad_reference(const kernel_call *c) {
    bool reduced[MAX_RANK];
    mica_dtype dtype = c->out_info[0].dtype;
    mark_axes(c->attrs, c->in_info[1].shape.rank, reduced);
    reduce_walk w = walk_axes(&c->in_info[1], c->in[1], reduced);
    for (int64_t i = 0; i < w.count; i++) {
        double dy = dtype_load(dtype, element_of(c->in[0], dtype, i));
        reduce_span span = walk_at(&w, i);
        for (int64_t k = 0; k < span.count; k++)
            dtype_store(dtype, element_of(c->out[0], dtype, span_index(&span, k)),
                        dy * product_without(&span, k));
    }
}

static bool prod_grad_samples(int number, sample *s) {
    if (!reduce_samples(number, s, -2, 2, false)) return false;
    s->in[1] = s->in[0];
    s->in[0].shape = reduced_shape(&s->in[1].shape, s->attrs);
    s->inputs = 2;
    return true;
}

const op op_prod_grad = {.name = "prod_grad",
                         .inputs = 2,
                         .outputs = 1,
                         .traits = PURE | ONCE,
                         .fields = reduce_fields,
                         .attrs_size = sizeof(reduce_attrs),
                         .shape = shape_of_expansion,
                         .gradient = prod_grad_gradient,
                         .reference = prod_grad_reference,
                         .samples = prod_grad_samples,
                         .tolerance = SUMMED};
