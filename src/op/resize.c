/* resize: one axis in another extent, with half-pixel centres; transform/resize_weights.c has the
 * weights.  x any shape.  Gradient: resize_backward.
 * Source: tf.image.resize; keras.ops.image.resize. */
#include "op/resize.h"

const field resize_fields[] = {
    INTEGER(resize_attrs, axis, .help = "negative counts from the end"),
    INTEGER(resize_attrs, size, .help = "the new extent; 0: use factor"),
    INTEGER(resize_attrs, factor, .help = "of the extent"),
    INTEGER(resize_attrs, method,
            .help = "0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 lanczos3, 5 lanczos5, 6 gaussian, "
                    "7 mitchellcubic, 8 adaptive"),
    INTEGER(resize_attrs, antialias, .help = "1: kernels are widened where the axis shrinks"),
    END_OF_FIELDS,
};

resize_axis resize_axis_for(const resize_attrs *a, int64_t n, int64_t size) {
    return resize_axis_of((mica_resize_method)a->method, a->antialias != 0, n, size);
}

mica_status resize_result(shape_frame *f, const shape *x, shape *y, int *axis) {
    const resize_attrs *a = f->attrs;
    TRY(require_axis(f, a->axis, x->rank, axis));
    if (a->method < MICA_RESIZE_NEAREST || a->method > MICA_RESIZE_ADAPTIVE)
        return shape_fail(f, "method %lld, expected 0 to %d", (long long)a->method,
                          MICA_RESIZE_ADAPTIVE);
    int64_t n = x->dims[*axis];
    if (a->size < 0 || a->size > INT32_MAX || a->factor < 0 || a->factor > INT32_MAX ||
        (!a->size && !a->factor))
        return shape_fail(f, "size %lld, factor %lld along axis %d, expected 1 or more of one",
                          (long long)a->size, (long long)a->factor, *axis);
    if (n == 0) return shape_fail(f, "axis %d is empty", *axis);
    if (n > INT32_MAX)
        return shape_fail(f, "extent %lld of axis %d, expected at most %d", (long long)n, *axis,
                          INT32_MAX);
    *y = *x;
    y->dims[*axis] = a->size ? a->size : n < 0 ? -1 : n * a->factor;
    return MICA_OK;
}

static mica_status resize_shape(shape_frame *f) {
    int axis;
    if (((const resize_attrs *)f->attrs)->method != MICA_RESIZE_NEAREST) TRY(require_float(f, 0));
    f->out[0].dtype = f->in[0].dtype;
    return resize_result(f, &f->in[0].shape, &f->out[0].shape, &axis);
}

static void resize_gradient(gradient_frame *g) {
    g->din[0] = EMIT(&op_resize_backward, g->attrs, g->dout[0], g->in[0]);
}

static void resize_reference(const kernel_call *c) {
    const resize_attrs *a = c->attrs;
    const shape *x = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    resize_axis r = resize_axis_for(a, x->dims[axis], y->dims[axis]);
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        resize_source s = resize_source_of(&r, at[axis]);
        double sum = 0;
        memcpy(from, at, sizeof from);
        from[axis] = s.first;
        if (r.method == MICA_RESIZE_NEAREST) {
            copy_element(c, 0, i, 0, ravel(x, from));
            continue;
        }
        for (; from[axis] < s.end; from[axis]++)
            sum += resize_share(&r, &s, from[axis]) * element(c, 0, ravel(x, from));
        set_element(c, 0, i, sum);
    }
}

bool resize_case(int number, resize_attrs *a, shape *x, shape *y) {
    static const struct {
        resize_attrs attrs;
        int64_t n, size;
    } cases[] = {
        {{1, 0, 3, MICA_RESIZE_NEAREST, 0}, 3, 9},       {{1, 3, 0, MICA_RESIZE_NEAREST, 0}, 5, 3},
        {{-2, 0, 2, MICA_RESIZE_BILINEAR, 0}, 4, 8},     {{1, 3, 0, MICA_RESIZE_BILINEAR, 0}, 7, 3},
        {{1, 3, 0, MICA_RESIZE_BILINEAR, 1}, 7, 3},      {{1, 7, 0, MICA_RESIZE_BICUBIC, 0}, 4, 7},
        {{1, 3, 0, MICA_RESIZE_BICUBIC, 1}, 8, 3},       {{1, 4, 0, MICA_RESIZE_AREA, 0}, 7, 4},
        {{1, 5, 0, MICA_RESIZE_AREA, 0}, 3, 5},          {{1, 9, 0, MICA_RESIZE_LANCZOS3, 0}, 5, 9},
        {{1, 3, 0, MICA_RESIZE_LANCZOS5, 1}, 12, 3},     {{1, 6, 0, MICA_RESIZE_GAUSSIAN, 0}, 4, 6},
        {{1, 3, 0, MICA_RESIZE_MITCHELLCUBIC, 1}, 7, 3}, {{1, 4, 0, MICA_RESIZE_ADAPTIVE, 0}, 7, 4},
        {{1, 7, 0, MICA_RESIZE_ADAPTIVE, 0}, 5, 7},
    };
    if (number >= (int)LENGTH(cases)) return false;
    *a = cases[number].attrs;
    *x = MICA_SHAPE(2, cases[number].n, 1 + number % 3); /* an inner extent of 1 too */
    *y = *x;
    y->dims[1] = cases[number].size;
    return true;
}

static bool resize_samples(int number, sample *s) {
    shape x, y;
    if (!resize_case(number, s->attrs, &x, &y)) return false;
    sample_real(s, x);
    return true;
}

const op op_resize = {
    .name = "resize",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE,
    .fields = resize_fields,
    .attrs_size = sizeof(resize_attrs),
    .shape = resize_shape,
    .gradient = resize_gradient,
    .reference = resize_reference,
    .samples = resize_samples,
    .tolerance = 1e-5,
};

mica_tensor *mica_resize(mica_tensor *x, int64_t axis, int64_t size, mica_resize_method method,
                         bool antialias) {
    const resize_attrs a = {axis, size, 0, method, antialias};
    return EMIT(&op_resize, &a, x);
}

mica_tensor *mica_upsample(mica_tensor *x, int64_t axis, int64_t factor,
                           mica_resize_method method) {
    const resize_attrs a = {axis, 0, factor, method, 0};
    return EMIT(&op_resize, &a, x);
}
