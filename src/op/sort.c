/* sort: x along the axis in order, and int64 where each element was. Stable: equals stay in their
 * order, in both directions; NaN is the greatest. x, y any shape, any dtype. argsort is its second
 * output; top_k the first k of a descending one.  Gradient: dy goes back to where y was. Source:
 * numpy.sort with kind="stable"; torch.sort; tf.math.top_k. */
#include "op/array.h"
#include "op/reduce.h"

#include <stdlib.h>

typedef struct sort_attrs {
    int64_t axis, descending;
} sort_attrs;

static const field sort_fields[] = {
    INTEGER(sort_attrs, axis, .help = "negative counts from the end"),
    INTEGER(sort_attrs, descending, .help = "1: the greatest first"), END_OF_FIELDS};

static mica_status sort_shape(shape_frame *f) {
    int axis;
    TRY(require_axis(f, ((const sort_attrs *)f->attrs)->axis, f->in[0].shape.rank, &axis));
    TRY(shape_of_input(f));
    f->out[1] = (operand){.dtype = MICA_INT64, .shape = f->in[0].shape};
    return MICA_OK;
}

static void sort_gradient(gradient_frame *g) {
    int64_t axis = ((const sort_attrs *)g->attrs)->axis;
    if (g->dout[0])
        g->din[0] = mica_scatter_elements(mica_zeros_like(g->in[0]), g->out[1], g->dout[0], axis,
                                          MICA_SCATTER_ADD);
}

/* One element: its order as an unsigned number, and its place. */
typedef struct sort_key {
    uint64_t order;
    int64_t place;
} sort_key;

/* Numbers whose order is that of the elements: signs turned, NaN last, -0 as 0. */
static uint64_t order_of(const reduce_span *s, int64_t k) {
    const uint64_t top = (uint64_t)1 << 63;
    if (!dtype_is_float(s->dtype))
        return (uint64_t)span_integer(s, k) ^ (s->dtype == MICA_UINT64 ? 0 : top);
    double x = span_at(s, k);
    uint64_t bits;
    if (x != x) return UINT64_MAX;
    x += 0.0; /* -0 */
    memcpy(&bits, &x, sizeof bits);
    return bits & top ? ~bits : bits | top;
}

static int by_order(const void *a, const void *b) {
    const sort_key *x = a, *y = b;
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

/* Insertion: needs no memory beyond the output's own; short spans, and where there is none. */
static void sort_in_place(const reduce_span *s, bool descending, int64_t *where) {
    for (int64_t k = 0; k < s->count; k++) {
        uint64_t order = order_of(s, k);
        int64_t at = k;
        for (; at > 0; at--) {
            uint64_t before = order_of(s, where[span_index(s, at - 1)]);
            if (descending ? before >= order : before <= order) break;
            where[span_index(s, at)] = where[span_index(s, at - 1)];
        }
        where[span_index(s, at)] = k;
    }
}

static void sort_span(const reduce_span *s, bool descending, sort_key *keys, int64_t *where) {
    if (!keys) {
        sort_in_place(s, descending, where);
        return;
    }
    for (int64_t k = 0; k < s->count; k++) {
        uint64_t order = order_of(s, k);
        keys[k] = (sort_key){descending ? ~order : order, k};
    }
    qsort(keys, (size_t)s->count, sizeof *keys, by_order);
    for (int64_t k = 0; k < s->count; k++) where[span_index(s, k)] = keys[k].place;
}

static void sort_reference(const kernel_call *c) {
    const sort_attrs *a = c->attrs;
    reduce_walk w = walk_axis(&c->in_info[0], c->in[0], &(axis_attrs){.axis = a->axis});
    int64_t *where = c->out[1];
    sort_key *keys = w.span.count > 16 ? malloc((size_t)w.span.count * sizeof *keys) : NULL;
    for (int64_t i = 0; i < w.count; i++) {
        reduce_span s = walk_at(&w, i);
        sort_span(&s, a->descending, keys, where);
        for (int64_t k = 0; k < s.count; k++)
            copy_element(c, 0, span_index(&s, k), 0, span_index(&s, where[span_index(&s, k)]));
    }
    free(keys);
}

static bool sort_samples(int number, sample *s) {
    static const sort_attrs cases[] = {{0, 0}, {1, 1}, {-1, 0}};
    if (number >= (int)LENGTH(cases)) return false;
    *(sort_attrs *)s->attrs = cases[number];
    s->inputs = 1;
    s->in[0] = (struct sample_input){.shape = number == 2 ? MICA_SHAPE(2, 20) : MICA_SHAPE(4, 5),
                                     .low = -1,
                                     .high = 1,
                                     .distinct = true};
    return true;
}

const op op_sort = {.name = "sort",
                    .inputs = 1,
                    .outputs = 2,
                    .traits = PURE,
                    .fields = sort_fields,
                    .attrs_size = sizeof(sort_attrs),
                    .shape = sort_shape,
                    .gradient = sort_gradient,
                    .reference = sort_reference,
                    .samples = sort_samples};

static void sort_both(mica_tensor *x, int64_t axis, bool descending, mica_tensor *out[2]) {
    const sort_attrs a = {axis, descending};
    emit_many(context_of(x), &op_sort, &a, 1, &x, 2, out);
}

mica_tensor *mica_sort(mica_tensor *x, int64_t axis, bool descending) {
    mica_tensor *out[2];
    sort_both(x, axis, descending, out);
    return out[0];
}

mica_tensor *mica_argsort(mica_tensor *x, int64_t axis, bool descending) {
    mica_tensor *out[2];
    sort_both(x, axis, descending, out);
    return out[1];
}

mica_tensor *mica_top_k(mica_tensor *x, int64_t k, int64_t axis, mica_tensor **where) {
    NEEDS(x);
    mica_tensor *out[2];
    int at = 0;
    sort_both(x, axis, true, out);
    if (out[0]->kind != TENSOR_POISON) {
        axis_resolve(axis, x->shape.rank, &at);
        int64_t extent = x->shape.dims[at];
        if (k < 0 || (extent >= 0 && k > extent)) {
            context_fail(x->ctx, MICA_SHAPE,
                         "top_k: k %lld of %lld elements, expected 0 to as many", (long long)k,
                         (long long)extent);
            out[0] = out[1] = tensor_poison(x->ctx);
        } else {
            for (int i = 0; i < 2; i++) out[i] = slice_axis(out[i], at, 0, k);
        }
    }
    if (where) *where = out[1];
    return out[0];
}
