/* What DepthwiseConv1D and DepthwiseConv2D do: see depthwise_conv.h. */
#include "layer/depthwise_conv.h"

const char *const depthwise_ignored[] = {"kernel_initializer", "kernel_regularizer",
                                         "kernel_constraint", "groups", NULL};

mica_status depthwise_conv_check(const void *options, const char *what, mica_error *err) {
    const mica_depthwise_conv_options *o = options;
    return check_strides(o->strides, o->dilation_rate, what, err);
}

mica_status depthwise_conv_build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_depthwise_conv_options *o = OPTIONS_OF(l, depthwise_conv);
    int64_t channels = in->dims[channel_axis_of(o->data_format, in->rank)], filters;
    if (channels < 0 || __builtin_mul_overflow(channels, o->depth_multiplier, &filters))
        filters = -1;
    shape kernel = kernel_shape(axes_of(l), o->kernel_size, channels, o->depth_multiplier);
    shape bias = {1, {filters}};
    TRY(layer_add_weight(l, "depthwise_kernel", &kernel, o->depthwise_initializer,
                         o->depthwise_regularizer, o->depthwise_constraint, true, err));
    if (o->no_bias) return MICA_OK;
    return layer_add_weight(l, "bias", &bias, o->bias_initializer, o->bias_regularizer,
                            o->bias_constraint, true, err);
}

mica_tensor *depthwise(mica_tensor *x, mica_tensor *kernel, mica_tensor *bias,
                       mica_window_options *w) {
    shape s = kernel->shape;
    int axes = s.rank - 2;
    w->groups = s.dims[axes];
    shape grouped = kernel_shape(axes, s.dims, 1, s.dims[axes] * s.dims[axes + 1]);
    return mica_conv(x, mica_reshape(kernel, grouped), bias, w);
}

void depthwise_conv_call(mica_layer *l, layer_frame *f) {
    const mica_depthwise_conv_options *o = OPTIONS_OF(l, depthwise_conv);
    mica_window_options w = window_for(axes_of(l), o->kernel_size, o->strides, o->dilation_rate,
                                       o->padding, o->data_format);
    mica_tensor *bias = o->no_bias ? NULL : layer_weight(l, "bias");
    mica_tensor *y = depthwise(f->in[0], layer_weight(l, "depthwise_kernel"), bias, &w);
    f->out[0] = activate(o->activation, y);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}
