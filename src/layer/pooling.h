/* Pooling by windows, of whole images, and to a given extent, with one to three axes of space:
 *
 *   MaxPooling, AveragePooling   x (B, H, W, C) -> y (B, H', W', C); the mean is without padding
 *   GlobalMax, GlobalAverage     y (B, C), with keepdims (B, 1, 1, C); GlobalAveragePooling1D takes
 *                                the mean over the steps that its mask (B, W) keeps
 *   AdaptiveMax, AdaptiveAverage y (B, size, size, C): element i is of the elements
 *                                floor(i n / size) … ceil((i + 1) n / size) of an axis
 *
 * Errors: SHAPE if x has another rank or is smaller than a window. */
#ifndef LAYER_POOLING_H
#define LAYER_POOLING_H

#include "layer/image.h"

#define POOLING_LAYER_(id, class_name, alias, axes, family, call_, ...)                            \
    static const field id##_fields[] = {LAYER_FIELDS(mica_##family##_options), __VA_ARGS__,        \
                                        DATA_FORMAT_FIELD(mica_##family##_options),                \
                                        END_OF_FIELDS};                                            \
    const layer_kind layer_##id = {.name = class_name,                                             \
                                   .aliases = {alias},                                             \
                                   .fields = id##_fields,                                          \
                                   .options_size = sizeof(mica_##family##_options),                \
                                   .renamed = pool_renamed,                                        \
                                   .translate = image_translate,                                   \
                                   .call = call_,                                                  \
                                   .min_rank = axes + 2,                                           \
                                   .max_rank = axes + 2,                                           \
                                   .ends_mask = true};                                             \
    LAYER_CONSTRUCTOR(id)

#define POOLING_LAYER(id, class_name, alias, axes, call)                                           \
    POOLING_LAYER_(id, class_name, alias, axes, pooling, call,                                     \
                   INTEGERS(mica_pooling_options, pool_size, axes, DEFAULT(2), .min = 1,           \
                            .help = "the window"),                                                 \
                   INTEGERS(mica_pooling_options, strides, axes, NULLABLE, .min = 1,               \
                            .help = "null: pool_size"),                                            \
                   PADDING_FIELD(mica_pooling_options))
#define GLOBAL_POOLING_LAYER(id, class_name, alias, axes, call)                                    \
    POOLING_LAYER_(id, class_name, alias, axes, global_pooling, call,                              \
                   BOOLEAN(mica_global_pooling_options, keepdims, .help = "extents of 1 stay"))
#define ADAPTIVE_POOLING_LAYER(id, class_name, axes, call)                                         \
    POOLING_LAYER_(id, class_name, NULL, axes, adaptive_pooling, call,                             \
                   INTEGERS(mica_adaptive_pooling_options, output_size, axes, REQUIRED, .min = 1,  \
                            .help = "extents of the output"))

void max_pooling_call(mica_layer *l, layer_frame *f);
void average_pooling_call(mica_layer *l, layer_frame *f);
void global_max_pooling_call(mica_layer *l, layer_frame *f);
void global_average_pooling_call(mica_layer *l, layer_frame *f);
void adaptive_max_pooling_call(mica_layer *l, layer_frame *f);
void adaptive_average_pooling_call(mica_layer *l, layer_frame *f);

#endif
