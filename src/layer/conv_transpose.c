/* What Conv1DTranspose, Conv2DTranspose and Conv3DTranspose do: see conv_transpose.h. */
#include "layer/conv_transpose.h"

mica_status conv_transpose_check(const void *options, const char *what, mica_error *err) {
    const mica_conv_transpose_options *o = options;
    for (int i = 0; i < 3 && o->output_padding[0] != NO_INTEGER; i++)
        if (o->strides[i] > 0 && o->output_padding[i] >= o->strides[i])
            return fail(err, MICA_VALUE, "%s: output_padding is %lld, expected below strides, %lld",
                        what, (long long)o->output_padding[i], (long long)o->strides[i]);
    return check_strides(o->strides, o->dilation_rate, what, err);
}

/* tf_keras writes "groups", which is 1 there. */
mica_status conv_transpose_translate(json_t *config, const char *what, mica_error *err) {
    const json_t *groups = json_object_get(config, "groups");
    if (groups && !json_is_null(groups) && json_integer_value(groups) != 1)
        return fail(err, MICA_UNSUPPORTED, "%s: groups is %lld, expected 1", what,
                    (long long)json_integer_value(groups));
    json_object_del(config, "groups");
    return image_translate(config, what, err);
}

mica_status conv_transpose_build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const mica_conv_transpose_options *o = OPTIONS_OF(l, conv_transpose);
    int64_t channels = in->dims[channel_axis_of(o->data_format, in->rank)];
    shape kernel = kernel_shape(axes_of(l), o->kernel_size, o->filters, channels);
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

void conv_transpose_call(mica_layer *l, layer_frame *f) {
    const mica_conv_transpose_options *o = OPTIONS_OF(l, conv_transpose);
    mica_window_options w = window_for(axes_of(l), o->kernel_size, o->strides, o->dilation_rate,
                                       o->padding, o->data_format);
    for (int i = 0; i < axes_of(l); i++) w.output_padding[i] = spelled(o->output_padding[i]);
    mica_tensor *bias = o->no_bias ? NULL : layer_weight(l, "bias");
    mica_tensor *y = mica_conv_transpose(f->in[0], layer_weight(l, "kernel"), bias, &w);
    f->out[0] = activate(o->activation, y);
    layer_activity_loss(f, o->activity_regularizer, f->out[0]);
}
