/* SeparableConv2D: see separable_conv.h.  Source: keras.layers.SeparableConv2D. */
#include "layer/separable_conv.h"

SEPARABLE_CONV_LAYER(separable_conv2d, "SeparableConv2D", "SeparableConvolution2D", 2, paddings)
