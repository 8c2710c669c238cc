/* See fit_image.h. The arithmetic is float32 where Keras's is, float64 where TensorFlow's is, so
 * that sizes come out the same.  Source: keras/src/utils/image_utils.py (smart_resize),
 * tensorflow/python/ops/image_ops_impl.py (resize_with_pad). */
#include "transform/fit_image.h"

#include <math.h>
#include <string.h>

static int64_t between(int64_t low, int64_t value, int64_t high) {
    return value < low ? low : value < high ? value : high;
}

static void crop(pixel_rows *in, int64_t height, int64_t width) {
    in->crop_height = between(1, (int64_t)((float)(in->width * height) / (float)width), in->height);
    in->crop_width = between(1, (int64_t)((float)(in->height * width) / (float)height), in->width);
    in->top = (int64_t)((float)(in->height - in->crop_height) / 2);
    in->left = (int64_t)((float)(in->width - in->crop_width) / 2);
}

mica_status fit_image(const pixel_rows *in, picture_fit fit, float *out, int64_t height,
                      int64_t width, int64_t channels, mica_resize_method method, resize_room *room,
                      mica_error *err) {
    pixel_rows part = *in;
    int64_t stride = width * channels;
    if (fit == FIT_CROP) crop(&part, height, width);
    if (fit == FIT_PAD) {
        double ratio = fmax((double)in->width / (double)width, (double)in->height / (double)height),
               high = (double)in->height / ratio, wide = (double)in->width / ratio;
        int64_t h = between(1, (int64_t)floor(high), height),
                w = between(1, (int64_t)floor(wide), width),
                top = (int64_t)floor(fmax(0, ((double)height - high) / 2)),
                left = (int64_t)floor(fmax(0, ((double)width - wide) / 2));
        memset(out, 0, (size_t)(height * stride) * sizeof *out);
        out += top * stride + left * channels;
        height = h, width = w;
    }
    return resize_rows(&part, out, height, width, channels, stride, method, room, err);
}
