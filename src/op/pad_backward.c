/* pad_backward: the sum of dy over all places where pad has put an element of x, in the shape of x,
 * whose values do not matter.  Gradient: pad with zero. */
#include "op/array.h"

static mica_status pad_backward_shape(shape_frame *f) {
    shape y;
    TRY(pad_result(f, &f->in[1].shape, &y));
    TRY(require_shape(f, 0, &y));
    return shape_of_second(f);
}

static void pad_backward_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_pad, g->attrs, g->dout[0]);
}

/* The places of element i of an axis in y: itself, and its mirror images before and after. */
static int64_t places(int64_t mode, int64_t i, int64_t low, int64_t high, int64_t n,
                      int64_t place[3]) {
    int64_t count = 0, edge = mode == MICA_PAD_SYMMETRIC;
    place[count++] = low + i;
    if (mode == MICA_PAD_CONSTANT) return count;
    int64_t before = -i - edge, after = 2 * n - 2 - i + edge; /* of x's origin */
    if (before < 0 && before >= -low) place[count++] = low + before;
    if (after >= n && after < n + high) place[count++] = low + after;
    return count;
}

static void pad_backward_reference(const kernel_call *c) {
    const pad_attrs *a = c->attrs;
    const shape *y = &c->in_info[0].shape, *x = &c->out_info[0].shape;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK], place[MAX_RANK][3];
    for (int64_t i = 0, n = shape_size(x); i < n; i++, next_index(x, at)) {
        shape each = {.rank = x->rank};
        for (int k = 0; k < x->rank; k++)
            each.dims[k] = places(a->mode, at[k], a->low.dims[k], a->high.dims[k], x->dims[k],
                                  place[k]);
        running_sum sum = {c->in_info[0].dtype, 0, 0};
        int64_t pick[MAX_RANK] = {0};
        for (int64_t j = 0, m = shape_size(&each); j < m; j++, next_index(&each, pick)) {
            for (int k = 0; k < x->rank; k++) from[k] = place[k][pick[k]];
            sum_element(&sum, c->in[0], ravel(y, from));
        }
        sum_store(&sum, c->out[0], i);
    }
}

static bool pad_backward_samples(int number, sample *s) {
    shape x, y;
    if (!pad_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, y);
    sample_like(s, x);
    return true;
}

const op op_pad_backward = {
    .name = "pad_backward",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 1,
    .fields = pad_fields,
    .attrs_size = sizeof(pad_attrs),
    .shape = pad_backward_shape,
    .gradient = pad_backward_gradient,
    .reference = pad_backward_reference,
    .samples = pad_backward_samples,
    .tolerance = 1e-5,
};
