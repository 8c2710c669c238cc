/* GroupNormalization: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance of
 * each sample and group of neighbouring channels.  x (B, …) with C channels along the axis, gamma,
 * beta (C); groups -1: each channel by itself (instance normalization).  Mask: passed on.
 * Source: keras.layers.GroupNormalization; Wu and He (2018). */
#include "layer/layer.h"

#define OWNER mica_group_normalization_options

static const field group_normalization_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, groups, DEFAULT(32), .min = -1, .max = INFINITY, .help = "-1: one a channel"),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the channels"),
    REAL(OWNER, epsilon, DEFAULT(0.001), .min = 0, .max = INFINITY,
         .help = "added to the variance"),
    NEGATED(OWNER, no_center, "center", .help = "adds beta"),
    NEGATED(OWNER, no_scale, "scale", .help = "multiplies by gamma"),
    INITIALIZER_FIELD(OWNER, beta_initializer, "zeros"),
    INITIALIZER_FIELD(OWNER, gamma_initializer, "ones"),
    REGULARIZER_FIELD(OWNER, beta_regularizer),
    REGULARIZER_FIELD(OWNER, gamma_regularizer),
    CONSTRAINT_FIELD(OWNER, beta_constraint),
    CONSTRAINT_FIELD(OWNER, gamma_constraint),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    if (((const OWNER *)options)->groups) return MICA_OK;
    return fail(err, MICA_VALUE, "%s: groups is 0, expected -1 or at least 1", what);
}

static int64_t groups_of(const OWNER *o, int64_t channels) {
    return o->groups < 0 ? channels : o->groups;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, group_normalization);
    int axis;
    if (!axis_resolve(o->axis, in->rank, &axis) || axis == 0)
        return fail(err, MICA_VALUE, "axis is %lld, expected 1 to %d or -1 to %d",
                    (long long)o->axis, in->rank - 1, 1 - in->rank);
    shape s = {1, {in->dims[axis]}};
    int64_t groups = groups_of(o, s.dims[0]);
    if (s.dims[0] >= 0 && (groups < 1 || s.dims[0] % groups))
        return fail(err, MICA_SHAPE, "%lld channels, expected a multiple of groups, %lld",
                    (long long)s.dims[0], (long long)groups);
    if (!o->no_scale)
        TRY(layer_add_weight(l, "gamma", &s, o->gamma_initializer, o->gamma_regularizer,
                             o->gamma_constraint, true, err));
    return o->no_center ? MICA_OK
                        : layer_add_weight(l, "beta", &s, o->beta_initializer, o->beta_regularizer,
                                           o->beta_constraint, true, err);
}

/* Weights and the sum stay in the variables' type. */
static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, group_normalization);
    mica_tensor *gamma = o->no_scale ? NULL : layer_variable(l, "gamma");
    mica_tensor *beta = o->no_center ? NULL : layer_variable(l, "beta"), *x = f->in[0];
    int axis = 0;
    axis_resolve(o->axis, x->shape.rank, &axis);
    mica_tensor *y = mica_group_norm(x, gamma, beta, groups_of(o, x->shape.dims[axis]), axis,
                                     o->epsilon);
    f->out[0] = mica_cast(y, l->compute_dtype);
}

const layer_kind layer_group_normalization = {.name = "GroupNormalization",
                                              .fields = group_normalization_fields,
                                              .options_size = sizeof(OWNER),
                                              .check = check,
                                              .build = build,
                                              .call = call,
                                              .min_rank = 2,
                                              .keeps_floats = true};

LAYER_CONSTRUCTOR(group_normalization)
