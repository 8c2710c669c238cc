/* gather_elements: y[…, i, …] = x[…, indices[…, i, …], …] along the axis. x and indices have the
 * same rank, and the same extents but for the axis; y the shape of indices. Indices as gather's.
 * Gradient: scatter_elements.  Source: numpy.take_along_axis; ONNX GatherElements. */
#include "op/elements.h"

int64_t element_place(const operand *x, const operand *info, const void *indices, int axis,
                      int64_t i, const int64_t index[MAX_RANK]) {
    int64_t from[MAX_RANK];
    memcpy(from, index, sizeof from);
    from[axis] = gather_index(info, indices, i, x->shape.dims[axis]);
    return from[axis] < 0 ? -1 : ravel(&x->shape, from);
}

static mica_status gather_elements_shape(shape_frame *f) {
    const shape *x = &f->in[0].shape, *indices = &f->in[1].shape;
    int axis = 0;
    TRY(require_axis(f, ((const along_attrs *)f->attrs)->axis, x->rank, &axis));
    TRY(gather_check(f, &f->in[1], x->dims[axis]));
    shape expected = *x;
    if (indices->rank == x->rank) expected.dims[axis] = indices->dims[axis];
    TRY(require_shape(f, 1, &expected));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = *indices};
    return MICA_OK;
}

static void gather_elements_gradient(gradient_frame *g) {
    int64_t axis = ((const along_attrs *)g->attrs)->axis;
    if (g->need[0])
        g->din[0] = mica_scatter_elements(mica_zeros_like(g->in[0]), g->in[1], g->dout[0], axis,
                                          MICA_SCATTER_ADD);
}

static void gather_elements_reference(const kernel_call *c) {
    const shape *y = &c->out_info[0].shape;
    int64_t at[MAX_RANK] = {0};
    size_t size = mica_dtype_size(c->out_info[0].dtype);
    int axis = 0;
    axis_resolve(((const along_attrs *)c->attrs)->axis, y->rank, &axis);
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        int64_t from = element_place(&c->in_info[0], &c->in_info[1], c->in[1], axis, i, at);
        if (from < 0) memset((char *)c->out[0] + (size_t)i * size, 0, size);
        else copy_element(c, 0, i, 0, from);
    }
}

static bool gather_elements_samples(int number, sample *s) {
    static const int64_t axes[] = {0, 1, -1};
    if (number >= (int)LENGTH(axes)) return false;
    ((along_attrs *)s->attrs)->axis = axes[number];
    sample_real(s, MICA_SHAPE(3, 3, 3));
    sample_whole(s, number == 1 ? MICA_SHAPE(3, 5, 3) : MICA_SHAPE(3, 3, 3), -3, 2, MICA_INT32);
    return true;
}

const op op_gather_elements = {.name = "gather_elements",
                               .inputs = 2,
                               .outputs = 1,
                               .traits = PURE,
                               .fields = along_fields,
                               .attrs_size = sizeof(along_attrs),
                               .shape = gather_elements_shape,
                               .gradient = gather_elements_gradient,
                               .reference = gather_elements_reference,
                               .samples = gather_elements_samples};

mica_tensor *mica_gather_elements(mica_tensor *x, mica_tensor *indices, int64_t axis) {
    return EMIT(&op_gather_elements, &(along_attrs){axis}, x, indices);
}
