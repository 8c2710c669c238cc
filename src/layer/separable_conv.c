/* What SeparableConv1D and SeparableConv2D do: see separable_conv.h. */
#include "layer/separable_conv.h"

mica_status separable_conv_check(const void *options, const char *what, mica_error *err) {
    const mica_separable_conv_options *o = options;
    return check_strides(o->strides, o->dilation_rate, what, err);
}

mica_status separable_conv_build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_separable_conv_options *o = OPTIONS_OF(l, separable_conv);
    static const int64_t ones[3] = {1, 1, 1};
    int64_t channels = in->dims[channel_axis_of(o->data_format, in->rank)], between;
    if (channels < 0 || __builtin_mul_overflow(channels, o->depth_multiplier, &between))
        between = -1;
    shape kernel = kernel_shape(axes_of(l), o->kernel_size, channels, o->depth_multiplier);
    shape pointwise = kernel_shape(axes_of(l), ones, between, o->filters), bias = {1, {o->filters}};
    TRY(layer_add_weight(l, "depthwise_kernel", &kernel, o->depthwise_initializer,
                         o->depthwise_regularizer, o->depthwise_constraint, true, err));
    TRY(layer_add_weight(l, "pointwise_kernel", &pointwise, o->pointwise_initializer,
                         o->pointwise_regularizer, o->pointwise_constraint, true, err));
    if (o->no_bias) return MICA_OK;
    return layer_add_weight(l, "bias", &bias, o->bias_initializer, o->bias_regularizer,
                            o->bias_constraint, true, err);
}

void separable_conv_call(mica_layer *l, layer_frame *f) {
    const mica_separable_conv_options *o = OPTIONS_OF(l, separable_conv);
    mica_window_options w = window_for(axes_of(l), o->kernel_size, o->strides, o->dilation_rate,
                                       o->padding, o->data_format);
    mica_window_options point = {.size = sizeof point, .layout = layout_of(o->data_format)};
    mica_tensor *bias = o->no_bias ? NULL : layer_weight(l, "bias");
    mica_tensor *between = depthwise(f->in[0], layer_weight(l, "depthwise_kernel"), NULL, &w);
    mica_tensor *y = mica_conv(between, layer_weight(l, "pointwise_kernel"), bias, &point);
    f->out[0] = activate(o->activation, y);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}
