/* group_norm: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance of each
 * sample over all axes but the first, and over C / groups neighbouring channels. x (B, …) with C
 * channels at `axis`, gamma and beta (C), y like x. A composite; C must be known.
 * Source: Wu and He, Group Normalization (2018); keras.layers.GroupNormalization. */
#include "mica/nn.h"
#include "op/array.h"

typedef struct group_norm_attrs {
    double epsilon;
    int64_t groups, axis; /* axis: of the channels */
} group_norm_attrs;

static mica_status group_norm_shape(shape_frame *f) {
    const group_norm_attrs *a = f->attrs;
    const shape *x = &f->in[0].shape;
    int axis = 0;
    TRY(require_float(f, 0));
    TRY(require_rank_between(f, 0, 2, MAX_RANK));
    TRY(require_axis(f, a->axis, x->rank, &axis));
    if (!(a->epsilon >= 0)) return value_fail(f, "epsilon %g, expected 0 or more", a->epsilon);
    int64_t channels = x->dims[axis];
    if (axis == 0 || channels < 0 || a->groups < 1 || channels % a->groups)
        return shape_fail(f, "%lld groups of the %lld channels of axis %d", (long long)a->groups,
                          (long long)channels, axis);
    for (int i = 1; i <= 2; i++) {
        TRY(require_float(f, i));
        TRY(require_shape(f, i, &MICA_SHAPE(channels)));
    }
    return shape_of_input(f);
}

/* The mean of t over a sample's group, for every channel: broadcasts against t. */
static mica_tensor *group_mean(mica_tensor *t, int64_t groups, int axis) {
    int64_t channels = t->shape.dims[axis];
    mica_axes inside = {0};
    mica_shape wide = {.rank = t->shape.rank, .dims = {-1}};
    for (int i = 1; i < t->shape.rank; i++) {
        if (i != axis) inside.axes[inside.count++] = i;
        wide.dims[i] = i == axis ? channels : 1;
    }
    if (inside.count) t = mica_mean(t, inside, false); /* (B, C) */
    t = mica_reshape(t, MICA_SHAPE(-1, groups, channels / groups));
    t = mica_broadcast_like(mica_mean(t, MICA_AXES(-1), true), t);
    return mica_reshape(t, wide);
}

static mica_tensor *per_group_channel(mica_tensor *p, const mica_tensor *x, int axis) {
    mica_shape column = {x->shape.rank - axis, {-1, 1, 1, 1, 1, 1, 1, 1}};
    return mica_reshape(p, column);
}

static void group_norm_compose(compose_frame *c) {
    const group_norm_attrs *a = c->attrs;
    mica_tensor *x = mica_cast(c->in[0], dtype_promote(c->in[0]->dtype, c->in[1]->dtype));
    int axis = 0;
    axis_resolve(a->axis, x->shape.rank, &axis);
    mica_tensor *centred = mica_subtract(x, group_mean(x, a->groups, axis));
    mica_tensor *variance = group_mean(mica_square(centred), a->groups, axis);
    mica_tensor *r = mica_rsqrt(mica_add(variance, scalar_like(variance, a->epsilon)));
    mica_tensor *scale = mica_multiply(r, per_group_channel(c->in[1], x, axis));
    mica_tensor *y = mica_add(mica_multiply(centred, scale), per_group_channel(c->in[2], x, axis));
    c->out[0] = mica_cast(y, c->in[0]->dtype);
}

static bool group_norm_samples(int number, sample *s) {
    static const struct {
        group_norm_attrs attrs;
        shape x;
    } cases[] = {{{1e-3, 2, -1}, {4, {2, 2, 3, 4}}},
                 {{1e-2, 3, 1}, {3, {2, 6, 3}}},
                 {{0.1, 1, 1}, {2, {3, 4}}},
                 {{0.1, 4, -1}, {3, {2, 3, 4}}}};
    if (number >= (int)LENGTH(cases)) return false;
    *(group_norm_attrs *)s->attrs = cases[number].attrs;
    int axis = 0;
    axis_resolve(cases[number].attrs.axis, cases[number].x.rank, &axis);
    sample_real(s, cases[number].x);
    for (int i = 0; i < 2; i++) sample_real(s, MICA_SHAPE(cases[number].x.dims[axis]));
    return true;
}

static const field group_norm_fields[] = {
    REAL(group_norm_attrs, epsilon, .help = "added to the variance"),
    INTEGER(group_norm_attrs, groups, .help = "how many"),
    INTEGER(group_norm_attrs, axis, .help = "of the channels; negative counts from the end"),
    END_OF_FIELDS,
};

const op op_group_norm = {
    .name = "group_norm",
    .inputs = 3,
    .outputs = 1,
    .traits = PURE,
    .fields = group_norm_fields,
    .attrs_size = sizeof(group_norm_attrs),
    .shape = group_norm_shape,
    .compose = group_norm_compose,
    .samples = group_norm_samples,
    .tolerance = 1e-4,
};

mica_tensor *mica_group_norm(mica_tensor *x, mica_tensor *gamma, mica_tensor *beta, int64_t groups,
                             int64_t axis, double epsilon) {
    NEEDS(x);
    const group_norm_attrs a = {epsilon, groups, axis};
    int at = 0;
    axis_resolve(axis, x->shape.rank, &at);
    mica_shape channels = MICA_SHAPE(x->shape.rank ? x->shape.dims[at] : 0);
    if (channels.dims[0] < 0) channels.dims[0] = 0; /* the shape rule says what is wrong */
    if (!gamma) gamma = mica_full(x->ctx, x->dtype, channels, 1);
    if (!beta) beta = mica_full(x->ctx, x->dtype, channels, 0);
    return EMIT(&op_group_norm, &a, x, gamma, beta);
}
