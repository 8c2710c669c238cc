/* Dot: y[b, i…, j…] = sum over k of x0[b, i…, k, …] x1[b, …, k, j…]: the products of two inputs
 * along one axis of each.  x0 (B, I…, K), x1 (B, K, J…) in any order of dims: y (B, I…, J…); of two
 * (B, K): (B, 1).  normalize: x0 and x1 are first divided by their lengths along the axes.
 * Mask: none.  Source: keras.layers.Dot. */
#include "layer/layer.h"

static const field dot_fields[] = {
    LAYER_FIELDS(mica_dot_options),
    INTEGERS(mica_dot_options, axes, 2, REQUIRED, .help = "of each input; 0 is the batch"),
    BOOLEAN(mica_dot_options, normalize, .help = "cosine instead of product"), END_OF_FIELDS};

static mica_status axes_of(const mica_dot_options *o, const shape *in, int axes[2],
                           mica_error *err) {
    char first[128], second[128];
    for (int i = 0; i < 2; i++)
        if (!axis_resolve(o->axes[i], in[i].rank, &axes[i]) || axes[i] == 0)
            return fail(err, MICA_VALUE, "axes[%d] is %lld, expected 1 to %d or -1 to %d", i,
                        (long long)o->axes[i], in[i].rank - 1, 1 - in[i].rank);
    if (in[0].rank + in[1].rank - 2 > MAX_RANK)
        return fail(err, MICA_SHAPE, "the product has rank %d, expected at most %d",
                    in[0].rank + in[1].rank - 2, MAX_RANK);
    int64_t a = in[0].dims[axes[0]], b = in[1].dims[axes[1]];
    if (a == b || a < 0 || b < 0) return MICA_OK;
    shape_format(&in[0], first), shape_format(&in[1], second);
    return fail(err, MICA_SHAPE,
                "inputs %s and %s have %lld and %lld along their axes, expected "
                "the same",
                first, second, (long long)a, (long long)b);
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    int axes[2];
    return axes_of(OPTIONS_OF(l, dot), in, axes, err);
}

/* x with the axis last (or right after the batch), all others in their order. */
static mica_tensor *with_axis_at(mica_tensor *x, int axis, bool last) {
    mica_axes order = {0};
    order.axes[order.count++] = 0;
    if (!last) order.axes[order.count++] = axis;
    for (int i = 1; i < x->shape.rank; i++)
        if (i != axis) order.axes[order.count++] = i;
    if (last) order.axes[order.count++] = axis;
    return mica_transpose(x, order);
}

/* a (B, I1 … In, K), b (B, K, J1 … Jm), n and m at least 1: y (B, I1 … In, J1 … Jm), as matrices In
 * by Jm that broadcast. */
static mica_tensor *products(mica_tensor *a, mica_tensor *b) {
    int n = a->shape.rank - 2, m = b->shape.rank - 2;
    mica_axes order = {.count = m + 2}, back = {.count = n + m + 1};
    for (int i = 1; i < m; i++) order.axes[i] = i + 1;
    order.axes[m] = 1, order.axes[m + 1] = m + 1;
    b = mica_transpose(b, order); /* (B, J1 … Jm-1, K, Jm) */
    for (int i = 1; i < n; i++) b = mica_expand_dims(b, 1);
    for (int i = 1; i < m; i++) a = mica_expand_dims(a, n);
    for (int i = 0; i < back.count; i++) back.axes[i] = i < n || i == n + m ? i : i - 1;
    back.axes[n] = n + m - 1;
    return mica_transpose(mica_matmul(a, b), back);
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_dot_options *o = OPTIONS_OF(l, dot);
    mica_tensor *x[2] = {f->in[0], f->in[1]};
    int axes[2];
    for (int i = 0; i < 2; i++) {
        axis_resolve(o->axes[i], x[i]->shape.rank, &axes[i]);
        if (o->normalize) x[i] = mica_normalize(x[i], MICA_AXES(axes[i]), 1e-7);
        x[i] = with_axis_at(x[i], axes[i], i == 0);
    }
    bool row = x[0]->shape.rank == 2, column = x[1]->shape.rank == 2;
    mica_tensor *y = products(row ? mica_expand_dims(x[0], 1) : x[0],
                              column ? mica_expand_dims(x[1], -1) : x[1]);
    if (row) y = mica_squeeze(y, MICA_AXES(1));
    else if (column) y = mica_squeeze(y, MICA_AXES(-1));
    f->out[0] = y;
}

const layer_kind layer_dot = {.name = "Dot",
                              .fields = dot_fields,
                              .options_size = sizeof(mica_dot_options),
                              .build = build,
                              .call = call,
                              .min_rank = 2,
                              .inputs = 2,
                              .ends_mask = true};

LAYER_CONSTRUCTOR(dot)
