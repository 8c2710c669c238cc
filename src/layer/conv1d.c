/* Conv1D: see conv.h. causal: dilation (K - 1) zeros in front, so that y[t] sees no x after t.
 * Source: keras.layers.Conv1D. */
#include "layer/conv.h"

CONV_LAYER(conv1d, "Conv1D", "Convolution1D", 1, causal_paddings)
