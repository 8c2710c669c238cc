/* AdaptiveAveragePooling1D: see pooling.h.  Source: keras.layers.AdaptiveAveragePooling1D. */
#include "layer/pooling.h"

ADAPTIVE_POOLING_LAYER(adaptive_average_pooling1d, "AdaptiveAveragePooling1D", 1,
                       adaptive_average_pooling_call)
