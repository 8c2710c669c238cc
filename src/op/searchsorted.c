/* searchsorted: y = how many of the sorted numbers s are less than x (right: at most x): where x
 * would stand; NaN is after all. s (N) ascending, x any shape, of one dtype; y like x, int64. And
 * bincount and histogram, which are segment sums of such places.
 * Source: numpy.searchsorted, numpy.bincount, numpy.histogram. */
#include "op/elementwise.h"
#include "op/segment.h"

typedef struct searchsorted_attrs {
    int64_t right;
} searchsorted_attrs;

static mica_status searchsorted_shape(shape_frame *f) {
    TRY(require_rank_between(f, 0, 1, 1));
    if (f->in[0].dtype != f->in[1].dtype)
        return type_fail(f, "numbers are %s and x %s, expected the same",
                         mica_dtype_name(f->in[0].dtype), mica_dtype_name(f->in[1].dtype));
    f->out[0] = (operand){.dtype = MICA_INT64, .shape = f->in[1].shape};
    return MICA_OK;
}

/* Whether element i of the numbers is before x. */
static bool is_before(const kernel_call *c, int64_t i, int64_t x, bool right) {
    mica_dtype dtype = c->in_info[0].dtype;
    size_t size = mica_dtype_size(dtype);
    const char *a = (const char *)c->in[0] + (size_t)i * size;
    const char *b = (const char *)c->in[1] + (size_t)x * size;
    if (dtype_is_float(dtype)) {
        double v = dtype_load(dtype, a), w = dtype_load(dtype, b);
        if (w != w) return right || v == v;
        return right ? v <= w : v < w;
    }
    int64_t v = dtype_load_int(dtype, a), w = dtype_load_int(dtype, b);
    if (dtype == MICA_UINT64) v ^= INT64_MIN, w ^= INT64_MIN;
    return right ? v <= w : v < w;
}

static void searchsorted_reference(const kernel_call *c) {
    bool right = ((const searchsorted_attrs *)c->attrs)->right;
    int64_t *y = c->out[0], n = c->in_info[0].shape.dims[0];
    for (int64_t i = 0; i < shape_size(&c->out_info[0].shape); i++) {
        int64_t low = 0, high = n;
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (is_before(c, middle, i, right)) low = middle + 1;
            else high = middle;
        }
        y[i] = low;
    }
}

static bool searchsorted_samples(int number, sample *s) {
    if (number > 1) return false;
    ((searchsorted_attrs *)s->attrs)->right = number;
    sample_whole(s, MICA_SHAPE(1), 0, 9, MICA_INT32);
    sample_whole(s, MICA_SHAPE(3, 4), 0, 9, MICA_INT32);
    return true;
}

static const field searchsorted_fields[] = {
    INTEGER(searchsorted_attrs, right, .help = "1: behind equal ones"), END_OF_FIELDS};

const op op_searchsorted = {.name = "searchsorted",
                            .inputs = 2,
                            .outputs = 1,
                            .traits = PURE,
                            .fields = searchsorted_fields,
                            .attrs_size = sizeof(searchsorted_attrs),
                            .shape = searchsorted_shape,
                            .reference = searchsorted_reference,
                            .samples = searchsorted_samples};

mica_tensor *mica_searchsorted(mica_tensor *sorted, mica_tensor *x, bool right) {
    NEEDS(sorted, x);
    mica_dtype common = dtype_promote(sorted->dtype, x->dtype);
    return EMIT(&op_searchsorted, &(searchsorted_attrs){right}, mica_cast(sorted, common),
                mica_cast(x, common));
}

mica_tensor *mica_bincount(mica_tensor *x, mica_tensor *weights, int64_t size) {
    mica_tensor *ids = mica_reshape(x, MICA_SHAPE(-1));
    if (!weights) weights = mica_fill_like(mica_cast(x, MICA_INT64), 1);
    return mica_segment_sum(mica_reshape(weights, MICA_SHAPE(-1)), ids, size);
}

mica_tensor *mica_histogram(mica_tensor *x, int64_t bins, double low, double high) {
    NEEDS(x);
    if (x->kind == TENSOR_POISON) return x;
    if (bins < 1 || !(low < high)) {
        context_fail(x->ctx, MICA_VALUE, "histogram: %lld bins from %g to %g", (long long)bins, low,
                     high);
        return tensor_poison(x->ctx);
    }
    mica_tensor *edges = mica_linspace(x->ctx, MICA_FLOAT64, low, high, bins + 1);
    mica_tensor *wide = mica_cast(x, MICA_FLOAT64);
    mica_tensor *place = shifted(mica_searchsorted(edges, wide, true), -1);
    mica_tensor *at_end = mica_equal(wide, scalar_like(wide, high)); /* the last bin is closed */
    place = mica_where(at_end, scalar_like(place, (double)bins - 1), place);
    return mica_bincount(place, NULL, bins);
}
