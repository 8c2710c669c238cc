/* ZeroPadding1D: see borders.h.  Source: keras.layers.ZeroPadding1D. */
#include "layer/borders.h"

BORDER_LAYER(zero_padding1d, "ZeroPadding1D", 1, zero_padding, padding, 1, NULL, zero_padding_call)
