/* Cropping1D: see borders.h.  Source: keras.layers.Cropping1D. */
#include "layer/borders.h"

BORDER_LAYER(cropping1d, "Cropping1D", 1, cropping, cropping, 1, cropping_build, cropping_call)
