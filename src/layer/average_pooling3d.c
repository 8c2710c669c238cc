/* AveragePooling3D: see pooling.h.  Source: keras.layers.AveragePooling3D. */
#include "layer/pooling.h"

POOLING_LAYER(average_pooling3d, "AveragePooling3D", "AvgPool3D", 3, average_pooling_call)
