/* DepthwiseConv2D: see depthwise_conv.h.  Source: keras.layers.DepthwiseConv2D. */
#include "layer/depthwise_conv.h"

DEPTHWISE_CONV_LAYER(depthwise_conv2d, "DepthwiseConv2D", NULL, 2)
