/* SeparableConv2D: y = activation((x * D) * P + b): every channel by its own kernels, then 1x1.
 * x (B, H, W, C), D (K0, K1, C, multiplier), P (1, 1, C multiplier, filters), b (filters).
 * Errors: SHAPE if x has not rank 4; VALUE for options out of range.
 * Source: keras.layers.SeparableConv2D. */
#include "layer/image.h"

static const field separable_conv2d_fields[] = {
    LAYER_FIELDS(mica_separable_conv2d_options),
    INTEGER(mica_separable_conv2d_options, filters, REQUIRED, .min = 1,
            .help = "channels of the output"),
    INTEGERS(mica_separable_conv2d_options, kernel_size, 2, REQUIRED, .min = 1,
             .help = "height, width"),
    INTEGERS(mica_separable_conv2d_options, strides, 2, DEFAULT(1), .min = 1,
             .help = "height, width"),
    PADDING_FIELD(mica_separable_conv2d_options),
    DATA_FORMAT_FIELD(mica_separable_conv2d_options),
    INTEGERS(mica_separable_conv2d_options, dilation_rate, 2, DEFAULT(1), .min = 1,
             .help = "height, width"),
    INTEGER(mica_separable_conv2d_options, depth_multiplier, DEFAULT(1), .min = 1,
            .help = "kernels of each channel"),
    ACTIVATION_FIELD(mica_separable_conv2d_options, activation),
    NEGATED(mica_separable_conv2d_options, no_bias, "use_bias", .help = "adds b"),
    INITIALIZER_FIELD(mica_separable_conv2d_options, depthwise_initializer, "glorot_uniform"),
    INITIALIZER_FIELD(mica_separable_conv2d_options, pointwise_initializer, "glorot_uniform"),
    INITIALIZER_FIELD(mica_separable_conv2d_options, bias_initializer, "zeros"),
    REGULARIZER_FIELD(mica_separable_conv2d_options, depthwise_regularizer),
    REGULARIZER_FIELD(mica_separable_conv2d_options, pointwise_regularizer),
    REGULARIZER_FIELD(mica_separable_conv2d_options, bias_regularizer),
    REGULARIZER_FIELD(mica_separable_conv2d_options, activity_regularizer),
    CONSTRAINT_FIELD(mica_separable_conv2d_options, depthwise_constraint),
    CONSTRAINT_FIELD(mica_separable_conv2d_options, pointwise_constraint),
    CONSTRAINT_FIELD(mica_separable_conv2d_options, bias_constraint),
    END_OF_FIELDS};

/* What Keras and tf_keras write beside: options of Conv2D that mean nothing here. */
static const char *const ignored[] = {"kernel_initializer", "kernel_regularizer",
                                      "kernel_constraint", "groups", NULL};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const mica_separable_conv2d_options *o = options;
    bool strided = o->strides[0] > 1 || o->strides[1] > 1;
    if (strided && (o->dilation_rate[0] > 1 || o->dilation_rate[1] > 1))
        return fail(err, MICA_VALUE,
                    "%s: strides and dilation_rate are both above 1, expected one of "
                    "them to be 1",
                    what);
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_separable_conv2d_options *o = OPTIONS_OF(l, separable_conv2d);
    int64_t channels = in->dims[channel_axis_of(o->data_format)], between;
    if (channels < 0 || __builtin_mul_overflow(channels, o->depth_multiplier, &between))
        between = -1;
    shape depthwise = {4, {o->kernel_size[0], o->kernel_size[1], channels, o->depth_multiplier}};
    shape pointwise = {4, {1, 1, between, o->filters}}, bias = {1, {o->filters}};
    TRY(layer_add_weight(l, "depthwise_kernel", &depthwise, o->depthwise_initializer,
                         o->depthwise_regularizer, o->depthwise_constraint, true, err));
    TRY(layer_add_weight(l, "pointwise_kernel", &pointwise, o->pointwise_initializer,
                         o->pointwise_regularizer, o->pointwise_constraint, true, err));
    if (o->no_bias) return MICA_OK;
    return layer_add_weight(l, "bias", &bias, o->bias_initializer, o->bias_regularizer,
                            o->bias_constraint, true, err);
}

/* D as the kernel of a convolution in as many groups as channels: (K0, K1, 1, C multiplier). */
static mica_tensor *grouped(mica_tensor *depthwise) {
    shape s = depthwise->shape;
    return mica_reshape(depthwise, MICA_SHAPE(s.dims[0], s.dims[1], 1, s.dims[2] * s.dims[3]));
}

static void call(mica_layer *l, layer_frame *f) {
    const mica_separable_conv2d_options *o = OPTIONS_OF(l, separable_conv2d);
    mica_tensor *depthwise = layer_weight(l, "depthwise_kernel");
    mica_window_options w = {.size = sizeof w,
                             .strides = {o->strides[0], o->strides[1]},
                             .dilations = {o->dilation_rate[0], o->dilation_rate[1]},
                             .groups = depthwise->shape.dims[2],
                             .padding = padding_of(o->padding),
                             .layout = layout_of(o->data_format)};
    mica_window_options point = {.size = sizeof point, .layout = layout_of(o->data_format)};
    mica_tensor *bias = o->no_bias ? NULL : layer_weight(l, "bias");
    mica_tensor *between = mica_conv(f->in[0], grouped(depthwise), NULL, &w);
    mica_tensor *y = mica_conv(between, layer_weight(l, "pointwise_kernel"), bias, &point);
    f->out[0] = activate(o->activation, y);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}

const layer_kind layer_separable_conv2d = {.name = "SeparableConv2D",
                                           .aliases = {"SeparableConvolution2D"},
                                           .fields = separable_conv2d_fields,
                                           .options_size = sizeof(mica_separable_conv2d_options),
                                           .renamed = conv_renamed,
                                           .ignored = ignored,
                                           .translate = image_translate,
                                           .check = check,
                                           .build = build,
                                           .call = call,
                                           .min_rank = 4,
                                           .max_rank = 4,
                                           .ends_mask = true};

LAYER_CONSTRUCTOR(separable_conv2d)
