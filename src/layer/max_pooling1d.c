/* MaxPooling1D: see pooling.h.  Source: keras.layers.MaxPooling1D. */
#include "layer/pooling.h"

POOLING_LAYER(max_pooling1d, "MaxPooling1D", "MaxPool1D", 1, max_pooling_call)
