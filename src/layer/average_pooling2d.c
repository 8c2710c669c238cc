/* AveragePooling2D: see pooling.h.  Source: keras.layers.AveragePooling2D. */
#include "layer/pooling.h"

POOLING_LAYER(average_pooling2d, "AveragePooling2D", "AvgPool2D", 2, average_pooling_call)
