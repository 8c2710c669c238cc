/* Pictures of another shape than is wanted: stretched, cropped or padded, as Keras does. */
#ifndef TRANSFORM_FIT_IMAGE_H
#define TRANSFORM_FIT_IMAGE_H

#include "transform/resize_image.h"

typedef enum picture_fit {
    FIT_STRETCH,
    FIT_CROP, /* the largest centred part of the wanted shape */
    FIT_PAD   /* the whole, centred, black around it */
} picture_fit;

/* resize_rows to (height, width, channels), rows beside each other. */
mica_status fit_image(const pixel_rows *in, picture_fit fit, float *out, int64_t height,
                      int64_t width, int64_t channels, mica_resize_method method, resize_room *room,
                      mica_error *err);

#endif
