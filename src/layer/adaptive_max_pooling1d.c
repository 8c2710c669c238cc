/* AdaptiveMaxPooling1D: see pooling.h.  Source: keras.layers.AdaptiveMaxPooling1D. */
#include "layer/pooling.h"

ADAPTIVE_POOLING_LAYER(adaptive_max_pooling1d, "AdaptiveMaxPooling1D", 1, adaptive_max_pooling_call)
