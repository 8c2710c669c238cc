/* Conv3DTranspose: see conv_transpose.h.  Source: keras.layers.Conv3DTranspose. */
#include "layer/conv_transpose.h"

CONV_TRANSPOSE_LAYER(conv3d_transpose, "Conv3DTranspose", 3, "Convolution3DTranspose")
