/* split: x in parts of given extents along an axis. One size may be -1: what is left; all -1: equal
 * parts.  Gradient: the parts' gradients concatenated.  Source: numpy.split; ONNX Split. */
#include "op/array.h"

#define MOST_PARTS ((int)LENGTH(((field_dims *)0)->dims))

typedef struct split_attrs {
    int64_t axis;
    field_dims sizes;
} split_attrs;

static mica_status split_sizes(shape_frame *f, int64_t n, field_dims *sizes) {
    int64_t sum = 0, open = 0;
    for (int64_t i = 0; i < sizes->count; i++) {
        if (sizes->dims[i] < -1)
            return shape_fail(f, "part %lld has extent %lld", (long long)i,
                              (long long)sizes->dims[i]);
        if (sizes->dims[i] < 0) open++;
        else sum += sizes->dims[i];
    }
    if (open > 1 && open < sizes->count)
        return shape_fail(f, "%lld extents are -1, expected at most one, or all", (long long)open);
    if (n < 0) return MICA_OK;
    int64_t rest = n - sum;
    if (rest < 0 || (open == 0 && rest > 0))
        return shape_fail(f, "extents that sum to %lld, expected %lld", (long long)sum,
                          (long long)n);
    if (open > 1 && n % open != 0)
        return shape_fail(f, "%lld elements do not divide into %lld equal parts", (long long)n,
                          (long long)open);
    for (int64_t i = 0; i < sizes->count; i++)
        if (sizes->dims[i] < 0) sizes->dims[i] = rest / open;
    return MICA_OK;
}

static mica_status split_shape(shape_frame *f) {
    const split_attrs *a = f->attrs;
    const shape *x = &f->in[0].shape;
    int axis = 0;
    TRY(require_axis(f, a->axis, x->rank, &axis));
    if (a->sizes.count < 1 || a->sizes.count > MOST_PARTS)
        return shape_fail(f, "%lld parts, expected 1 to %d", (long long)a->sizes.count, MOST_PARTS);
    field_dims sizes = a->sizes;
    TRY(split_sizes(f, x->dims[axis], &sizes));
    f->outputs = (int)sizes.count;
    for (int i = 0; i < f->outputs; i++) {
        f->out[i] = (operand){.dtype = f->in[0].dtype, .shape = *x};
        f->out[i].shape.dims[axis] = sizes.dims[i];
    }
    return MICA_OK;
}

static void split_gradient(gradient_frame *g) {
    mica_tensor *parts[MOST_PARTS];
    for (int i = 0; i < g->outputs; i++)
        parts[i] = g->dout[i] ? g->dout[i] : mica_zeros_like(g->out[i]);
    g->din[0] = mica_concatenate(parts, g->outputs, ((const split_attrs *)g->attrs)->axis);
}

static void split_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape;
    int axis = 0;
    axis_resolve(((const split_attrs *)c->attrs)->axis, x->rank, &axis);
    int64_t begin = 0;
    for (int k = 0; k < c->outputs; k++) {
        const shape *y = &c->out_info[k].shape;
        int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
        for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
            memcpy(from, at, sizeof from);
            from[axis] += begin;
            copy_element(c, k, i, 0, ravel(x, from));
        }
        begin += y->dims[axis];
    }
}

static bool split_samples(int number, sample *s) {
    static const split_attrs cases[] = {
        {1, {3, {1, -1, 2}}}, {-1, {2, {-1, -1}}}, {0, {2, {1, 2}}}};
    if (number >= (int)LENGTH(cases)) return false;
    *(split_attrs *)s->attrs = cases[number];
    sample_real(s, MICA_SHAPE(3, 6));
    return true;
}

static const field split_fields[] = {
    INTEGER(split_attrs, axis, .help = "negative counts from the end"),
    DIMS(split_attrs, sizes, .help = "extents of the parts"),
    END_OF_FIELDS,
};

const op op_split = {
    .name = "split",
    .inputs = 1,
    .outputs = VARIADIC,
    .traits = PURE | ZERO_AT_ZERO,
    .fields = split_fields,
    .attrs_size = sizeof(split_attrs),
    .shape = split_shape,
    .gradient = split_gradient,
    .reference = split_reference,
    .samples = split_samples,
};

void mica_split(mica_tensor *x, int64_t axis, const int64_t *sizes, int count, mica_tensor **out) {
    if (LACKS(context_of(x), x, "x") || LACKS(x->ctx, out, "out")) return;
    split_attrs a = {.axis = axis, .sizes.count = count};
    for (int i = 0; i < count && i < MOST_PARTS; i++) a.sizes.dims[i] = sizes ? sizes[i] : -1;
    if (count >= 1 && count <= MOST_PARTS) {
        emit_many(context_of(x), &op_split, &a, 1, &x, count, out);
        return;
    }
    if (x->kind != TENSOR_POISON)
        context_fail(x->ctx, MICA_SHAPE, "split: %d parts, expected 1 to %d", count, MOST_PARTS);
    for (int i = 0; i < count; i++) out[i] = tensor_poison(x->ctx);
}
