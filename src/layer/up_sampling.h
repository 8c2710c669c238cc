/* UpSampling1D, UpSampling2D and UpSampling3D: every element as often as the factor of its axis
 * says, or in two dimensions interpolated. x (B, H, W, C) -> y (B, size0 H, size1 W, C).
 * Errors: SHAPE if x has another rank. */
#ifndef LAYER_UP_SAMPLING_H
#define LAYER_UP_SAMPLING_H

#include "layer/image.h"

/* "size" in files; in options that is the struct's own. */
#define SIZES_FIELD(owner, type_, axes)                                                            \
    {                                                                                              \
        .name = "size", .type = type_, .offset = offsetof(owner, sizes), .count = axes,            \
        .initial = 2, .min = 1, .help = "factors of the axes of space"                             \
    }

#define UP_SAMPLING_LAYER(id, class_name, axes, renamed_keys)                                      \
    const layer_kind layer_##id = {.name = class_name,                                             \
                                   .fields = id##_fields,                                          \
                                   .options_size = sizeof(mica_##id##_options),                    \
                                   .renamed = renamed_keys,                                        \
                                   .translate = image_translate,                                   \
                                   .call = call,                                                   \
                                   .min_rank = axes + 2,                                           \
                                   .max_rank = axes + 2,                                           \
                                   .ends_mask = true};                                             \
    LAYER_CONSTRUCTOR(id)

/* x with its first axes of space times the factors. */
mica_tensor *up_sample(mica_tensor *x, int axes, const int64_t *factors, const char *interpolation,
                       const char *data_format);

#endif
