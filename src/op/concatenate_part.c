/* concatenate_part: of dy, that has the shape of concatenate(x_1 … x_n), the part of x_index. The
 * values of x do not matter.  Gradient: the same part of zeros. */
#include "op/array.h"

static mica_status concatenate_part_shape(shape_frame *f) {
    const part_attrs *a = f->attrs;
    shape whole;
    int axis;
    TRY(concatenate_result(f, 1, &whole, &axis));
    if (a->index < 0 || a->index >= f->inputs - 1)
        return shape_fail(f, "part %lld of %d", (long long)a->index, f->inputs - 1);
    TRY(require_shape(f, 0, &whole));
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = f->in[1 + a->index].shape};
    return MICA_OK;
}

static void concatenate_part_gradient(gradient_frame *g) {
    const part_attrs *a = g->attrs;
    mica_tensor *in[MAX_INPUTS];
    for (int i = 0; i < g->inputs - 1; i++)
        in[i] = i == a->index ? g->dout[0] : zeros_like(g->in[i + 1]);
    g->din[0] = emit(&op_concatenate, &(along_attrs){a->axis}, g->inputs - 1, in);
}

static void concatenate_part_reference(const kernel_call *c) {
    const part_attrs *a = c->attrs;
    const shape *whole = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int axis = 0;
    axis_resolve(a->axis, y->rank, &axis);
    int64_t begin = 0, at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0; i < a->index; i++) begin += c->in_info[1 + i].shape.dims[axis];
    for (int64_t i = 0, n = shape_size(y); i < n; i++, next_index(y, at)) {
        memcpy(from, at, sizeof from);
        from[axis] += begin;
        copy_element(c, 0, i, 0, ravel(whole, from));
    }
}

static bool concatenate_part_view(view_frame *v) {
    /* The offset depends on the other inputs' shapes, which a view rule does not see. */
    if (!shape_equal(v->in_shape, v->out_shape)) return false;
    memcpy(v->out_strides, v->in_strides, (size_t)v->in_shape->rank * sizeof(int64_t));
    *v->offset = 0;
    return true;
}

static bool concatenate_part_samples(int number, sample *s) {
    if (number >= 3) return false;
    *(part_attrs *)s->attrs = (part_attrs){1, number};
    sample_real(s, MICA_SHAPE(2, 6));
    for (int i = 0; i < 3; i++) sample_like(s, MICA_SHAPE(2, 1 + i));
    return true;
}

static const field part_fields[] = {
    INTEGER(part_attrs, axis, .help = "negative counts from the end"),
    INTEGER(part_attrs, index, .help = "which part, from 0"),
    END_OF_FIELDS,
};

const op op_concatenate_part = {
    .name = "concatenate_part",
    .inputs = VARIADIC,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .shape_inputs = ~(uint64_t)1,
    .fields = part_fields,
    .attrs_size = sizeof(part_attrs),
    .shape = concatenate_part_shape,
    .gradient = concatenate_part_gradient,
    .reference = concatenate_part_reference,
    .view = concatenate_part_view,
    .samples = concatenate_part_samples,
};
