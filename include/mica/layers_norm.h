/* Layers that normalise, as keras.layers (BatchNormalization is in layers.h). */
#ifndef MICA_LAYERS_NORM_H
#define MICA_LAYERS_NORM_H

#include "mica/layers.h"

MICA_API_BEGIN

/* y = x / |x|, the length along the axes. Source: keras.layers.UnitNormalization. */
typedef struct mica_unit_normalization_options {
    MICA_LAYER_OPTIONS
    mica_shape axis; /* MICA_SHAPE(1, 2): along both (default -1) */
} mica_unit_normalization_options;
mica_unit_normalization_options mica_unit_normalization_defaults(void);
mica_layer *mica_layer_unit_normalization(mica_context *ctx,
                                          const mica_unit_normalization_options *options);

MICA_API_END

#endif
