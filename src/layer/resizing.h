/* What Resizing and CenterCrop share: images, one (H, W, C) or a batch (B, H, W, C). */
#ifndef LAYER_RESIZING_H
#define LAYER_RESIZING_H

#include "layer/image.h"

/* The axis of height; that of width follows. */
int height_axis_of(const char *data_format, int rank);
/* That height and width are known, as it takes where the result depends on their ratio. */
mica_status require_known_space(const shape *x, const char *data_format, mica_error *err);
/* The middle height x width of the images. */
mica_tensor *crop_middle(mica_tensor *x, const char *data_format, int64_t height, int64_t width);
/* The middle part with the ratio height : width that is as large as can be. */
mica_tensor *crop_to_ratio(mica_tensor *x, const char *data_format, int64_t height, int64_t width);
mica_tensor *resize_images(mica_tensor *x, const char *data_format, int64_t height, int64_t width,
                           mica_resize_method method, bool antialias);

#endif
