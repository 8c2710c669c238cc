/* cast: y = x as another dtype.  x, y any shape. Floats to integers are cut towards zero and
 * saturate (NaN gives 0), integers to integers wrap, bool is x != 0. Gradient: dx = dy as x's
 * dtype; none through integers.  Source: numpy.astype; ONNX Cast. */
#include "op/elementwise.h"

static const field cast_fields[] = {INTEGER(cast_attrs, dtype, .help = "number of the dtype"),
                                    END_OF_FIELDS};

static mica_status cast_shape(shape_frame *f) {
    int64_t dtype = ((const cast_attrs *)f->attrs)->dtype;
    if (!dtype_is_number(dtype))
        return fail(f->err, MICA_TYPE, "cast: dtype number %lld, expected 0 to %d",
                    (long long)dtype, MICA_STRING - 1);
    f->out[0].shape = f->in[0].shape;
    f->out[0].dtype = (mica_dtype)dtype;
    return MICA_OK;
}

static void cast_gradient(gradient_frame *g) {
    if (dtype_is_float(g->in[0]->dtype) && dtype_is_float(g->dout[0]->dtype))
        g->din[0] = mica_cast(g->dout[0], g->in[0]->dtype);
}

static double cast_scalar(const double *x, const void *attrs) { return x[0]; }
static int64_t cast_integer(const int64_t *x, const void *attrs) { return x[0]; }

static bool cast_samples(int number, sample *s) {
    *(cast_attrs *)s->attrs = (cast_attrs){MICA_FLOAT64};
    return samples_unary(number, s, -2, 2);
}

const op op_cast = {.name = "cast",
                    .inputs = 1,
                    .outputs = 1,
                    .traits = PURE | ELEMENTWISE | ZERO_AT_ZERO,
                    .fields = cast_fields,
                    .attrs_size = sizeof(cast_attrs),
                    .shape = cast_shape,
                    .gradient = cast_gradient,
                    .scalar = cast_scalar,
                    .integer = cast_integer,
                    .samples = cast_samples};

mica_tensor *mica_cast(mica_tensor *x, mica_dtype dtype) {
    NEEDS(x);
    cast_attrs attrs = {dtype};
    return x->dtype == dtype ? x : EMIT(&op_cast, &attrs, x);
}
