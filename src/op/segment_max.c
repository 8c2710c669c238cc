/* segment_max: y[s] = the greatest of the rows x[i] with ids[i] = s, elementwise; NaN where one is;
 * of none the dtype's least value. x (N, …), ids (N) integers, y (count, …).
 * Gradient: dy in equal parts to the elements that are y.
 * Source: tf.math.unsorted_segment_max; keras.ops.segment_max. */
#include "op/elementwise.h"
#include "op/reduce.h"
#include "op/segment.h"

static void segment_max_gradient(gradient_frame *g) {
    int64_t count = ((const segment_attrs *)g->attrs)->count;
    mica_tensor *x = g->in[0], *ids = g->in[1];
    if (!g->need[0]) return;
    mica_tensor *is = mica_cast(mica_equal(x, segment_rows(g->out[0], ids, count)), x->dtype);
    mica_tensor *how_many = mica_segment_sum(is, ids, count);
    mica_tensor *share = mica_divide(g->dout[0], mica_maximum(how_many, scalar_like(x, 1)));
    g->din[0] = mica_multiply(is, segment_rows(share, ids, count));
}

static void segment_max_reference(const kernel_call *c) {
    const shape *y = &c->out_info[0].shape;
    mica_dtype dtype = c->out_info[0].dtype;
    int64_t n = c->in_info[0].shape.dims[0], row = 1;
    for (int d = 1; d < y->rank; d++) row *= y->dims[d];
    for (int64_t j = 0; j < y->dims[0] * row; j++) {
        if (dtype_is_float(dtype)) set_element(c, 0, j, -INFINITY);
        else dtype_store_int(dtype, element_of(c->out[0], dtype, j), integer_limit(dtype, false));
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t s = segment_of(c, i);
        for (int64_t k = 0; s >= 0 && k < row; k++) {
            const void *now = element_of(c->out[0], dtype, s * row + k);
            const void *new = element_of(c->in[0], dtype, i * row + k);
            double a = dtype_load(dtype, now), b = dtype_load(dtype, new);
            bool more = dtype_is_float(dtype) ? b > a || b != b
                        : dtype == MICA_UINT64
                            ? (uint64_t)dtype_load_int(dtype, new) >
                                  (uint64_t)dtype_load_int(dtype, now)
                            : dtype_load_int(dtype, new) > dtype_load_int(dtype, now);
            if (more) copy_element(c, 0, s * row + k, 0, i * row + k);
        }
    }
}

static bool segment_max_samples(int number, sample *s) { return segment_samples(number, s, true); }

const op op_segment_max = {.name = "segment_max",
                           .inputs = 2,
                           .outputs = 1,
                           .traits = PURE,
                           .fields = segment_fields,
                           .attrs_size = sizeof(segment_attrs),
                           .shape = segment_shape,
                           .gradient = segment_max_gradient,
                           .reference = segment_max_reference,
                           .samples = segment_max_samples};

mica_tensor *mica_segment_max(mica_tensor *x, mica_tensor *ids, int64_t count) {
    return EMIT(&op_segment_max, &(segment_attrs){count}, x, ids);
}
