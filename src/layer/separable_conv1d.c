/* SeparableConv1D: see separable_conv.h.  Source: keras.layers.SeparableConv1D. */
#include "layer/separable_conv.h"

SEPARABLE_CONV_LAYER(separable_conv1d, "SeparableConv1D", "SeparableConvolution1D", 1,
                     causal_paddings)
