/* Conv1DTranspose: see conv_transpose.h.  Source: keras.layers.Conv1DTranspose. */
#include "layer/conv_transpose.h"

CONV_TRANSPOSE_LAYER(conv1d_transpose, "Conv1DTranspose", 1, "Convolution1DTranspose")
