/* MaxPooling3D: see pooling.h.  Source: keras.layers.MaxPooling3D. */
#include "layer/pooling.h"

POOLING_LAYER(max_pooling3d, "MaxPooling3D", "MaxPool3D", 3, max_pooling_call)
