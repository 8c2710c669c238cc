/* gather_nd: y[…] = x[indices[…, 0], …, indices[…, K-1]], a slice of x for each row of indices. x
 * of rank at least K, indices (…, K) integers, y (…, rest of x). Negative indices count from the
 * end; out of range: zeros.  Gradient: scatter_nd.  Source: tf.gather_nd; ONNX GatherND. */
#include "op/elements.h"

int64_t slice_place(const shape *x, const operand *info, const void *indices, int64_t i,
                    int64_t *size) {
    int64_t k = info->shape.dims[info->shape.rank - 1], at = 0;
    for (int64_t d = 0; d < k; d++) {
        int64_t index = gather_index(info, indices, i * k + d, x->dims[d]);
        if (index < 0) return -1;
        at = at * x->dims[d] + index;
    }
    *size = 1;
    for (int64_t d = k; d < x->rank; d++) *size *= x->dims[d];
    return at * *size;
}

static mica_status gather_nd_shape(shape_frame *f) {
    const shape *x = &f->in[0].shape, *indices = &f->in[1].shape;
    if (!dtype_is_integer(f->in[1].dtype))
        return type_fail(f, "indices are %s, expected an integer type",
                         mica_dtype_name(f->in[1].dtype));
    TRY(require_rank_between(f, 1, 1, MAX_RANK));
    int64_t k = indices->dims[indices->rank - 1];
    if (k < 0 || k > x->rank || indices->rank - 1 + x->rank - k > MAX_RANK) {
        char a[128], b[128];
        shape_format(x, a), shape_format(indices, b);
        return shape_fail(f, "indices %s into %s, expected at most %d in a row", b, a, x->rank);
    }
    shape y = *indices;
    y.rank--;
    for (int64_t d = k; d < x->rank; d++) y.dims[y.rank++] = x->dims[d];
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static void gather_nd_gradient(gradient_frame *g) {
    if (g->need[0])
        g->din[0] = mica_scatter_nd(mica_zeros_like(g->in[0]), g->in[1], g->dout[0],
                                    MICA_SCATTER_ADD);
}

static void gather_nd_reference(const kernel_call *c) {
    const shape *x = &c->in_info[0].shape, *indices = &c->in_info[1].shape;
    size_t element_size = mica_dtype_size(c->out_info[0].dtype);
    int64_t k = indices->dims[indices->rank - 1], rows = 1, size = 1;
    for (int d = 0; d < indices->rank - 1; d++) rows *= indices->dims[d];
    for (int64_t d = k; d < x->rank; d++) size *= x->dims[d];
    for (int64_t i = 0; i < rows; i++) {
        int64_t from = slice_place(x, &c->in_info[1], c->in[1], i, &size);
        char *to = (char *)c->out[0] + (size_t)(i * size) * element_size;
        if (from < 0) memset(to, 0, (size_t)size * element_size);
        else
            memcpy(to, (const char *)c->in[0] + (size_t)from * element_size,
                   (size_t)size * element_size);
    }
}

static bool gather_nd_samples(int number, sample *s) {
    if (number > 2) return false;
    sample_real(s, MICA_SHAPE(3, 3, 2));
    sample_whole(s,
                 number == 0   ? MICA_SHAPE(5, 2)
                 : number == 1 ? MICA_SHAPE(2, 2, 1)
                               : MICA_SHAPE(4, 3),
                 -2, 1, MICA_INT32);
    return true;
}

const op op_gather_nd = {.name = "gather_nd",
                         .inputs = 2,
                         .outputs = 1,
                         .traits = PURE,
                         .shape = gather_nd_shape,
                         .gradient = gather_nd_gradient,
                         .reference = gather_nd_reference,
                         .samples = gather_nd_samples};

mica_tensor *mica_gather_nd(mica_tensor *x, mica_tensor *indices) {
    return EMIT(&op_gather_nd, NULL, x, indices);
}
