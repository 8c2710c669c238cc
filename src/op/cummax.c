/* cummax: y_i = the greatest of x_0 … x_i along the axis, and int64 where it is: the last of
 * equals; NaN is the greatest. x, y any shape, any dtype.  Gradient: dy goes where y came from.
 * Source: torch.cummax. */
#include "op/array.h"
#include "op/cumulative.h"

static mica_status cummax_shape(shape_frame *f) {
    TRY(cumulative_check(f));
    f->out[1] = (operand){.dtype = MICA_INT64, .shape = f->in[0].shape};
    return MICA_OK;
}

static void cummax_gradient(gradient_frame *g) {
    int64_t axis = ((const cumulative_attrs *)g->attrs)->axis;
    if (g->dout[0])
        g->din[0] = mica_scatter_elements(mica_zeros_like(g->in[0]), g->out[1], g->dout[0], axis,
                                          MICA_SCATTER_ADD);
}

static void cummax_reference(const kernel_call *c) {
    mica_dtype dtype = c->out_info[0].dtype;
    reduce_walk w = cumulative_walk(&c->in_info[0], c->in[0], c->attrs);
    for (int64_t i = 0; i < w.count; i++) {
        reduce_span s = walk_at(&w, i);
        int64_t best = 0;
        for (int64_t k = 0; k < s.count; k++) {
            double x = span_at(&s, k), most = span_at(&s, best);
            bool more = dtype_is_float(dtype) ? x != x || x >= most
                                              : span_integer(&s, k) >= span_integer(&s, best);
            if (dtype == MICA_UINT64)
                more = (uint64_t)span_integer(&s, k) >= (uint64_t)span_integer(&s, best);
            if (more) best = k;
            copy_element(c, 0, span_index(&s, k), 0, span_index(&s, best));
            ((int64_t *)c->out[1])[span_index(&s, k)] = best;
        }
    }
}

static bool cummax_samples(int number, sample *s) {
    if (number > 1) return false;
    ((cumulative_attrs *)s->attrs)->axis = number;
    s->inputs = 1;
    s->in[0] = (struct sample_input){
        .shape = MICA_SHAPE(3, 5), .low = -1, .high = 1, .distinct = true};
    return true;
}

const op op_cummax = {.name = "cummax",
                      .inputs = 1,
                      .outputs = 2,
                      .traits = PURE,
                      .fields = cumulative_fields,
                      .attrs_size = sizeof(cumulative_attrs),
                      .shape = cummax_shape,
                      .gradient = cummax_gradient,
                      .reference = cummax_reference,
                      .samples = cummax_samples};

mica_tensor *mica_cummax(mica_tensor *x, int64_t axis, mica_tensor **where) {
    NEEDS(x);
    cumulative_attrs a = cumulative_attrs_of(x, axis, false, false);
    mica_tensor *out[2];
    emit_many(context_of(x), &op_cummax, &a, 1, &x, 2, out);
    if (where) *where = out[1];
    return out[0];
}
