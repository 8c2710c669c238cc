/* GlobalMaxPooling3D: see pooling.h.  Source: keras.layers.GlobalMaxPooling3D. */
#include "layer/pooling.h"

GLOBAL_POOLING_LAYER(global_max_pooling3d, "GlobalMaxPooling3D", "GlobalMaxPool3D", 3,
                     global_max_pooling_call)
