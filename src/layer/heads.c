/* Attention with heads: see heads.h.  Source: keras/src/layers/attention/multi_head_attention.py;
 * Vaswani et al. (2017). */
#include "layer/heads.h"
#include "op/emit.h"

const char *const head_arguments[] = {
    "query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask", NULL};

/* How Keras computes, not what; shapes that tf_keras writes. */
const char *const head_ignored[] = {
    "flash_attention", "query_shape", "key_shape", "value_shape", "softmax_robust_masking", NULL};

/* ---- weights: query/kernel (D, N, K), query/bias (N, K), …, attention_output/kernel (N, V, O…)
 * ----
 */

static const char *const kernels[] = {"query/kernel", "key/kernel", "gate/kernel", "value/kernel",
                                      "attention_output/kernel"};
static const char *const biases[] = {"query/bias", "key/bias", "gate/bias", "value/bias",
                                     "attention_output/bias"};
enum { QUERY, KEY, GATE, VALUE, OUTPUT };

static mica_status add(mica_layer *l, const heads *h, int which, const shape *kernel,
                       const shape *bias, mica_error *err) {
    TRY(layer_add_weight(l, kernels[which], kernel, h->kernel_initializer, h->kernel_regularizer,
                         h->kernel_constraint, true, err));
    return h->no_bias ? MICA_OK
                      : layer_add_weight(l, biases[which], bias, h->bias_initializer,
                                         h->bias_regularizer, h->bias_constraint, true, err);
}

static mica_status add_heads(mica_layer *l, const heads *h, int which, const shape *in, int64_t n,
                             int64_t features, mica_error *err) {
    shape kernel = MICA_SHAPE(in->dims[in->rank - 1], n, features), bias = MICA_SHAPE(n, features);
    return add(l, h, which, &kernel, &bias, err);
}

static mica_status add_output(mica_layer *l, const heads *h, const shape *query, mica_error *err) {
    shape bias = h->output_shape, kernel;
    if (bias.rank == 0) bias = MICA_SHAPE(query->dims[query->rank - 1]);
    kernel = (shape){bias.rank + 2, {h->query_heads, h->value_dim}};
    for (int i = 0; i < bias.rank; i++) kernel.dims[i + 2] = bias.dims[i];
    return add(l, h, OUTPUT, &kernel, &bias, err);
}

/* Ranks above 3 fold their axes, which must be known then. */
static mica_status check_input(const heads *h, const shape *in, const shape *query,
                               const char *name, mica_error *err) {
    char text[128];
    bool known = true;
    int most = h->max_rank ? h->max_rank : MAX_RANK - 1; /* the heads are an axis more */
    shape_format(in, text);
    for (int i = 1; i < in->rank; i++) known &= in->rank == 3 || in->dims[i] >= 0;
    if (in->rank < 3 || in->rank != query->rank)
        return fail(err, MICA_SHAPE, "%s %s has rank %d, expected %s %d", name, text, in->rank,
                    in->rank < 3 ? "at least" : "the query's,", in->rank < 3 ? 3 : query->rank);
    if (in->rank > most)
        return fail(err, MICA_SHAPE, "%s %s has rank %d, expected at most %d", name, text, in->rank,
                    most);
    return known ? MICA_OK
                 : fail(err, MICA_SHAPE, "%s %s: of rank 4 or more all dims must be known", name,
                        text);
}

mica_status heads_build(mica_layer *l, const heads *h, const shape *in, int inputs,
                        mica_error *err) {
    const shape *of[3];
    for (int role = ROLE_QUERY; role <= ROLE_KEY; role++) {
        int i = layer_input_of(l->roles, inputs, role);
        if (i < 0 && role != ROLE_KEY)
            return fail(err, MICA_VALUE, "%d inputs, expected query, value and perhaps key",
                        inputs);
        of[role] = i < 0 ? of[ROLE_VALUE] : &in[i];
        TRY(check_input(h, of[role], of[ROLE_QUERY], head_arguments[role], err));
    }
    if (of[ROLE_QUERY]->rank - 1 + h->output_shape.rank > MAX_RANK)
        return fail(err, MICA_SHAPE, "output_shape has rank %d, expected at most %d here",
                    h->output_shape.rank, MAX_RANK + 1 - of[ROLE_QUERY]->rank);
    for (int i = 0; i < h->attention_axes.rank; i++) {
        int axis;
        if (!axis_resolve(h->attention_axes.dims[i], of[0]->rank, &axis) || axis == 0 ||
            axis == of[0]->rank - 1)
            return fail(err, MICA_VALUE, "attention_axes holds %lld, expected 1 to %d",
                        (long long)h->attention_axes.dims[i], of[0]->rank - 2);
    }
    TRY(add_heads(l, h, QUERY, of[ROLE_QUERY], h->query_heads, h->key_dim, err));
    TRY(add_heads(l, h, KEY, of[ROLE_KEY], h->key_heads, h->key_dim, err));
    if (h->use_gate) TRY(add_heads(l, h, GATE, of[ROLE_QUERY], h->query_heads, h->value_dim, err));
    TRY(add_heads(l, h, VALUE, of[ROLE_VALUE], h->key_heads, h->value_dim, err));
    return add_output(l, h, of[ROLE_QUERY], err);
}

/* ---- projections ---- */

/* The last dim of x as two, (n, features); or the last two as one, n features. */
static mica_tensor *divide_last(mica_tensor *x, int64_t n, int64_t features) {
    shape s = x->shape;
    int unknown = 0;
    for (int i = 0; i < s.rank; i++) unknown += s.dims[i] < 0;
    s.dims[s.rank - 1] = n, s.dims[s.rank++] = features;
    if (unknown <= 1) return mica_reshape(x, s);
    int64_t repeats[MAX_RANK], end[MAX_RANK];
    for (int i = 0; i < s.rank; i++) repeats[i] = i == s.rank - 2 ? n : 1, end[i] = MICA_END;
    end[x->shape.rank - 1] = features; /* only the shape of this counts */
    mica_tensor *part = mica_expand_dims(mica_slice(x, x->shape.rank, NULL, end, NULL), -2);
    return mica_reshape_like(x, mica_tile(part, repeats, s.rank));
}

static mica_tensor *join_last(mica_tensor *x) {
    shape s = x->shape;
    int unknown = 0;
    int64_t n = s.dims[s.rank - 2];
    for (int i = 0; i < s.rank; i++) unknown += s.dims[i] < 0;
    s.dims[s.rank - 2] *= s.dims[s.rank - 1], s.rank--;
    if (unknown <= 1) return mica_reshape(x, s);
    int64_t repeats[MAX_RANK], end[MAX_RANK];
    for (int i = 0; i < x->shape.rank; i++) repeats[i] = 1, end[i] = MICA_END;
    repeats[s.rank - 1] = n, end[s.rank - 1] = 1;
    mica_tensor *part = mica_squeeze(mica_slice(x, x->shape.rank, NULL, end, NULL), MICA_AXES(-2));
    return mica_reshape_like(x, mica_tile(part, repeats, s.rank));
}

/* x (B, …, D) -> (B, …, n, features) */
static mica_tensor *project(mica_layer *l, const heads *h, int which, mica_tensor *x) {
    mica_tensor *w = layer_weight(l, kernels[which]);
    int64_t n = w->shape.dims[1], features = w->shape.dims[2];
    mica_tensor *flat = mica_reshape(w, MICA_SHAPE(w->shape.dims[0], n * features));
    mica_tensor *y = divide_last(mica_matmul(x, flat), n, features);
    return h->no_bias ? y : mica_add(y, layer_weight(l, biases[which]));
}

/* x (B, …, N, V) -> (B, …, O…) */
static mica_tensor *project_out(mica_layer *l, const heads *h, mica_tensor *x) {
    mica_tensor *w = layer_weight(l, kernels[OUTPUT]);
    int64_t width = 1;
    for (int i = 2; i < w->shape.rank; i++) width *= w->shape.dims[i];
    mica_tensor *flat = mica_reshape(w, MICA_SHAPE(w->shape.dims[0] * w->shape.dims[1], width));
    mica_tensor *y = mica_matmul(join_last(x), flat);
    for (int i = 2; i + 1 < w->shape.rank; i++) {
        width /= w->shape.dims[i];
        y = divide_last(y, w->shape.dims[i], width);
    }
    return h->no_bias ? y : mica_add(y, layer_weight(l, biases[OUTPUT]));
}

/* (…, G, features) -> (…, N, features), each head N / G times in a row. */
static mica_tensor *repeat_heads(mica_tensor *x, const heads *h) {
    int64_t each = h->query_heads / h->key_heads, repeats[MAX_RANK];
    if (each == 1) return x;
    x = mica_expand_dims(x, -2); /* (…, G, 1, features) */
    for (int i = 0; i < x->shape.rank; i++) repeats[i] = i == x->shape.rank - 2 ? each : 1;
    x = mica_tile(x, repeats, x->shape.rank);
    mica_axes last = {.count = x->shape.rank}, back = {.count = x->shape.rank - 1};
    for (int i = 0; i < last.count; i++) last.axes[i] = i;
    last.axes[last.count - 3] = last.count - 1; /* (…, features, G, each) */
    last.axes[last.count - 2] = last.count - 3, last.axes[last.count - 1] = last.count - 2;
    x = join_last(mica_transpose(x, last));
    for (int i = 0; i < back.count; i++) back.axes[i] = i;
    back.axes[back.count - 2] = back.count - 1, back.axes[back.count - 1] = back.count - 2;
    return mica_transpose(x, back);
}

/* ---- attention along the axes ---- */

/* The axes of (B, d1 … dr, N, K) as (B, rest …, N, attended …, K). */
static mica_axes arrangement(const heads *h, int rank) {
    mica_axes order = {.count = rank};
    bool attended[MAX_RANK] = {false};
    int n = 1, axis;
    for (int i = 1; i < rank - 2; i++) attended[i] = h->attention_axes.rank == 0;
    for (int i = 0; i < h->attention_axes.rank; i++)
        if (axis_resolve(h->attention_axes.dims[i], rank - 1, &axis)) attended[axis] = true;
    for (int i = 1; i < rank - 2; i++)
        if (!attended[i]) order.axes[n++] = i;
    order.axes[n++] = rank - 2;
    for (int i = 1; i < rank - 2; i++)
        if (attended[i]) order.axes[n++] = i;
    order.axes[rank - 1] = rank - 1;
    return order;
}

/* How many axes are attended. */
static int attended_axes(const heads *h, int rank) {
    return h->attention_axes.rank ? h->attention_axes.rank : rank - 3;
}

/* Those axes, arranged, as one: (B, rest …, N, T, K). */
static mica_tensor *arrange(const heads *h, mica_tensor *x) {
    x = mica_transpose(x, arrangement(h, x->shape.rank));
    for (int count = attended_axes(h, x->shape.rank); count > 1; count--) {
        shape s = x->shape;
        s.dims[s.rank - 3] *= s.dims[s.rank - 2];
        s.dims[s.rank - 2] = s.dims[s.rank - 1];
        s.rank--;
        x = mica_reshape(x, s);
    }
    return x;
}

/* Back from (B, rest …, N, T, V): what `like` (B, d1 … dr, N, K) was before. */
static mica_tensor *rearrange(const heads *h, mica_tensor *y, const mica_tensor *like) {
    int rank = like->shape.rank;
    mica_axes order = arrangement(h, rank), back = {.count = rank};
    shape s = y->shape;
    int64_t features = s.dims[s.rank - 1];
    if (attended_axes(h, rank) > 1) {
        for (int i = 1; i < rank - 1; i++) s.dims[i] = like->shape.dims[order.axes[i]];
        s.rank = rank, s.dims[rank - 1] = features;
        y = mica_reshape(y, s);
    }
    for (int i = 0; i < rank; i++) back.axes[order.axes[i]] = i;
    return mica_transpose(y, back);
}

static mica_tensor *input_of(const layer_frame *f, int role) {
    int i = layer_input_of(f->role, f->inputs, role);
    return i < 0 ? NULL : f->in[i];
}

/* The mask that the call gives for a role, or that its input carries. */
static mica_tensor *mask_of(const layer_frame *f, int role) {
    mica_tensor *given = input_of(f, role + ROLE_QUERY_MASK);
    int i = layer_input_of(f->role, f->inputs, role);
    if (given) return mica_cast(given, MICA_BOOL);
    return i < 0 ? NULL : layer_mask(f, i);
}

/* (B, T, 1) and (B, 1, S) and the call's own (B, T, S), whichever there are; NULL: none. */
static mica_tensor *combined_mask(const layer_frame *f) {
    mica_tensor *query = mask_of(f, ROLE_QUERY), *value = mask_of(f, ROLE_VALUE);
    mica_tensor *key = mask_of(f, ROLE_KEY), *given = input_of(f, ROLE_ATTENTION_MASK),
                *mask = NULL;
    if (query) mask = mica_expand_dims(query, -1);
    if (value) mask = both_masks(mask, mica_expand_dims(value, -2));
    if (key) mask = both_masks(mask, mica_expand_dims(key, -2));
    return both_masks(mask, given ? mica_cast(given, MICA_BOOL) : NULL);
}

/* The mask in front of (B, rest …, N, T, S): dims of 1 before the steps, attended axes folded. */
static mica_tensor *mask_like(const heads *h, mica_tensor *mask, const mica_tensor *q, int rank) {
    int axes = attended_axes(h, rank);
    if (axes > 1 && mask->shape.rank == 1 + 2 * axes) {
        int64_t rows = 1, columns = 1;
        for (int i = 0; i < axes; i++)
            rows *= mask->shape.dims[1 + i], columns *= mask->shape.dims[1 + axes + i];
        mask = mica_reshape(mask, MICA_SHAPE(mask->shape.dims[0], rows, columns));
    }
    for (int r = mask->shape.rank; r < q->shape.rank; r++) mask = mica_expand_dims(mask, -3);
    return mask;
}

/* (1 …, T, S): what masks of places alone are made in the shape of. */
static mica_tensor *places_of(mica_tensor *q, mica_tensor *k) {
    mica_tensor *like = mica_matmul_t(q, k, false, true);
    int64_t end[MAX_RANK];
    for (int i = 0; i < like->shape.rank; i++) end[i] = i < like->shape.rank - 2 ? 1 : MICA_END;
    return mica_slice(like, like->shape.rank, NULL, end, NULL);
}

/* With dropout or where the weights are wanted, what sees nothing has weights 0, as Keras. */
static mica_tensor *attend(mica_layer *l, const heads *h, layer_frame *f, mica_tensor *q,
                           mica_tensor *k, mica_tensor *v, mica_tensor *mask) {
    attention_call given = attention_call_of(f);
    bool whole = h->dropout > 0 || given.return_attention_scores;
    mica_tensor *like = NULL;
    if (h->window != NO_INTEGER || (whole && given.use_causal_mask)) like = places_of(q, k);
    if (h->window != NO_INTEGER) mask = both_masks(mask, window_mask(like, h->window));
    if (!whole)
        return mica_attention(q, k, v, mask, given.use_causal_mask, 1 / sqrt((double)h->key_dim));
    if (given.use_causal_mask) mask = both_masks(mask, causal_mask(like));
    mica_tensor *w = mica_attention_weights(q, k, mask, false, 1 / sqrt((double)h->key_dim));
    if (mask) w = mica_where(mask, w, scalar_like(w, 0));
    if (given.return_attention_scores) {
        f->outputs = 2, f->out[1] = w;
        layer_set_mask(f, 1, mask); /* Keras's Softmax passes it on */
    }
    w = noise_drop(f, w, &(shape){0, {0}}, h->dropout, noise_key(l, h->seed, "attention"));
    return mica_matmul(w, v);
}

void heads_call(mica_layer *l, const heads *h, layer_frame *f) {
    mica_tensor *query = input_of(f, ROLE_QUERY), *value = input_of(f, ROLE_VALUE);
    mica_tensor *key = input_of(f, ROLE_KEY), *mask = combined_mask(f);
    mica_tensor *q = project(l, h, QUERY, query);
    mica_tensor *k = repeat_heads(project(l, h, KEY, key ? key : value), h);
    mica_tensor *v = repeat_heads(project(l, h, VALUE, value), h);
    mica_tensor *rows = arrange(h, q);
    if (mask) mask = mask_like(h, mask, rows, q->shape.rank);
    mica_tensor *y = attend(l, h, f, rows, arrange(h, k), arrange(h, v), mask);
    f->out[0] = y; /* inputs that do not meet fail there; what follows looks into its shape */
    if (y->kind == TENSOR_POISON) return;
    y = rearrange(h, y, q);
    if (h->use_gate) y = mica_multiply(y, mica_sigmoid(project(l, h, GATE, query)));
    f->out[0] = project_out(l, h, y);
    layer_set_mask(f, 0, layer_mask(f, layer_input_of(f->role, f->inputs, ROLE_QUERY)));
}
