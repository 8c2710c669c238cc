/* Resizing pictures, as tf.image.resize (half-pixel centres, no antialiasing). */
#ifndef TRANSFORM_RESIZE_IMAGE_H
#define TRANSFORM_RESIZE_IMAGE_H

#include "base/error.h"
#include "mica/nn.h"

#include <stdbool.h>
#include <stdint.h>

/* Names in the order of mica_resize_method, whose last, adaptive, is for pooling alone. */
#define RESIZE_METHODS                                                                             \
    {                                                                                              \
        "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian",              \
            "mitchellcubic", NULL                                                                  \
    }

/* Where pixels come from: rows of bytes, each asked for once, from above. */
typedef struct pixel_rows {
    int64_t height, width, channels;                    /* 1 to 4 */
    const unsigned char *(*row)(void *from, int64_t y); /* 16 bytes behind its end can be read */
    void *from;
    int64_t top, left; /* what of it is taken (crop_height 0: all) */
    int64_t crop_height, crop_width;
} pixel_rows;

/* What a worker keeps from picture to picture. Zero-initialised is empty. */
typedef struct resize_room {
    struct pixel_axis *axis[2];
    float *floats;
    size_t count;
} resize_room;

void resize_room_free(resize_room *room);

/* To out (height, width, channels) of floats in 0 … 255, whose rows are `stride` floats apart.
 * Channels are as many as those of the rows, or 3 of 4. */
mica_status resize_rows(const pixel_rows *in, float *out, int64_t height, int64_t width,
                        int64_t channels, int64_t stride, mica_resize_method method,
                        resize_room *room, mica_error *err);

/* in (H, W, C), C 1 to 4, to out (height, width, C). */
mica_status resize_image(const unsigned char *in, int64_t in_height, int64_t in_width,
                         int64_t channels, float *out, int64_t height, int64_t width,
                         mica_resize_method method, mica_error *err);

#endif
