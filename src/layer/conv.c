/* What Conv1D, Conv2D and Conv3D do: see conv.h. */
#include "layer/conv.h"

mica_status conv_check(const void *options, const char *what, mica_error *err) {
    const mica_conv_options *o = options;
    if (o->filters % o->groups)
        return fail(err, MICA_VALUE, "%s: filters is %lld, expected a multiple of groups, %lld",
                    what, (long long)o->filters, (long long)o->groups);
    return check_strides(o->strides, o->dilation_rate, what, err);
}

mica_status conv_build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_conv_options *o = OPTIONS_OF(l, conv);
    int64_t channels = in->dims[channel_axis_of(o->data_format, in->rank)];
    if (channels > 0 && channels % o->groups)
        return fail(err, MICA_SHAPE,
                    "the input has %lld channels, expected a multiple of groups, %lld",
                    (long long)channels, (long long)o->groups);
    int64_t depth = channels > 0 ? channels / o->groups : -1;
    shape kernel = kernel_shape(axes_of(l), o->kernel_size, depth, o->filters);
    shape bias = {1, {o->filters}};
    TRY(layer_add_weight(l, "kernel", &kernel, o->kernel_initializer, o->kernel_regularizer,
                         o->kernel_constraint, true, err));
    if (o->no_bias) return MICA_OK;
    return layer_add_weight(l, "bias", &bias, o->bias_initializer, o->bias_regularizer,
                            o->bias_constraint, true, err);
}

void conv_call(mica_layer *l, layer_frame *f) {
    const mica_conv_options *o = OPTIONS_OF(l, conv);
    mica_window_options w = window_for(axes_of(l), o->kernel_size, o->strides, o->dilation_rate,
                                       o->padding, o->data_format);
    w.groups = o->groups;
    mica_tensor *bias = o->no_bias ? NULL : layer_weight(l, "bias");
    mica_tensor *y = mica_conv(f->in[0], layer_weight(l, "kernel"), bias, &w);
    f->out[0] = activate(o->activation, y);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}
