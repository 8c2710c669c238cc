/* AdaptiveMaxPooling3D: see pooling.h.  Source: keras.layers.AdaptiveMaxPooling3D. */
#include "layer/pooling.h"

ADAPTIVE_POOLING_LAYER(adaptive_max_pooling3d, "AdaptiveMaxPooling3D", 3, adaptive_max_pooling_call)
