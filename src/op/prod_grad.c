/* prod_grad: dx_i = dy times the product of the elements that are reduced together with x_i,
 * without x_i itself, so that zeros do no harm.  dy as prod's output, x and dx any shape, any float
 * type. Gradient: that of its parts, products of those before x_i and of those after, by scans:
 * nothing is divided by. */
#include "mica/array.h"
#include "op/reduce.h"

/* carry: the product so far; stacked: as the step finds it. */
static void multiply_on(void *user, mica_context *ctx, mica_tensor *const *in, mica_tensor **out) {
    (void)user, (void)ctx;
    out[0] = mica_multiply(in[0], in[1]);
    out[1] = in[0];
}

/* Of each row the product of the rows before it, or after. rows (n, rest) */
static mica_tensor *products(mica_tensor *rows, bool after) {
    mica_tensor *ones = mica_ones_like(mica_sum(rows, MICA_AXES(0), false));
    mica_tensor *in[] = {ones, rows}, *out[2];
    mica_scan(multiply_on, NULL,
              MICA_OPTIONS(scan, .carries = 1, .sequences = 1, .outputs = 1, .reverse = after), in,
              out);
    return out[1];
}

static int64_t times(int64_t size, int64_t extent) {
    return size < 0 || extent < 0 ? -1 : size * extent;
}

static void prod_grad_compose(compose_frame *c) {
    mica_tensor *dy = c->in[0], *x = c->in[1];
    bool reduced[MAX_RANK];
    mica_axes there = {.count = x->shape.rank}, back = there;
    int64_t n = 1, rest = 1;
    int next = 0;
    mark_axes(c->attrs, x->shape.rank, reduced);
    for (int kept = 0; kept < 2; kept++) /* the reduced axes first */
        for (int i = 0; i < x->shape.rank; i++) {
            if (reduced[i] == kept) continue;
            if (kept) rest = times(rest, x->shape.dims[i]);
            else n = times(n, x->shape.dims[i]);
            there.axes[next] = i;
            back.axes[i] = next++;
        }
    mica_tensor *moved = mica_transpose(x, there);
    mica_tensor *rows = mica_reshape(moved, MICA_SHAPE(n, rest));
    mica_tensor *others = mica_multiply(products(rows, false), products(rows, true));
    others = mica_transpose(mica_reshape_like(others, moved), back);
    c->out[0] = mica_multiply(expand_like(dy, x, c->attrs), others);
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
                         .traits = PURE,
                         .fields = reduce_fields,
                         .attrs_size = sizeof(reduce_attrs),
                         .shape = shape_of_expansion,
                         .compose = prod_grad_compose,
                         .reference = prod_grad_reference,
                         .samples = prod_grad_samples,
                         .tolerance = SUMMED};
