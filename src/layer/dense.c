/* Dense: y = activation(x W + b).  x (…, in), W (in, units), b (units), y (…, units).
 * Errors: SHAPE if x has rank below 2; VALUE if units < 1.  Mask: passed on.
 * Source: keras.layers.Dense. */
#include "layer/layer.h"

static const field dense_fields[] = {
    LAYER_FIELDS(mica_dense_options),
    INTEGER(mica_dense_options, units, REQUIRED, .min = 1, .help = "width of the output"),
    ACTIVATION_FIELD(mica_dense_options, activation),
    NEGATED(mica_dense_options, no_bias, "use_bias", .help = "adds b"),
    INITIALIZER_FIELD(mica_dense_options, kernel_initializer, "glorot_uniform"),
    INITIALIZER_FIELD(mica_dense_options, bias_initializer, "zeros"),
    REGULARIZER_FIELD(mica_dense_options, kernel_regularizer),
    REGULARIZER_FIELD(mica_dense_options, bias_regularizer),
    REGULARIZER_FIELD(mica_dense_options, activity_regularizer),
    CONSTRAINT_FIELD(mica_dense_options, kernel_constraint),
    CONSTRAINT_FIELD(mica_dense_options, bias_constraint),
    END_OF_FIELDS};

static const renamed_key renamed[] = {{"output_dim", "units"},
                                      {"init", "kernel_initializer"},
                                      {"bias", "use_bias"},
                                      {"W_regularizer", "kernel_regularizer"},
                                      {"b_regularizer", "bias_regularizer"},
                                      {"W_constraint", "kernel_constraint"},
                                      {"b_constraint", "bias_constraint"},
                                      {NULL, NULL}};

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_dense_options *o = OPTIONS_OF(l, dense);
    shape kernel = {2, {in->dims[in->rank - 1], o->units}}, bias = {1, {o->units}};
    TRY(layer_add_weight(l, "kernel", &kernel, o->kernel_initializer, o->kernel_regularizer,
                         o->kernel_constraint, true, err));
    if (o->no_bias) return MICA_OK;
    return layer_add_weight(l, "bias", &bias, o->bias_initializer, o->bias_regularizer,
                            o->bias_constraint, true, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_dense_options *o = OPTIONS_OF(l, dense);
    mica_tensor *y = mica_matmul(f->in[0], layer_weight(l, "kernel"));
    if (!o->no_bias) y = mica_add(y, layer_weight(l, "bias"));
    f->out[0] = activate(o->activation, y);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}

const layer_kind layer_dense = {.name = "Dense",
                                .fields = dense_fields,
                                .options_size = sizeof(mica_dense_options),
                                .renamed = renamed,
                                .build = build,
                                .call = call,
                                .min_rank = 2};

LAYER_CONSTRUCTOR(dense)
