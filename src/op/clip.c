/* clip: y = min(max(x, min), max), NaN of NaN.  x, y any shape, any dtype.
 * Gradient: dx = dy where min <= x <= max, else 0 (as TensorFlow).  Source: numpy.clip; ONNX Clip.
 */
#include "op/elementwise.h"

static const field clip_fields[] = {REAL(clip_attrs, min, .help = "least value of y"),
                                    REAL(clip_attrs, max, .help = "greatest"), END_OF_FIELDS};

static void clip_gradient(gradient_frame *g) {
    const clip_attrs *a = g->attrs;
    mica_tensor *x = g->in[0], *dy = g->dout[0];
    mica_tensor *inside = mica_logical_and(mica_greater_equal(x, scalar_like(x, a->min)),
                                           mica_less_equal(x, scalar_like(x, a->max)));
    g->din[0] = mica_where(inside, dy, zero_of(dy));
}

static double clip_scalar(const double *x, const void *attrs) {
    const clip_attrs *a = attrs;
    return x[0] > a->max ? a->max : x[0] < a->min ? a->min : x[0];
}

/* a bound with a fraction lies between two integers: the inner one */
static int64_t clip_integer(const int64_t *x, const void *attrs) {
    const clip_attrs *a = attrs;
    double value = (double)x[0];
    return value > a->max ? (int64_t)floor(a->max) : value < a->min ? (int64_t)ceil(a->min) : x[0];
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
                    .shape = shape_of_input,
                    .gradient = clip_gradient,
                    .scalar = clip_scalar,
                    .integer = clip_integer,
                    .samples = clip_samples};

mica_tensor *mica_clip(mica_tensor *x, double min, double max) {
    clip_attrs attrs = {min, max};
    return EMIT(&op_clip, &attrs, x);
}
