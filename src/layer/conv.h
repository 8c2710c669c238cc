/* Conv1D, Conv2D and Conv3D: y = activation(x * W + b), * is cross-correlation. x (B, H, W, C),
 * W (K0, K1, C / groups, filters), b (filters), y (B, H', W', filters).
 * Errors: SHAPE if x has another rank, or groups do not divide C; VALUE for options out of range.
 */
#ifndef LAYER_CONV_H
#define LAYER_CONV_H

#include "layer/image.h"

#define CONV_FIELDS(axes, padding_names)                                                           \
    {                                                                                              \
        LAYER_FIELDS(mica_conv_options),                                                           \
            INTEGER(mica_conv_options, filters, REQUIRED, .min = 1,                                \
                    .help = "channels of the output"),                                             \
            KERNEL_FIELDS(mica_conv_options, axes, padding_names),                                 \
            INTEGER(mica_conv_options, groups, DEFAULT(1), .min = 1,                               \
                    .help = "divides C and filters"),                                              \
            WEIGHT_FIELDS(mica_conv_options, kernel), BIAS_FIELDS(mica_conv_options),              \
            END_OF_FIELDS                                                                          \
    }

/* The layer of a file: its table and its kind. */
#define CONV_LAYER(id, class_name, alias, axes, padding_names)                                     \
    static const field id##_fields[] = CONV_FIELDS(axes, padding_names);                           \
    const layer_kind layer_##id = {.name = class_name,                                             \
                                   .aliases = {alias},                                             \
                                   .fields = id##_fields,                                          \
                                   .options_size = sizeof(mica_conv_options),                      \
                                   .renamed = conv_renamed,                                        \
                                   .translate = image_translate,                                   \
                                   .check = conv_check,                                            \
                                   .build = conv_build,                                            \
                                   .call = conv_call,                                              \
                                   .min_rank = axes + 2,                                           \
                                   .max_rank = axes + 2,                                           \
                                   .ends_mask = true};                                             \
    LAYER_CONSTRUCTOR(id)

mica_status conv_check(const void *options, const char *what, mica_error *err);
mica_status conv_build(mica_layer *l, const shape *in, int inputs, mica_error *err);
void conv_call(mica_layer *l, layer_frame *f);

#endif
