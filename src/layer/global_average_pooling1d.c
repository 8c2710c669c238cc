/* GlobalAveragePooling1D: see pooling.h.  Source: keras.layers.GlobalAveragePooling1D. */
#include "layer/pooling.h"

GLOBAL_POOLING_LAYER(global_average_pooling1d, "GlobalAveragePooling1D", "GlobalAvgPool1D", 1,
                     global_average_pooling_call)
