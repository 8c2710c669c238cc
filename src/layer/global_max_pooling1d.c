/* GlobalMaxPooling1D: see pooling.h.  Source: keras.layers.GlobalMaxPooling1D. */
#include "layer/pooling.h"

GLOBAL_POOLING_LAYER(global_max_pooling1d, "GlobalMaxPooling1D", "GlobalMaxPool1D", 1,
                     global_max_pooling_call)
