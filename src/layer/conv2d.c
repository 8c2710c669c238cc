/* Conv2D: see conv.h.  Source: keras.layers.Conv2D. */
#include "layer/conv.h"

CONV_LAYER(conv2d, "Conv2D", "Convolution2D", 2, paddings)
