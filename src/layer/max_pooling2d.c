/* MaxPooling2D: see pooling.h.  Source: keras.layers.MaxPooling2D. */
#include "layer/pooling.h"

POOLING_LAYER(max_pooling2d, "MaxPooling2D", "MaxPool2D", 2, max_pooling_call)
