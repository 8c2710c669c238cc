/* BatchNormalization: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, per index of `axis`.
 * In training (and not frozen) with the batch's mean and biased variance, and the moving ones
 * become moving momentum + batch (1 - momentum); else with the moving ones. With a mask the
 * statistics are of the steps that count.  Mask: passed on.  Source:
 * keras.layers.BatchNormalization; Ioffe and Szegedy (2015). */
#include "layer/layer.h"
#include "op/emit.h"

#define OWNER mica_batch_normalization_options

static const field batch_normalization_fields[] = {
    LAYER_FIELDS(OWNER),
    INTEGER(OWNER, axis, DEFAULT(-1), .help = "of the features"),
    REAL(OWNER, momentum, DEFAULT(0.99), .min = 0, .max = 1, .help = "of the moving statistics"),
    REAL(OWNER, epsilon, DEFAULT(0.001), .min = 0, .max = INFINITY,
         .help = "added to the variance"),
    NEGATED(OWNER, no_center, "center", .help = "adds beta"),
    NEGATED(OWNER, no_scale, "scale", .help = "multiplies by gamma"),
    INITIALIZER_FIELD(OWNER, beta_initializer, "zeros"),
    INITIALIZER_FIELD(OWNER, gamma_initializer, "ones"),
    INITIALIZER_FIELD(OWNER, moving_mean_initializer, "zeros"),
    INITIALIZER_FIELD(OWNER, moving_variance_initializer, "ones"),
    REGULARIZER_FIELD(OWNER, beta_regularizer),
    REGULARIZER_FIELD(OWNER, gamma_regularizer),
    CONSTRAINT_FIELD(OWNER, beta_constraint),
    CONSTRAINT_FIELD(OWNER, gamma_constraint),
    END_OF_FIELDS};

static const renamed_key renamed[] = {
    {"beta_init", "beta_initializer"}, {"gamma_init", "gamma_initializer"}, {NULL, NULL}};

/* How Keras computes, not what. */
static const char *const ignored[] = {"fused",           "synchronized",    "mode",
                                      "renorm_clipping", "renorm_momentum", NULL};

/* Keras 2 writes axis as a list of one; renorm and virtual batches are other layers in truth. */
static mica_status translate(json_t *config, const char *what, mica_error *err) {
    static const char *const refused[] = {"renorm", "virtual_batch_size", "adjustment", NULL};
    json_t *axis = json_object_get(config, "axis");
    if (json_is_array(axis) && json_array_size(axis) == 1)
        json_object_set(config, "axis", json_array_get(axis, 0));
    for (const char *const *key = refused; *key; key++) {
        const json_t *value = json_object_get(config, *key);
        if (value && !json_is_null(value) && !json_is_false(value))
            return fail(err, MICA_UNSUPPORTED, "%s: %s is not supported, expected none", what,
                        *key);
        json_object_del(config, *key);
    }
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, batch_normalization);
    int axis;
    if (!axis_resolve(o->axis, in->rank, &axis))
        return fail(err, MICA_VALUE, "axis is %lld, expected %d to %d", (long long)o->axis,
                    -in->rank, in->rank - 1);
    shape s = {1, {in->dims[axis]}};
    if (!o->no_scale)
        TRY(layer_add_weight(l, "gamma", &s, o->gamma_initializer, o->gamma_regularizer,
                             o->gamma_constraint, true, err));
    if (!o->no_center)
        TRY(layer_add_weight(l, "beta", &s, o->beta_initializer, o->beta_regularizer,
                             o->beta_constraint, true, err));
    TRY(layer_add_weight(l, "moving_mean", &s, o->moving_mean_initializer, NULL, NULL, false, err));
    return layer_add_weight(l, "moving_variance", &s, o->moving_variance_initializer, NULL, NULL,
                            false, err);
}

static void move(layer_frame *f, mica_tensor *moving, mica_tensor *batch, double momentum) {
    mica_tensor *kept = mica_multiply(moving, scalar_like(moving, momentum));
    layer_update(f, moving,
                 mica_add(kept, mica_multiply(batch, scalar_like(moving, 1 - momentum))));
}

/* Keras adds this to the count of what a mask leaves. */
#define KERAS_EPSILON 1e-7

/* The mean of x over all axes but the kept one, of the steps that count; with those dims 1. */
static mica_tensor *masked_mean(mica_tensor *x, mica_tensor *mask, mica_tensor *count,
                                mica_axes rest) {
    mica_tensor *counted = mica_where(mask, x, scalar_like(x, 0));
    return mica_divide(mica_sum(counted, rest, true), count);
}

/* Mean and variance (C) of the steps that count; mask has x's rank less one. */
static void masked_moments(mica_tensor *x, mica_tensor *mask, int64_t axis, mica_tensor **mean,
                           mica_tensor **variance) {
    mica_axes rest = {0};
    int kept;
    axis_resolve(axis, x->shape.rank, &kept);
    for (int i = 0; i < x->shape.rank; i++)
        if (i != kept) rest.axes[rest.count++] = i;
    mask = mica_broadcast_like(mica_expand_dims(mask, -1), x);
    mica_tensor *count = mica_sum(mica_cast(mask, x->dtype), rest, true);
    count = mica_add(count, scalar_like(count, KERAS_EPSILON));
    mica_tensor *m = masked_mean(x, mask, count, rest);
    *variance = mica_squeeze(masked_mean(mica_square(mica_subtract(x, m)), mask, count, rest),
                             rest);
    *mean = mica_squeeze(m, rest);
}

/* In the variables' type: half floats overflow in the statistics. */
static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, batch_normalization);
    mica_tensor *x = mica_cast(f->in[0], l->variable_dtype), *y, *mean, *variance;
    mica_tensor *moving_mean = layer_variable(l, "moving_mean");
    mica_tensor *moving_variance = layer_variable(l, "moving_variance");
    mica_tensor *gamma = o->no_scale ? mica_ones_like(moving_mean) : layer_variable(l, "gamma");
    mica_tensor *beta = o->no_center ? mica_zeros_like(moving_mean) : layer_variable(l, "beta");
    mica_tensor *mask = layer_mask(f, 0);
    bool learning = f->training && !o->frozen;
    if (learning && mask) {
        masked_moments(x, mask, o->axis, &mean, &variance);
        y = mica_batch_norm_inference(x, gamma, beta, mean, variance, o->axis, o->epsilon);
    } else if (learning) {
        y = mica_batch_norm_training(x, gamma, beta, o->axis, o->epsilon, &mean, &variance);
    } else {
        y = mica_batch_norm_inference(x, gamma, beta, moving_mean, moving_variance, o->axis,
                                      o->epsilon);
    }
    if (learning) {
        move(f, moving_mean, mean, o->momentum);
        move(f, moving_variance, variance, o->momentum);
    }
    f->out[0] = mica_cast(y, l->compute_dtype);
}

const layer_kind layer_batch_normalization = {
    .name = "BatchNormalization",
    .aliases = {"BatchNormalizationV1", "BatchNormalizationV2"},
    .fields = batch_normalization_fields,
    .options_size = sizeof(OWNER),
    .renamed = renamed,
    .ignored = ignored,
    .translate = translate,
    .build = build,
    .call = call,
    .min_rank = 2};

LAYER_CONSTRUCTOR(batch_normalization)
