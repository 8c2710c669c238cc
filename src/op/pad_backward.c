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

/* The places of an element of an axis in y: count of them, one after the other or at at[0 … 2]. */
typedef struct places {
    int64_t count, at[3];
    bool in_a_row;
} places;

static int64_t place_of(const places *p, int64_t i) {
    return p->in_a_row ? p->at[0] + i : p->at[i];
}

/* Element i: itself, its mirror images before and after, or the repeated edge. */
static places places_of(int64_t mode, int64_t i, int64_t low, int64_t high, int64_t n) {
    places p = {.count = 1, .at = {low + i}, .in_a_row = mode == MICA_PAD_EDGE};
    if (mode == MICA_PAD_EDGE) {
        if (i == 0) p.at[0] = 0, p.count += low;
        if (i == n - 1) p.count += high;
    }
    if (mode == MICA_PAD_CONSTANT || mode == MICA_PAD_EDGE) return p;
    int64_t edge = mode == MICA_PAD_SYMMETRIC;
    int64_t before = -i - edge, after = 2 * n - 2 - i + edge; /* of x's origin */
    if (before < 0 && before >= -low) p.at[p.count++] = low + before;
    if (after >= n && after < n + high) p.at[p.count++] = low + after;
    return p;
}

static void pad_backward_reference(const kernel_call *c) {
    const pad_attrs *a = c->attrs;
    const shape *y = &c->in_info[0].shape, *x = &c->out_info[0].shape;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    places own[MAX_RANK];
    for (int64_t i = 0, n = shape_size(x); i < n; i++, next_index(x, at)) {
        shape each = {.rank = x->rank};
        for (int k = 0; k < x->rank; k++) {
            own[k] = places_of(a->mode, at[k], a->low.dims[k], a->high.dims[k], x->dims[k]);
            each.dims[k] = own[k].count;
        }
        running_sum sum = {c->in_info[0].dtype, 0, 0};
        int64_t pick[MAX_RANK] = {0};
        for (int64_t j = 0, m = shape_size(&each); j < m; j++, next_index(&each, pick)) {
            for (int k = 0; k < x->rank; k++) from[k] = place_of(&own[k], pick[k]);
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
