/* Cropping3D: see borders.h.  Source: keras.layers.Cropping3D. */
#include "layer/borders.h"

BORDER_LAYER(cropping3d, "Cropping3D", 3, cropping, cropping, 1, cropping_build, cropping_call)
