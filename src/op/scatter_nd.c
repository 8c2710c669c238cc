/* scatter_nd: y = x, with the slice that each row of indices names set to the slice of updates, or
 * increased by it. indices (…, K), updates (…, rest of x), as gather_nd; y like x. Of equal rows
 * the last one is set, all are added; out of range: left out. Gradient: added: dx = dy; set: 0
 * there; dupdates = gather_nd(dy). Source: tf.tensor_scatter_nd_update; keras.ops.scatter_update;
 * ONNX ScatterND. */
#include "op/elements.h"

static mica_status scatter_nd_shape(shape_frame *f) {
    operand gathered;
    shape_frame g = *f;
    g.out = &gathered;
    TRY(op_gather_nd.shape(&g));
    TRY(require_shape(f, 2, &gathered.shape));
    return scatter_check(f);
}

static void scatter_nd_gradient(gradient_frame *g) {
    const scatter_attrs *a = g->attrs;
    mica_tensor *dy = g->dout[0], *indices = g->in[1];
    bool set = a->action == MICA_SCATTER_SET;
    if (g->need[0])
        g->din[0] = set ? EMIT(&op_scatter_nd, a, dy, indices, mica_zeros_like(g->in[2])) : dy;
    if (g->need[2]) g->din[2] = mica_gather_nd(dy, indices);
}

static void scatter_nd_reference(const kernel_call *c) {
    const shape *indices = &c->in_info[1].shape;
    int64_t rows = 1, size = 0;
    for (int d = 0; d < indices->rank - 1; d++) rows *= indices->dims[d];
    reference_copy(c);
    for (int64_t i = 0; i < rows; i++) {
        int64_t to = slice_place(&c->in_info[0].shape, &c->in_info[1], c->in[1], i, &size);
        for (int64_t k = 0; to >= 0 && k < size; k++) scatter_element(c, to + k, i * size + k);
    }
}

static bool scatter_nd_samples(int number, sample *s) {
    if (number > 2) return false; /* equal rows only where they add up */
    ((scatter_attrs *)s->attrs)->action = number == 2 ? MICA_SCATTER_SET : MICA_SCATTER_ADD;
    sample_real(s, MICA_SHAPE(3, 3, 2));
    sample_whole(s,
                 number == 0   ? MICA_SHAPE(5, 2)
                 : number == 1 ? MICA_SHAPE(2, 2, 1)
                               : MICA_SHAPE(1, 2),
                 -2, 1, MICA_INT32);
    sample_real(s, number == 0   ? MICA_SHAPE(5, 2)
                   : number == 1 ? MICA_SHAPE(2, 2, 3, 2)
                                 : MICA_SHAPE(1, 2));
    return true;
}

const op op_scatter_nd = {.name = "scatter_nd",
                          .inputs = 3,
                          .outputs = 1,
                          .traits = PURE,
                          .fields = scatter_fields,
                          .attrs_size = sizeof(scatter_attrs),
                          .shape = scatter_nd_shape,
                          .gradient = scatter_nd_gradient,
                          .reference = scatter_nd_reference,
                          .samples = scatter_nd_samples,
                          .tolerance = 1e-5};

mica_tensor *mica_scatter_nd(mica_tensor *x, mica_tensor *indices, mica_tensor *updates,
                             mica_scatter_action action) {
    const scatter_attrs a = {0, action};
    return EMIT(&op_scatter_nd, &a, x, indices, updates);
}
