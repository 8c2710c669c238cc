/* Cropping2D: see borders.h.  Source: keras.layers.Cropping2D. */
#include "layer/borders.h"

BORDER_LAYER(cropping2d, "Cropping2D", 2, cropping, cropping, 0, cropping_build, cropping_call)
