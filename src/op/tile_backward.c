/* tile_backward: the sum of dy over the repeats of tile, in the shape of x, whose values do not
 * matter.  Gradient: tile. */
#include "op/array.h"

static mica_status tile_backward_shape(shape_frame *f) {
    shape y;
    TRY(tile_result(f, &f->in[1].shape, &y));
    TRY(require_shape(f, 0, &y));
    return shape_of_second(f);
}

static void tile_backward_gradient(gradient_frame *g) {
    if (g->need[0]) g->din[0] = EMIT(&op_tile, g->attrs, g->dout[0]);
}

static void tile_backward_reference(const kernel_call *c) {
    const shape *y = &c->in_info[0].shape, *x = &c->out_info[0].shape;
    const field_dims *repeats = &((const dims_attrs *)c->attrs)->dims;
    shape each = {.rank = x->rank};
    memcpy(each.dims, repeats->dims, sizeof each.dims);
    int64_t at[MAX_RANK] = {0}, from[MAX_RANK];
    for (int64_t i = 0, n = shape_size(x); i < n; i++, next_index(x, at)) {
        running_sum sum = {c->in_info[0].dtype, 0, 0};
        int64_t repeat[MAX_RANK] = {0};
        for (int64_t j = 0, m = shape_size(&each); j < m; j++, next_index(&each, repeat)) {
            for (int k = 0; k < x->rank; k++) from[k] = repeat[k] * x->dims[k] + at[k];
            sum_element(&sum, c->in[0], ravel(y, from));
        }
        sum_store(&sum, c->out[0], i);
    }
}

static bool tile_backward_samples(int number, sample *s) {
    if (number > 0) return false;
    ((dims_attrs *)s->attrs)->dims = (field_dims){2, {2, 3}};
    sample_real(s, MICA_SHAPE(4, 9));
    sample_like(s, MICA_SHAPE(2, 3));
    return true;
}

const op op_tile_backward = {
    .name = "tile_backward",
    .inputs = 2,
    .outputs = 1,
    .traits = PURE,
    .shape_inputs = 1 << 1,
    .fields = dims_fields,
    .attrs_size = sizeof(dims_attrs),
    .shape = tile_backward_shape,
    .gradient = tile_backward_gradient,
    .reference = tile_backward_reference,
    .samples = tile_backward_samples,
    .tolerance = 1e-5,
};
