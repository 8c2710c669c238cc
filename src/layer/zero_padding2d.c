/* ZeroPadding2D: see borders.h.  Source: keras.layers.ZeroPadding2D. */
#include "layer/borders.h"

BORDER_LAYER(zero_padding2d, "ZeroPadding2D", 2, zero_padding, padding, 1, NULL, zero_padding_call)
