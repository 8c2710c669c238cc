/* GlobalAveragePooling2D: see pooling.h.  Source: keras.layers.GlobalAveragePooling2D. */
#include "layer/pooling.h"

GLOBAL_POOLING_LAYER(global_average_pooling2d, "GlobalAveragePooling2D", "GlobalAvgPool2D", 2,
                     global_average_pooling_call)
