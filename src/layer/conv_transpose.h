/* Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: y = activation(the gradient of a
 * convolution with W for its images, + b). x (B, H, W, C), W (K0, K1, filters, C), b (filters), y
 * (B, H', W', filters). Errors: SHAPE if x has another rank; VALUE for options out of range. */
#ifndef LAYER_CONV_TRANSPOSE_H
#define LAYER_CONV_TRANSPOSE_H

#include "layer/image.h"

#define CONV_TRANSPOSE_FIELDS(axes)                                                                \
    {                                                                                              \
        LAYER_FIELDS(mica_conv_transpose_options),                                                 \
            INTEGER(mica_conv_transpose_options, filters, REQUIRED, .min = 1,                      \
                    .help = "channels of the output"),                                             \
            KERNEL_FIELDS(mica_conv_transpose_options, axes, paddings),                            \
            INTEGERS(mica_conv_transpose_options, output_padding, axes, NULLABLE, .min = 0,        \
                     .max = INFINITY, .help = "below strides; null: chosen by the strides"),       \
            WEIGHT_FIELDS(mica_conv_transpose_options, kernel),                                    \
            BIAS_FIELDS(mica_conv_transpose_options), END_OF_FIELDS                                \
    }

#define CONV_TRANSPOSE_LAYER(id, class_name, axes, ...)                                            \
    static const field id##_fields[] = CONV_TRANSPOSE_FIELDS(axes);                                \
    const layer_kind layer_##id = {.name = class_name,                                             \
                                   .aliases = {__VA_ARGS__},                                       \
                                   .fields = id##_fields,                                          \
                                   .options_size = sizeof(mica_conv_transpose_options),            \
                                   .renamed = conv_renamed,                                        \
                                   .translate = conv_transpose_translate,                          \
                                   .check = conv_transpose_check,                                  \
                                   .build = conv_transpose_build,                                  \
                                   .call = conv_transpose_call,                                    \
                                   .min_rank = axes + 2,                                           \
                                   .max_rank = axes + 2,                                           \
                                   .ends_mask = true};                                             \
    LAYER_CONSTRUCTOR(id)

mica_status conv_transpose_translate(json_t *config, const char *what, mica_error *err);
mica_status conv_transpose_check(const void *options, const char *what, mica_error *err);
mica_status conv_transpose_build(mica_layer *l, const shape *in, int inputs, mica_error *err);
void conv_transpose_call(mica_layer *l, layer_frame *f);

#endif
