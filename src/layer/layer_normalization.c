/* LayerNormalization: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance of
 * each sample over the axes.  gamma, beta: the dims of the axes, rising.  Mask: passed on.
 * Source: keras.layers.LayerNormalization; Ba et al. (2016). */
#include "layer/axes.h"

#define OWNER mica_layer_normalization_options

static const field layer_normalization_fields[] = {
    LAYER_FIELDS(OWNER),
    SHAPE_FIELD(OWNER, axis, DEFAULT(-1), .help = "over which mean and variance are taken"),
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

/* An older flag of Keras that divides by the variance: another function. */
static mica_status translate(json_t *config, const char *what, mica_error *err) {
    if (json_is_true(json_object_get(config, "rms_scaling")))
        return fail(err, MICA_UNSUPPORTED,
                    "%s: rms_scaling is not supported, expected RMSNormalization", what);
    json_object_del(config, "rms_scaling");
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, layer_normalization);
    mica_axes axes;
    TRY(axes_check(&o->axis, in, &axes, err));
    shape s = axes_dims(&axes, in);
    if (!o->no_scale)
        TRY(layer_add_weight(l, "gamma", &s, o->gamma_initializer, o->gamma_regularizer,
                             o->gamma_constraint, true, err));
    return o->no_center ? MICA_OK
                        : layer_add_weight(l, "beta", &s, o->beta_initializer, o->beta_regularizer,
                                           o->beta_constraint, true, err);
}

/* Weights and the sum stay in the variables' type. */
static void call(mica_layer *l, layer_frame *f) {
    const OWNER *o = OPTIONS_OF(l, layer_normalization);
    mica_tensor *gamma = o->no_scale ? NULL : layer_variable(l, "gamma");
    mica_tensor *beta = o->no_center ? NULL : layer_variable(l, "beta");
    mica_axes axes = axes_for(&o->axis, f->in[0]);
    mica_tensor *y = mica_layer_norm(f->in[0], gamma, beta, axes, o->epsilon);
    f->out[0] = mica_cast(y, l->compute_dtype);
}

const layer_kind layer_layer_normalization = {.name = "LayerNormalization",
                                              .fields = layer_normalization_fields,
                                              .options_size = sizeof(OWNER),
                                              .translate = translate,
                                              .build = build,
                                              .call = call,
                                              .min_rank = 2,
                                              .keeps_floats = true};

LAYER_CONSTRUCTOR(layer_normalization)
