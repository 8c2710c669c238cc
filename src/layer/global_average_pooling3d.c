/* GlobalAveragePooling3D: see pooling.h.  Source: keras.layers.GlobalAveragePooling3D. */
#include "layer/pooling.h"

GLOBAL_POOLING_LAYER(global_average_pooling3d, "GlobalAveragePooling3D", "GlobalAvgPool3D", 3,
                     global_average_pooling_call)
