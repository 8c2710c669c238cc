/* Resizing pictures, as tf.image.resize (half-pixel centres, no antialiasing). */
#ifndef TRANSFORM_RESIZE_IMAGE_H
#define TRANSFORM_RESIZE_IMAGE_H

#include "base/error.h"

#include <stdint.h>

typedef enum resize_method { RESIZE_NEAREST, RESIZE_BILINEAR } resize_method;
#define RESIZE_METHODS                                                                             \
    { "nearest", "bilinear", NULL }

/* in (H, W, C), C 1 to 4, of bytes to out (height, width, C) of floats in 0 … 255. The same size
 * copies. */
mica_status resize_image(const unsigned char *in, int64_t in_height, int64_t in_width,
                         int64_t channels, float *out, int64_t height, int64_t width,
                         resize_method method, mica_error *err);

#endif
