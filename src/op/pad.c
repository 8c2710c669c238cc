/* pad: low[i] elements before, high[i] after axis i: a constant, or x mirrored at its first and
 * last element (reflect: without repeating it; symmetric: repeating it), or these elements again
 * (edge). Gradient: pad_backward.  Source: numpy.pad; ONNX Pad. */
#include "op/pad.h"

mica_status pad_result(shape_frame *f, const shape *x, shape *y) {
    const pad_attrs *a = f->attrs;
    if (a->low.count != x->rank || a->high.count != x->rank)
        return shape_fail(f, "%lld lows, %lld highs, expected %d of each", (long long)a->low.count,
                          (long long)a->high.count, x->rank);
    if (a->mode < MICA_PAD_CONSTANT || a->mode > MICA_PAD_EDGE)
        return shape_fail(f, "mode %lld, expected 0 to 3", (long long)a->mode);
    *y = *x;
    for (int i = 0; i < x->rank; i++) {
        int64_t low = a->low.dims[i], high = a->high.dims[i], n = x->dims[i];
        if (low < 0 || high < 0 || low > INT32_MAX || high > INT32_MAX)
            return shape_fail(f, "padding (%lld, %lld) of axis %d, expected 0 or more",
                              (long long)low, (long long)high, i);
        if (n < 0) continue;
        int64_t most = a->mode == MICA_PAD_REFLECT     ? n - 1
                       : a->mode == MICA_PAD_SYMMETRIC ? n
                       : n > 0                         ? INT32_MAX
                                                       : 0;
        if (a->mode != MICA_PAD_CONSTANT && (low > most || high > most) && low + high > 0)
            return shape_fail(f, "padding (%lld, %lld) of axis %d, expected at most %lld",
                              (long long)low, (long long)high, i, (long long)(most < 0 ? 0 : most));
        y->dims[i] = n + low + high;
    }
    return MICA_OK;
}

static mica_status pad_shape(shape_frame *f) {
    f->out[0].dtype = f->in[0].dtype;
    return pad_result(f, &f->in[0].shape, &f->out[0].shape);
}

static void pad_gradient(gradient_frame *g) {
    pad_attrs a = *(const pad_attrs *)g->attrs;
    a.value = 0;
    g->din[0] = EMIT(&op_pad_backward, &a, g->dout[0], g->in[0]);
}

int64_t pad_source(int64_t mode, int64_t p, int64_t low, int64_t n) {
    int64_t i = p - low;
    if (i >= 0 && i < n) return i;
    if (mode == MICA_PAD_CONSTANT) return -1;
    if (mode == MICA_PAD_EDGE) return i < 0 ? 0 : n - 1;
    int64_t edge = mode == MICA_PAD_SYMMETRIC;
    return i < 0 ? -i - edge : 2 * n - 2 - i + edge;
}

static void pad_reference(const kernel_call *c) {
    const pad_attrs *a = c->attrs;
    const shape *x = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        bool inside = true;
        for (int k = 0; k < x->rank; k++) {
            from[k] = pad_source(a->mode, at[k], a->low.dims[k], x->dims[k]);
            inside &= from[k] >= 0;
        }
        if (inside) copy_element(c, 0, i, 0, ravel(x, from));
        else set_element(c, 0, i, a->value);
    }
}

bool pad_case(int number, pad_attrs *a, shape *x, shape *y) {
    static const pad_attrs cases[] = {
        {MICA_PAD_CONSTANT, 0, {2, {1, 0}}, {2, {2, 1}}},
        {MICA_PAD_REFLECT, 0, {2, {2, 1}}, {2, {1, 3}}},
        {MICA_PAD_SYMMETRIC, 0, {2, {3, 0}}, {2, {2, 4}}},
        {MICA_PAD_EDGE, 0, {2, {4, 1}}, {2, {0, 6}}},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number];
    *x = *y = MICA_SHAPE(3, 4);
    for (int i = 0; i < 2; i++) y->dims[i] += a->low.dims[i] + a->high.dims[i];
    return true;
}

static bool pad_samples(int number, sample *s) {
    shape x, y;
    if (!pad_case(number, s->attrs, &x, &y)) return false;
    if (number == 0) ((pad_attrs *)s->attrs)->value = 1.5;
    sample_real(s, x);
    return true;
}

const field pad_fields[] = {
    INTEGER(pad_attrs, mode, .help = "0 constant, 1 reflect, 2 symmetric, 3 edge"),
    REAL(pad_attrs, value, .help = "the constant"),
    DIMS(pad_attrs, low, .help = "elements before each axis"),
    DIMS(pad_attrs, high, .help = "elements after each axis"),
    END_OF_FIELDS,
};

const op op_pad = {
    .name = "pad",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .fields = pad_fields,
    .attrs_size = sizeof(pad_attrs),
    .shape = pad_shape,
    .gradient = pad_gradient,
    .reference = pad_reference,
    .samples = pad_samples,
};

mica_tensor *mica_pad(mica_tensor *x, int count, const int64_t *low, const int64_t *high,
                      mica_pad_mode mode, double value) {
    NEEDS(x);
    pad_attrs a = {.mode = mode, .value = mode == MICA_PAD_CONSTANT ? value : 0};
    a.low.count = a.high.count = count > x->shape.rank ? count : x->shape.rank;
    for (int i = 0; i < count && i < MAX_RANK; i++) {
        a.low.dims[i] = low ? low[i] : 0;
        a.high.dims[i] = high ? high[i] : 0;
    }
    return EMIT(&op_pad, &a, x);
}
