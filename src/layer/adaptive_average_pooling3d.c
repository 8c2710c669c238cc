/* AdaptiveAveragePooling3D: see pooling.h.  Source: keras.layers.AdaptiveAveragePooling3D. */
#include "layer/pooling.h"

ADAPTIVE_POOLING_LAYER(adaptive_average_pooling3d, "AdaptiveAveragePooling3D", 3,
                       adaptive_average_pooling_call)
