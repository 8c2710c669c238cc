/* AveragePooling1D: see pooling.h.  Source: keras.layers.AveragePooling1D. */
#include "layer/pooling.h"

POOLING_LAYER(average_pooling1d, "AveragePooling1D", "AvgPool1D", 1, average_pooling_call)
