/* AdaptiveAveragePooling2D: see pooling.h.  Source: keras.layers.AdaptiveAveragePooling2D. */
#include "layer/pooling.h"

ADAPTIVE_POOLING_LAYER(adaptive_average_pooling2d, "AdaptiveAveragePooling2D", 2,
                       adaptive_average_pooling_call)
