/* where: y = condition ? a : b.  Three shapes that broadcast; condition bool, a and b of one dtype.
 * Gradient: da = dy where condition, else 0; db the other way.  Source: numpy.where; ONNX Where. */
#include "op/elementwise.h"

static mica_status where_shape(shape_frame *f) {
    shape_frame values = *f;
    if (f->in[0].dtype != MICA_BOOL)
        return fail(f->err, MICA_TYPE, "where: condition has dtype %s, expected bool",
                    mica_dtype_name(f->in[0].dtype));
    values.in = f->in + 1, values.inputs = 2;
    TRY(shape_of_broadcast(&values));
    if (!shape_broadcast(&f->out[0].shape, &f->in[0].shape, &f->out[0].shape)) {
        char condition[128], both[128];
        shape_format(&f->in[0].shape, condition), shape_format(&f->out[0].shape, both);
        return shape_fail(f, "condition %s and values %s do not broadcast", condition, both);
    }
    return MICA_OK;
}

static void where_gradient(gradient_frame *g) {
    mica_tensor *condition = g->in[0], *dy = g->dout[0];
    if (g->need[1]) give(g, 1, mica_where(condition, dy, zero_of(dy)));
    if (g->need[2]) give(g, 2, mica_where(condition, zero_of(dy), dy));
}

static double where_scalar(const double *x, const void *attrs) { return x[0] != 0 ? x[1] : x[2]; }
static int64_t where_integer(const int64_t *x, const void *attrs) { return x[0] ? x[1] : x[2]; }

static bool where_samples(int number, sample *s) {
    const shape shapes[][3] = {{MICA_SHAPE(3, 4), MICA_SHAPE(3, 4), MICA_SHAPE(3, 4)},
                               {MICA_SHAPE(3, 1), MICA_SHAPE(4), MICA_SCALAR},
                               {MICA_SHAPE(4), MICA_SHAPE(2, 3, 1), MICA_SHAPE(3, 4)}};
    if (number >= (int)LENGTH(shapes)) return false;
    s->inputs = 3;
    for (int i = 0; i < 3; i++)
        s->in[i].shape = shapes[number][i], s->in[i].low = i ? -2 : 0, s->in[i].high = i ? 2 : 1;
    s->in[0].integers = true, s->in[0].dtype = MICA_BOOL;
    return true;
}

const op op_where = {.name = "where",
                     .inputs = 3,
                     .outputs = 1,
                     .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO,
                     .shape = where_shape,
                     .gradient = where_gradient,
                     .scalar = where_scalar,
                     .integer = where_integer,
                     .samples = where_samples};

mica_tensor *mica_where(mica_tensor *condition, mica_tensor *a, mica_tensor *b) {
    NEEDS(condition, a, b);
    mica_dtype dtype = dtype_promote(a->dtype, b->dtype);
    return EMIT(&op_where, NULL, mica_cast(condition, MICA_BOOL), mica_cast(a, dtype),
                mica_cast(b, dtype));
}
