/* scatter_elements: y = x, with y[…, indices[…, i, …], …] set to updates[…, i, …] along the axis,
 * or increased by it. indices and updates have one shape, as for gather_elements; y like x. Of
 * equal indices the last one is set, all are added; out of range: left out. Gradient: added: dx =
 * dy; set: 0 at the indices; dupdates = gather_elements(dy). Source: numpy.put_along_axis; ONNX
 * ScatterElements. */
#include "op/elements.h"

const field scatter_fields[] = {
    INTEGER(scatter_attrs, axis, .help = "negative counts from the end"),
    INTEGER(scatter_attrs, action, .help = "0: set, 1: add"), END_OF_FIELDS};

mica_status scatter_check(shape_frame *f) {
    const scatter_attrs *a = f->attrs;
    if (a->action != MICA_SCATTER_SET && a->action != MICA_SCATTER_ADD)
        return value_fail(f, "action %lld, expected 0 (set) or 1 (add)", (long long)a->action);
    if (f->in[2].dtype != f->in[0].dtype)
        return type_fail(f, "updates are %s, expected %s", mica_dtype_name(f->in[2].dtype),
                         mica_dtype_name(f->in[0].dtype));
    return shape_of_input(f);
}

void scatter_element(const kernel_call *c, int64_t i, int64_t j) {
    if (((const scatter_attrs *)c->attrs)->action == MICA_SCATTER_SET) {
        copy_element(c, 0, i, 2, j);
        return;
    }
    running_sum sum = {c->out_info[0].dtype, 0, 0};
    sum_element(&sum, c->out[0], i);
    sum_element(&sum, c->in[2], j);
    sum_store(&sum, c->out[0], i);
}

static mica_status scatter_elements_shape(shape_frame *f) {
    const along_attrs along = {((const scatter_attrs *)f->attrs)->axis};
    operand gathered;
    shape_frame g = *f;
    g.attrs = &along, g.out = &gathered;
    TRY(op_gather_elements.shape(&g));
    TRY(require_shape(f, 2, &f->in[1].shape));
    return scatter_check(f);
}

static void scatter_elements_gradient(gradient_frame *g) {
    const scatter_attrs *a = g->attrs;
    mica_tensor *dy = g->dout[0], *indices = g->in[1];
    bool set = a->action == MICA_SCATTER_SET;
    if (g->need[0])
        g->din[0] = set ? EMIT(&op_scatter_elements, a, dy, indices, mica_zeros_like(g->in[2]))
                        : dy;
    if (g->need[2]) g->din[2] = mica_gather_elements(dy, indices, a->axis);
}

static void scatter_elements_reference(const kernel_call *c) {
    const shape *s = &c->in_info[1].shape;
    int64_t at[MAX_RANK] = {0};
    int axis = 0;
    axis_resolve(((const scatter_attrs *)c->attrs)->axis, s->rank, &axis);
    reference_copy(c);
    for (int64_t i = 0, n = shape_size(s); i < n; i++, next_index(s, at)) {
        int64_t to = element_place(&c->in_info[0], &c->in_info[1], c->in[1], axis, i, at);
        if (to >= 0) scatter_element(c, to, i);
    }
}

static bool scatter_elements_samples(int number, sample *s) {
    if (number > 2) return false; /* equal indices only where they add up */
    *(scatter_attrs *)s->attrs = (scatter_attrs){number % 2, number == 2 ? 0 : 1};
    shape indices = number == 2 ? MICA_SHAPE(1, 3) : MICA_SHAPE(4, 3);
    sample_real(s, MICA_SHAPE(4, 3));
    sample_whole(s, indices, -3, 2, MICA_INT64);
    sample_real(s, indices);
    return true;
}

const op op_scatter_elements = {.name = "scatter_elements",
                                .inputs = 3,
                                .outputs = 1,
                                .traits = PURE,
                                .fields = scatter_fields,
                                .attrs_size = sizeof(scatter_attrs),
                                .shape = scatter_elements_shape,
                                .gradient = scatter_elements_gradient,
                                .reference = scatter_elements_reference,
                                .samples = scatter_elements_samples,
                                .tolerance = 1e-5};

mica_tensor *mica_scatter_elements(mica_tensor *x, mica_tensor *indices, mica_tensor *updates,
                                   int64_t axis, mica_scatter_action action) {
    const scatter_attrs a = {axis, action};
    return EMIT(&op_scatter_elements, &a, x, indices, updates);
}
