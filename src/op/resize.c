/* resize: one axis in another extent, with half-pixel centres: position i of the result lies at
 * u = (i + 1/2) n / size. With a kernel k of radius r
 *   y[i] = sum of x[j] k((j + 1/2 - u) / s) over |j + 1/2 - u| <= r s, divided by the sum of the k
 * where s is 1, or with antialias max(n / size, 1). nearest takes element floor(u) alone; area is
 * the mean over (i n / size, (i + 1) n / size), adaptive that of all elements that this touches.
 * x any shape.  Gradient: resize_backward.
 * Source: tf.image.resize, whose bicubic without antialias reads its kernel from a table with steps
 * of 1/1024; keras.ops.image.resize; Keys (1981), Duchon (1979), Mitchell and Netravali (1988). */
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

static double triangle(double x) { return x < 1 ? 1 - x : 0; }

static double keys_cubic(double x) {
    if (x >= 2) return 0;
    return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
}

static double mitchell_cubic(double x) {
    if (x >= 2) return 0;
    return x >= 1 ? ((-7 * x / 18 + 2) * x - 10 / 3.0) * x + 16 / 9.0
                  : (7 * x / 6 - 2) * x * x + 8 / 9.0;
}

static double lanczos(double x, double radius) {
    if (x >= radius) return 0;
    double t = M_PI * x;
    return x == 0 ? 1 : radius * sin(t) * sin(t / radius) / (t * t);
}

static double lanczos3(double x) { return lanczos(x, 3); }
static double lanczos5(double x) { return lanczos(x, 5); }
static double gaussian(double x) { return x < 1.5 ? exp(-2 * x * x) : 0; } /* sigma 1/2 */

static const struct {
    double (*kernel)(double x);
    double radius;
} kernels[] = {
    [MICA_RESIZE_BILINEAR] = {triangle, 1},   [MICA_RESIZE_BICUBIC] = {keys_cubic, 2},
    [MICA_RESIZE_LANCZOS3] = {lanczos3, 3},   [MICA_RESIZE_LANCZOS5] = {lanczos5, 5},
    [MICA_RESIZE_GAUSSIAN] = {gaussian, 1.5}, [MICA_RESIZE_MITCHELLCUBIC] = {mitchell_cubic, 2},
};

resize_axis resize_axis_of(const resize_attrs *a, int64_t n, int64_t size) {
    double scale = (double)n / (double)size;
    return (resize_axis){a->method, n, size, a->antialias && scale > 1 ? scale : 1};
}

static int64_t within(double at, int64_t n) {
    return at < 0 ? 0 : at > (double)(n - 1) ? n - 1 : (int64_t)at;
}

/* The share of element j in the mean over i n / size … (i + 1) n / size, times n: whole numbers. */
static double overlap(const resize_axis *r, const resize_source *s, int64_t j) {
    double low = s->centre - 0.5 * (double)r->n, high = s->centre + 0.5 * (double)r->n;
    double first = (double)(j * r->size), end = (double)((j + 1) * r->size);
    return fmin(high, end) - fmax(low, first);
}

static bool by_area(const resize_axis *r) {
    return r->method == MICA_RESIZE_AREA || r->method == MICA_RESIZE_ADAPTIVE;
}

static double weight(const resize_axis *r, const resize_source *s, int64_t j) {
    if (r->method == MICA_RESIZE_NEAREST || r->method == MICA_RESIZE_ADAPTIVE) return 1;
    if (r->method == MICA_RESIZE_AREA) return overlap(r, s, j);
    return kernels[r->method].kernel(fabs((double)j + 0.5 - s->centre) / r->scale);
}

resize_source resize_source_of(const resize_axis *r, int64_t i) {
    resize_source s = {.centre = ((double)i + 0.5) * (double)r->n / (double)r->size};
    if (r->method == MICA_RESIZE_NEAREST) {
        s.first = within((double)((2 * i + 1) * r->n / (2 * r->size)), r->n);
        s.end = s.first + 1;
    } else if (by_area(r)) { /* counted in parts of an element: exact */
        s.first = i * r->n / r->size;
        s.end = ((i + 1) * r->n + r->size - 1) / r->size;
        s.centre = ((double)i + 0.5) * (double)r->n;
    } else {
        double reach = kernels[r->method].radius * r->scale;
        s.first = within(ceil(s.centre - reach - 0.5), r->n);
        s.end = within(floor(s.centre + reach - 0.5), r->n) + 1;
    }
    for (int64_t j = s.first; j < s.end; j++) s.sum += weight(r, &s, j);
    return s;
}

double resize_share(const resize_axis *r, const resize_source *s, int64_t j) {
    return weight(r, s, j) / s->sum;
}

void resize_users(const resize_axis *r, int64_t j, int64_t *first, int64_t *end) {
    double reach = r->method == MICA_RESIZE_NEAREST ? 1
                   : by_area(r)                     ? (double)r->n / (double)r->size + 1
                                                    : kernels[r->method].radius * r->scale + 1;
    double scale = (double)r->size / (double)r->n, at = ((double)j + 0.5) * scale - 0.5;
    *first = within(floor(at - reach * scale), r->size);
    *end = within(ceil(at + reach * scale), r->size) + 1;
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
    resize_axis r = resize_axis_of(a, x->dims[axis], y->dims[axis]);
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
