/* SeparableConv1D and SeparableConv2D: y = activation((x * D) * P + b): every channel by its own
 * kernels, then all channels at each place. x (B, H, W, C), D (K0, K1, C, M), P (1, 1, C M,
 * filters), b (filters). Errors: SHAPE if x has another rank; VALUE for options out of range. */
#ifndef LAYER_SEPARABLE_CONV_H
#define LAYER_SEPARABLE_CONV_H

#include "layer/depthwise_conv.h"

#define SEPARABLE_CONV_FIELDS(axes, padding_names)                                                 \
    {                                                                                              \
        LAYER_FIELDS(mica_separable_conv_options),                                                 \
            INTEGER(mica_separable_conv_options, filters, REQUIRED, .min = 1,                      \
                    .help = "channels of the output"),                                             \
            KERNEL_FIELDS(mica_separable_conv_options, axes, padding_names),                       \
            INTEGER(mica_separable_conv_options, depth_multiplier, DEFAULT(1), .min = 1,           \
                    .help = "kernels of each channel"),                                            \
            WEIGHT_FIELDS(mica_separable_conv_options, depthwise),                                 \
            WEIGHT_FIELDS(mica_separable_conv_options, pointwise),                                 \
            BIAS_FIELDS(mica_separable_conv_options), END_OF_FIELDS                                \
    }

#define SEPARABLE_CONV_LAYER(id, class_name, alias, axes, padding_names)                           \
    static const field id##_fields[] = SEPARABLE_CONV_FIELDS(axes, padding_names);                 \
    const layer_kind layer_##id = {.name = class_name,                                             \
                                   .aliases = {alias},                                             \
                                   .fields = id##_fields,                                          \
                                   .options_size = sizeof(mica_separable_conv_options),            \
                                   .renamed = conv_renamed,                                        \
                                   .ignored = depthwise_ignored,                                   \
                                   .translate = image_translate,                                   \
                                   .check = separable_conv_check,                                  \
                                   .build = separable_conv_build,                                  \
                                   .call = separable_conv_call,                                    \
                                   .min_rank = axes + 2,                                           \
                                   .max_rank = axes + 2,                                           \
                                   .ends_mask = true};                                             \
    LAYER_CONSTRUCTOR(id)

mica_status separable_conv_check(const void *options, const char *what, mica_error *err);
mica_status separable_conv_build(mica_layer *l, const shape *in, int inputs, mica_error *err);
void separable_conv_call(mica_layer *l, layer_frame *f);

#endif
