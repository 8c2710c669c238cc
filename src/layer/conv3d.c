/* Conv3D: see conv.h.  Source: keras.layers.Conv3D. */
#include "layer/conv.h"

CONV_LAYER(conv3d, "Conv3D", "Convolution3D", 3, paddings)
