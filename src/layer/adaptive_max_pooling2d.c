/* AdaptiveMaxPooling2D: see pooling.h.  Source: keras.layers.AdaptiveMaxPooling2D. */
#include "layer/pooling.h"

ADAPTIVE_POOLING_LAYER(adaptive_max_pooling2d, "AdaptiveMaxPooling2D", 2, adaptive_max_pooling_call)
