/* GlobalMaxPooling2D: see pooling.h.  Source: keras.layers.GlobalMaxPooling2D. */
#include "layer/pooling.h"

GLOBAL_POOLING_LAYER(global_max_pooling2d, "GlobalMaxPooling2D", "GlobalMaxPool2D", 2,
                     global_max_pooling_call)
