/* Conv2DTranspose: y = activation(conv2d's gradient of x with W, + b).  x (B, H, W, C),
 * W (K0, K1, filters, C), b (filters), y (B, H', W', filters).
 * Errors: SHAPE if x has not rank 4; VALUE for options out of range.
 * Source: keras.layers.Conv2DTranspose. */
#include "layer/image.h"

static const field conv2d_transpose_fields[] = {
    LAYER_FIELDS(mica_conv2d_transpose_options),
    INTEGER(mica_conv2d_transpose_options, filters, REQUIRED, .min = 1,
            .help = "channels of the output"),
    INTEGERS(mica_conv2d_transpose_options, kernel_size, 2, REQUIRED, .min = 1,
             .help = "height, width"),
    INTEGERS(mica_conv2d_transpose_options, strides, 2, DEFAULT(1), .min = 1,
             .help = "height, width"),
    PADDING_FIELD(mica_conv2d_transpose_options),
    INTEGERS(mica_conv2d_transpose_options, output_padding, 2, NULLABLE, .min = 0, .max = INFINITY,
             .help = "below strides; null: chosen by the strides"),
    DATA_FORMAT_FIELD(mica_conv2d_transpose_options),
    INTEGERS(mica_conv2d_transpose_options, dilation_rate, 2, DEFAULT(1), .min = 1,
             .help = "height, width"),
    ACTIVATION_FIELD(mica_conv2d_transpose_options, activation),
    NEGATED(mica_conv2d_transpose_options, no_bias, "use_bias", .help = "adds b"),
    INITIALIZER_FIELD(mica_conv2d_transpose_options, kernel_initializer, "glorot_uniform"),
    INITIALIZER_FIELD(mica_conv2d_transpose_options, bias_initializer, "zeros"),
    REGULARIZER_FIELD(mica_conv2d_transpose_options, kernel_regularizer),
    REGULARIZER_FIELD(mica_conv2d_transpose_options, bias_regularizer),
    REGULARIZER_FIELD(mica_conv2d_transpose_options, activity_regularizer),
    CONSTRAINT_FIELD(mica_conv2d_transpose_options, kernel_constraint),
    CONSTRAINT_FIELD(mica_conv2d_transpose_options, bias_constraint),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const mica_conv2d_transpose_options *o = options;
    for (int i = 0; i < 2 && o->output_padding[0] != NO_INTEGER; i++)
        if (o->output_padding[i] >= o->strides[i])
            return fail(err, MICA_VALUE, "%s: output_padding is %lld, expected below strides, %lld",
                        what, (long long)o->output_padding[i], (long long)o->strides[i]);
    bool strided = o->strides[0] > 1 || o->strides[1] > 1;
    if (strided && (o->dilation_rate[0] > 1 || o->dilation_rate[1] > 1))
        return fail(err, MICA_VALUE,
                    "%s: strides and dilation_rate are both above 1, expected one of "
                    "them to be 1",
                    what);
    return MICA_OK;
}

/* tf_keras writes "groups", which is 1 there. */
static mica_status translate(json_t *config, const char *what, mica_error *err) {
    const json_t *groups = json_object_get(config, "groups");
    if (groups && !json_is_null(groups) && json_integer_value(groups) != 1)
        return fail(err, MICA_UNSUPPORTED, "%s: groups is %lld, expected 1", what,
                    (long long)json_integer_value(groups));
    json_object_del(config, "groups");
    return image_translate(config, what, err);
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_conv2d_transpose_options *o = OPTIONS_OF(l, conv2d_transpose);
    int64_t channels = in->dims[channel_axis_of(o->data_format)];
    shape kernel = {4, {o->kernel_size[0], o->kernel_size[1], o->filters, channels}};
    shape bias = {1, {o->filters}};
    TRY(layer_add_weight(l, "kernel", &kernel, o->kernel_initializer, o->kernel_regularizer,
                         o->kernel_constraint, true, err));
    if (o->no_bias) return MICA_OK;
    return layer_add_weight(l, "bias", &bias, o->bias_initializer, o->bias_regularizer,
                            o->bias_constraint, true, err);
}

/* The op's options: 0 is "not given", so a real 0 is MICA_ZERO. */
static int64_t spelled(int64_t output_padding) {
    if (output_padding == NO_INTEGER) return 0;
    return output_padding == 0 ? MICA_ZERO : output_padding;
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_conv2d_transpose_options *o = OPTIONS_OF(l, conv2d_transpose);
    mica_window_options w = {
        .size = sizeof w,
        .strides = {o->strides[0], o->strides[1]},
        .dilations = {o->dilation_rate[0], o->dilation_rate[1]},
        .padding = padding_of(o->padding),
        .layout = layout_of(o->data_format),
        .output_padding = {spelled(o->output_padding[0]), spelled(o->output_padding[1])}};
    mica_tensor *bias = o->no_bias ? NULL : layer_weight(l, "bias");
    mica_tensor *y = mica_conv_transpose(f->in[0], layer_weight(l, "kernel"), bias, &w);
    f->out[0] = activate(o->activation, y);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}

const layer_kind layer_conv2d_transpose = {
    .name = "Conv2DTranspose",
    .aliases = {"Convolution2DTranspose", "Deconvolution2D", "Deconv2D"},
    .fields = conv2d_transpose_fields,
    .options_size = sizeof(mica_conv2d_transpose_options),
    .renamed = conv_renamed,
    .translate = translate,
    .check = check,
    .build = build,
    .call = call,
    .min_rank = 4,
    .max_rank = 4,
    .ends_mask = true};

LAYER_CONSTRUCTOR(conv2d_transpose)
