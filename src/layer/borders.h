/* ZeroPadding and Cropping with one to three axes of space: so many zeros, or pixels less, before
 * and after each axis. x (B, H, W, C) -> y (B, H ± top ± bottom, W ± left ± right, C).
 * Errors: SHAPE if x has another rank, or nothing is left of an axis. */
#ifndef LAYER_BORDERS_H
#define LAYER_BORDERS_H

#include "layer/image.h"

#define BORDER_LAYER(id, class_name, axes, family, member, default_, build_, call_)                \
    static const field id##_fields[] = {                                                           \
        LAYER_FIELDS(mica_##family##_options),                                                     \
        INTEGERS(mica_##family##_options, member, 2 * (axes), .flags = FIELD_PAIRS,                \
                 .initial = default_, .min = 0, .max = INFINITY,                                   \
                 .help = "before and after each axis of space"),                                   \
        SPARED_DATA_FORMAT_FIELD(mica_##family##_options), END_OF_FIELDS};                         \
    const layer_kind layer_##id = {.name = class_name,                                             \
                                   .fields = id##_fields,                                          \
                                   .options_size = sizeof(mica_##family##_options),                \
                                   .renamed = pool_renamed,                                        \
                                   .translate = image_translate,                                   \
                                   .build = build_,                                                \
                                   .call = call_,                                                  \
                                   .min_rank = axes + 2,                                           \
                                   .max_rank = axes + 2,                                           \
                                   .ends_mask = true};                                             \
    LAYER_CONSTRUCTOR(id)

void zero_padding_call(mica_layer *l, layer_frame *f);
mica_status cropping_build(mica_layer *l, const shape *in, int inputs, mica_error *err);
void cropping_call(mica_layer *l, layer_frame *f);

#endif
