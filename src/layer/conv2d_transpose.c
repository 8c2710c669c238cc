/* Conv2DTranspose: see conv_transpose.h.  Source: keras.layers.Conv2DTranspose. */
#include "layer/conv_transpose.h"

CONV_TRANSPOSE_LAYER(conv2d_transpose, "Conv2DTranspose", 2, "Convolution2DTranspose",
                     "Deconvolution2D", "Deconv2D")
