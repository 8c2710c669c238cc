/* DepthwiseConv1D and DepthwiseConv2D: every channel by its own kernels. x (B, H, W, C),
 * D (K0, K1, C, M), b (C M), y[…, c M + m] = activation(x[…, c] * D[…, c, m] + b[c M + m]).
 * Errors: SHAPE if x has another rank; VALUE for options out of range. */
#ifndef LAYER_DEPTHWISE_CONV_H
#define LAYER_DEPTHWISE_CONV_H

#include "layer/image.h"

#define DEPTHWISE_CONV_FIELDS(axes)                                                                \
    {                                                                                              \
        LAYER_FIELDS(mica_depthwise_conv_options),                                                 \
            KERNEL_FIELDS(mica_depthwise_conv_options, axes, paddings),                            \
            INTEGER(mica_depthwise_conv_options, depth_multiplier, DEFAULT(1), .min = 1,           \
                    .help = "kernels of each channel"),                                            \
            WEIGHT_FIELDS(mica_depthwise_conv_options, depthwise),                                 \
            BIAS_FIELDS(mica_depthwise_conv_options), END_OF_FIELDS                                \
    }

#define DEPTHWISE_CONV_LAYER(id, class_name, alias, axes)                                          \
    static const field id##_fields[] = DEPTHWISE_CONV_FIELDS(axes);                                \
    const layer_kind layer_##id = {.name = class_name,                                             \
                                   .aliases = {alias},                                             \
                                   .fields = id##_fields,                                          \
                                   .options_size = sizeof(mica_depthwise_conv_options),            \
                                   .renamed = conv_renamed,                                        \
                                   .ignored = depthwise_ignored,                                   \
                                   .translate = image_translate,                                   \
                                   .check = depthwise_conv_check,                                  \
                                   .build = depthwise_conv_build,                                  \
                                   .call = depthwise_conv_call,                                    \
                                   .min_rank = axes + 2,                                           \
                                   .max_rank = axes + 2,                                           \
                                   .ends_mask = true};                                             \
    LAYER_CONSTRUCTOR(id)

/* What Keras and tf_keras write beside: options of Conv2D that mean nothing here. */
extern const char *const depthwise_ignored[];
mica_status depthwise_conv_check(const void *options, const char *what, mica_error *err);
mica_status depthwise_conv_build(mica_layer *l, const shape *in, int inputs, mica_error *err);
void depthwise_conv_call(mica_layer *l, layer_frame *f);

/* x through a depthwise kernel (…, C, M), a convolution in as many groups as channels: bias (C M)
 * may be NULL. */
mica_tensor *depthwise(mica_tensor *x, mica_tensor *kernel, mica_tensor *bias,
                       mica_window_options *w);

#endif
