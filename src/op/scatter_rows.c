/* scatter_rows: zeros in the shape of x, to which every slice of dy is added where gather took it
 * from; equal indices add up, those out of range are left out. The values of x do not matter.
 * Gradient: gather.  It is the dense gradient of an embedding. */
#include "op/array.h"

static mica_status scatter_rows_shape(shape_frame *f) {
    const shape *dy = &f->in[0].shape, *indices = &f->in[1].shape, *x = &f->in[2].shape;
    int axis = 0;
    TRY(require_axis(f, ((const along_attrs *)f->attrs)->axis, x->rank, &axis));
    TRY(gather_check(f, &f->in[1], x->dims[axis]));
    if (dy->rank != x->rank - 1 + indices->rank)
        return shape_fail(f, "gradient of rank %d, expected %d", dy->rank,
                          x->rank - 1 + indices->rank);
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = *x};
    return MICA_OK;
}

static void scatter_rows_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_gather, g->attrs, g->dout[0], g->in[1]);
}

static void scatter_rows_reference(const kernel_call *c) {
    const shape *x = &c->out_info[0].shape;
    int axis = 0;
    axis_resolve(((const along_attrs *)c->attrs)->axis, x->rank, &axis);
    int64_t outer = 1, inner = 1, extent = x->dims[axis], n = shape_size(&c->in_info[1].shape);
    for (int i = 0; i < axis; i++) outer *= x->dims[i];
    for (int i = axis + 1; i < x->rank; i++) inner *= x->dims[i];
    for (int64_t o = 0; o < outer; o++)
        for (int64_t e = 0; e < extent; e++)
            for (int64_t k = 0; k < inner; k++) {
                running_sum sum = {c->out_info[0].dtype, 0, 0};
                for (int64_t i = 0; i < n; i++)
                    if (gather_index(&c->in_info[1], c->in[1], i, extent) == e)
                        sum_element(&sum, c->in[0], (o * n + i) * inner + k);
                sum_store(&sum, c->out[0], (o * extent + e) * inner + k);
            }
}

static bool scatter_rows_samples(int number, sample *s) {
    static const struct {
        int64_t axis;
        shape dy, indices;
    } cases[] = {{0, {3, {5, 2, 2}}, {1, {5}}}, {1, {4, {3, 2, 2, 2}}, {2, {2, 2}}}};
    if (number >= (int)LENGTH(cases)) return false;
    ((along_attrs *)s->attrs)->axis = cases[number].axis;
    sample_real(s, cases[number].dy);
    sample_whole(s, cases[number].indices, -2, 1, MICA_INT64);
    sample_like(s, number == 0 ? MICA_SHAPE(3, 2, 2) : MICA_SHAPE(3, 2, 2));
    return true;
}

const op op_scatter_rows = {
    .name = "scatter_rows",
    .inputs = 3,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 2,
    .fields = along_fields,
    .attrs_size = sizeof(along_attrs),
    .shape = scatter_rows_shape,
    .gradient = scatter_rows_gradient,
    .reference = scatter_rows_reference,
    .samples = scatter_rows_samples,
    .tolerance = 1e-5,
};
