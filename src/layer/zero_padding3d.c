/* ZeroPadding3D: see borders.h.  Source: keras.layers.ZeroPadding3D. */
#include "layer/borders.h"

BORDER_LAYER(zero_padding3d, "ZeroPadding3D", 3, zero_padding, padding, 1, NULL, zero_padding_call)
