/* clip: y = min(max(x, min), max), NaN of NaN.  x, y any shape, any dtype. Where min is above max,
 * y is max, as in NumPy and ONNX.
 * Gradient: dx = dy where min <= x <= max, else 0 (as TensorFlow).  Source: numpy.clip; ONNX Clip.
 */
#include "op/array.h"
#include "op/elementwise.h"

#include <string.h>

static const field clip_fields[] = {REAL(clip_attrs, min, .help = "least value of y"),
                                    REAL(clip_attrs, max, .help = "greatest"), END_OF_FIELDS};

static void clip_gradient(gradient_frame *g) {
    const clip_attrs *a = g->attrs;
    mica_tensor *x = g->in[0], *dy = g->dout[0];
    mica_tensor *inside = mica_logical_and(mica_greater_equal(x, scalar_like(x, a->min)),
                                           mica_less_equal(x, scalar_like(x, a->max)));
    g->din[0] = mica_where(inside, dy, zero_of(dy));
}

static mica_status clip_shape(shape_frame *f) {
    const clip_attrs *a = f->attrs;
    if (a->min != a->min || a->max != a->max)
        return value_fail(f, "min %g, max %g, expected numbers", a->min, a->max);
    return shape_of_input(f);
}

static double clip_scalar(const double *x, const void *attrs) {
    const clip_attrs *a = attrs;
    double y = x[0] < a->min ? a->min : x[0];
    return y > a->max ? a->max : y;
}

/* Integers inside the bounds stay exact, however large; a bound with a fraction lies between two
 * integers: the inner one. */
static void clip_reference(const kernel_call *c) {
    const clip_attrs *a = c->attrs;
    mica_dtype dtype = c->out_info[0].dtype;
    size_t size = mica_dtype_size(dtype);
    const char *from = c->in[0];
    char *to = c->out[0];
    for (int64_t i = 0, n = shape_size(&c->out_info[0].shape); i < n;
         i++, from += size, to += size) {
        double x = dtype_load(dtype, from), y = clip_scalar(&x, a);
        if (x == y || x != x) memcpy(to, from, size);
        else if (dtype_is_float(dtype)) dtype_store(dtype, to, y);
        else dtype_store(dtype, to, x > a->max || a->min > a->max ? floor(y) : ceil(y));
    }
}

static bool clip_samples(int number, sample *s) {
    *(clip_attrs *)s->attrs = (clip_attrs){-1, 1};
    return samples_unary(number / 3, s, number % 3 * 2 - 2.8, number % 3 * 2 - 1.2);
}

const op op_clip = {.name = "clip",
                    .inputs = 1,
                    .outputs = 1,
                    .traits = PURE | ELEMENTWISE,
                    .fields = clip_fields,
                    .attrs_size = sizeof(clip_attrs),
                    .shape = clip_shape,
                    .gradient = clip_gradient,
                    .scalar = clip_scalar,
                    .reference = clip_reference,
                    .samples = clip_samples};

mica_tensor *mica_clip(mica_tensor *x, double min, double max) {
    clip_attrs attrs = {min, max};
    return EMIT(&op_clip, &attrs, x);
}
