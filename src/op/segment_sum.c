/* segment_sum: y[s] = the sum of the rows x[i] with ids[i] = s. x (N, …), ids (N) integers in any
 * order, y (count, …); ids outside 0 … count - 1 are left out.  Gradient: dx[i] = dy[ids[i]].
 * Source: tf.math.unsorted_segment_sum; keras.ops.segment_sum. */
#include "op/elementwise.h"
#include "op/segment.h"

const field segment_fields[] = {INTEGER(segment_attrs, count, .help = "how many segments"),
                                END_OF_FIELDS};

mica_status segment_shape(shape_frame *f) {
    const segment_attrs *a = f->attrs;
    TRY(require_rank_between(f, 0, 1, MAX_RANK));
    if (!dtype_is_integer(f->in[1].dtype))
        return type_fail(f, "ids are %s, expected an integer type",
                         mica_dtype_name(f->in[1].dtype));
    TRY(require_shape(f, 1, &MICA_SHAPE(f->in[0].shape.dims[0])));
    if (a->count < 0) return shape_fail(f, "%lld segments", (long long)a->count);
    TRY(shape_of_input(f));
    f->out[0].shape.dims[0] = a->count;
    return MICA_OK;
}

int64_t segment_of(const kernel_call *c, int64_t i) {
    mica_dtype dtype = c->in_info[1].dtype;
    int64_t id = dtype_load_int(dtype, (const char *)c->in[1] + (size_t)i * mica_dtype_size(dtype));
    return id >= 0 && id < ((const segment_attrs *)c->attrs)->count ? id : -1;
}

mica_tensor *segment_rows(mica_tensor *t, mica_tensor *ids, int64_t count) {
    if (count == 0) count = 1;
    mica_tensor *inside = mica_logical_and(mica_greater_equal(ids, zero_of(ids)),
                                           mica_less(ids, scalar_like(ids, (double)count)));
    mica_tensor *rows = mica_gather(t, mica_where(inside, ids, zero_of(ids)), 0);
    mica_shape column = {t->shape.rank, {-1, 1, 1, 1, 1, 1, 1, 1}};
    return mica_where(mica_reshape(inside, column), rows, zero_of(rows));
}

bool segment_samples(int number, sample *s, bool distinct) {
    if (number > 1) return false;
    ((segment_attrs *)s->attrs)->count = distinct ? 2 : 3;
    sample_real(s, number ? MICA_SHAPE(7) : MICA_SHAPE(6, 2, 3))->distinct = distinct;
    sample_whole(s, number ? MICA_SHAPE(7) : MICA_SHAPE(6), distinct ? 0 : -1, distinct ? 1 : 3,
                 MICA_INT32); /* the greatest of none is infinite */
    return true;
}

static void segment_sum_gradient(gradient_frame *g) {
    int64_t count = ((const segment_attrs *)g->attrs)->count;
    if (g->need[0]) g->din[0] = segment_rows(g->dout[0], g->in[1], count);
}

static void segment_sum_reference(const kernel_call *c) {
    const shape *y = &c->out_info[0].shape;
    int64_t n = c->in_info[0].shape.dims[0], row = 1;
    for (int d = 1; d < y->rank; d++) row *= y->dims[d];
    for (int64_t s = 0; s < y->dims[0]; s++)
        for (int64_t k = 0; k < row; k++) {
            running_sum sum = {c->out_info[0].dtype, 0, 0};
            for (int64_t i = 0; i < n; i++)
                if (segment_of(c, i) == s) sum_element(&sum, c->in[0], i * row + k);
            sum_store(&sum, c->out[0], s * row + k);
        }
}

static bool segment_sum_samples(int number, sample *s) { return segment_samples(number, s, false); }

const op op_segment_sum = {.name = "segment_sum",
                           .inputs = 2,
                           .outputs = 1,
                           .traits = PURE,
                           .fields = segment_fields,
                           .attrs_size = sizeof(segment_attrs),
                           .shape = segment_shape,
                           .gradient = segment_sum_gradient,
                           .reference = segment_sum_reference,
                           .samples = segment_sum_samples,
                           .tolerance = 1e-5};

mica_tensor *mica_segment_sum(mica_tensor *x, mica_tensor *ids, int64_t count) {
    return EMIT(&op_segment_sum, &(segment_attrs){count}, x, ids);
}
