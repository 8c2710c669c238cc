/* size: y = the number of elements of x along the axes, a scalar of x's dtype; x's values do not
 * matter. Known shapes give a constant at once: with a symbolic batch, mean = sum / size still
 * holds. Source: numpy.size; ONNX Size. */
#include "op/reduce.h"

static mica_status size_shape(shape_frame *f) {
    bool reduced[MAX_RANK];
    TRY(reduced_axes(f, reduced));
    f->out[0].dtype = f->in[0].dtype;
    f->out[0].shape = MICA_SCALAR;
    return MICA_OK;
}

/* The product of the dims along the axes; -1 where one is not known, or an axis is not there. */
static int64_t count_elements(const shape *s, const reduce_attrs *attrs) {
    bool reduced[MAX_RANK];
    int64_t n = 1;
    if (!mark_axes(attrs, s->rank, reduced)) return -1;
    for (int i = 0; i < s->rank && n >= 0; i++)
        if (reduced[i]) n = s->dims[i] < 0 ? -1 : n * s->dims[i];
    return n;
}

static void size_reference(const kernel_call *c) {
    int64_t n = count_elements(&c->in_info[0].shape, c->attrs);
    if (dtype_is_float(c->out_info[0].dtype))
        dtype_store(c->out_info[0].dtype, c->out[0], (double)n);
    else dtype_store_int(c->out_info[0].dtype, c->out[0], n);
}

static bool size_samples(int number, sample *s) { return reduce_samples(number, s, -2, 2, false); }

REDUCTION_OP(size, .traits = PURE, .shape_inputs = 1, .shape = size_shape, .samples = size_samples)

mica_tensor *mica_size(mica_tensor *x, mica_axes axes) {
    NEEDS(x);
    reduce_attrs attrs = reduce_attrs_of(x, axes, false);
    int64_t n = count_elements(&x->shape, &attrs);
    return n >= 0 && x->kind != TENSOR_POISON ? scalar_like(x, (double)n)
                                              : EMIT(&op_size, &attrs, x);
}
