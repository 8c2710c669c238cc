/* Conv2D: y = activation(x * W + b), * is cross-correlation.  x (B, H, W, C),
 * W (K0, K1, C / groups, filters), b (filters), y (B, H', W', filters).
 * Errors: SHAPE if x has not rank 4, or groups do not divide C; VALUE for options out of range.
 * Source: keras.layers.Conv2D. */
#include "layer/image.h"

static const field conv2d_fields[] = {
    LAYER_FIELDS(mica_conv2d_options),
    INTEGER(mica_conv2d_options, filters, REQUIRED, .min = 1, .help = "channels of the output"),
    INTEGERS(mica_conv2d_options, kernel_size, 2, REQUIRED, .min = 1, .help = "height, width"),
    INTEGERS(mica_conv2d_options, strides, 2, DEFAULT(1), .min = 1, .help = "height, width"),
    PADDING_FIELD(mica_conv2d_options),
    DATA_FORMAT_FIELD(mica_conv2d_options),
    INTEGERS(mica_conv2d_options, dilation_rate, 2, DEFAULT(1), .min = 1, .help = "height, width"),
    INTEGER(mica_conv2d_options, groups, DEFAULT(1), .min = 1, .help = "divides C and filters"),
    ACTIVATION_FIELD(mica_conv2d_options, activation),
    NEGATED(mica_conv2d_options, no_bias, "use_bias", .help = "adds b"),
    INITIALIZER_FIELD(mica_conv2d_options, kernel_initializer, "glorot_uniform"),
    INITIALIZER_FIELD(mica_conv2d_options, bias_initializer, "zeros"),
    REGULARIZER_FIELD(mica_conv2d_options, kernel_regularizer),
    REGULARIZER_FIELD(mica_conv2d_options, bias_regularizer),
    REGULARIZER_FIELD(mica_conv2d_options, activity_regularizer),
    CONSTRAINT_FIELD(mica_conv2d_options, kernel_constraint),
    CONSTRAINT_FIELD(mica_conv2d_options, bias_constraint),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const mica_conv2d_options *o = options;
    if (o->filters % o->groups)
        return fail(err, MICA_VALUE, "%s: filters is %lld, expected a multiple of groups, %lld",
                    what, (long long)o->filters, (long long)o->groups);
    bool strided = o->strides[0] > 1 || o->strides[1] > 1;
    if (strided && (o->dilation_rate[0] > 1 || o->dilation_rate[1] > 1))
        return fail(err, MICA_VALUE,
                    "%s: strides and dilation_rate are both above 1, expected one of "
                    "them to be 1",
                    what);
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_conv2d_options *o = OPTIONS_OF(l, conv2d);
    int64_t channels = in->dims[channel_axis_of(o->data_format)];
    if (channels > 0 && channels % o->groups)
        return fail(err, MICA_SHAPE,
                    "the input has %lld channels, expected a multiple of groups, %lld",
                    (long long)channels, (long long)o->groups);
    int64_t depth = channels > 0 ? channels / o->groups : -1;
    shape kernel = {4, {o->kernel_size[0], o->kernel_size[1], depth, o->filters}};
    shape bias = {1, {o->filters}};
    TRY(layer_add_weight(l, "kernel", &kernel, o->kernel_initializer, o->kernel_regularizer,
                         o->kernel_constraint, true, err));
    if (o->no_bias) return MICA_OK;
    return layer_add_weight(l, "bias", &bias, o->bias_initializer, o->bias_regularizer,
                            o->bias_constraint, true, err);
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_conv2d_options *o = OPTIONS_OF(l, conv2d);
    mica_window_options w = {.size = sizeof w,
                             .strides = {o->strides[0], o->strides[1]},
                             .dilations = {o->dilation_rate[0], o->dilation_rate[1]},
                             .groups = o->groups,
                             .padding = padding_of(o->padding),
                             .layout = layout_of(o->data_format)};
    mica_tensor *bias = o->no_bias ? NULL : layer_weight(l, "bias");
    mica_tensor *y = mica_conv(f->in[0], layer_weight(l, "kernel"), bias, &w);
    f->out[0] = activate(o->activation, y);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}

const layer_kind layer_conv2d = {.name = "Conv2D",
                                 .aliases = {"Convolution2D"},
                                 .fields = conv2d_fields,
                                 .options_size = sizeof(mica_conv2d_options),
                                 .renamed = conv_renamed,
                                 .translate = image_translate,
                                 .check = check,
                                 .build = build,
                                 .call = call,
                                 .min_rank = 4,
                                 .max_rank = 4,
                                 .ends_mask = true};

LAYER_CONSTRUCTOR(conv2d)
