/* DepthwiseConv1D: see depthwise_conv.h.  Source: keras.layers.DepthwiseConv1D. */
#include "layer/depthwise_conv.h"

DEPTHWISE_CONV_LAYER(depthwise_conv1d, "DepthwiseConv1D", NULL, 1)
