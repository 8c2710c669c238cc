/* broadcast_to: x repeated along new leading axes and axes of extent 1, as NumPy. -1 in dims keeps
 * the extent of x.  Gradient: the sum over the repeats.  Source: numpy.broadcast_to. */
#include "op/array.h"

static mica_status broadcast_to_shape(shape_frame *f) {
    const field_dims *dims = &((const dims_attrs *)f->attrs)->dims;
    const shape *x = &f->in[0].shape;
    if (dims->count < x->rank || dims->count > MAX_RANK)
        return shape_fail(f, "rank %lld, expected %d to %d", (long long)dims->count, x->rank,
                          MAX_RANK);
    shape y = {.rank = (int)dims->count};
    for (int i = 0; i < y.rank; i++) {
        int from = i - (y.rank - x->rank);
        int64_t have = from < 0 ? 1 : x->dims[from], want = dims->dims[i];
        y.dims[i] = want < 0 ? have : want;
        if (want < 0 && from < 0)
            return shape_fail(f, "axis %d is new and %lld, expected an extent", i, (long long)want);
        if (want >= 0 && have >= 0 && have != 1 && have != want)
            return shape_fail(f, "axis %d has extent %lld, which does not broadcast to %lld", from,
                              (long long)have, (long long)want);
    }
    f->out[0] = (operand){.dtype = f->in[0].dtype, .shape = y};
    return MICA_OK;
}

static void broadcast_to_gradient(gradient_frame *g) {
    g->din[0] = sum_to_like(g->dout[0], g->in[0]);
}

static bool broadcast_to_samples(int number, sample *s) {
    static const struct {
        shape x;
        field_dims dims;
    } cases[] = {
        {{2, {3, 1}}, {3, {2, -1, 4}}}, {{0, {0}}, {2, {2, 3}}}, {{2, {2, 3}}, {2, {2, 3}}}};
    if (number >= (int)LENGTH(cases)) return false;
    ((dims_attrs *)s->attrs)->dims = cases[number].dims;
    sample_real(s, cases[number].x);
    return true;
}

const op op_broadcast_to = {
    .name = "broadcast_to",
    .inputs = 1,
    .outputs = 1,
    .traits = PURE | ZERO_AT_ZERO,
    .fields = dims_fields,
    .attrs_size = sizeof(dims_attrs),
    .shape = broadcast_to_shape,
    .gradient = broadcast_to_gradient,
    .reference = reference_broadcast,
    .view = view_broadcast,
    .samples = broadcast_to_samples,
};

mica_tensor *mica_broadcast_to(mica_tensor *x, mica_shape dims) {
    return EMIT(&op_broadcast_to, &(dims_attrs){dims_of(dims.dims, dims.rank)}, x);
}
