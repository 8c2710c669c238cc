/* Saving a tensor as a picture: see mica/data.h. */
#include "codec/image.h"
#include "mica/data.h"
#include "tensor/tensor.h"

#include <math.h>
#include <stdlib.h>

/* Floats to bytes: rounded, and limited to what a byte holds (NaN is black). */
static void to_bytes(const float *in, unsigned char *out, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        out[i] = (unsigned char)(in[i] >= 0 ? in[i] < 255 ? lrintf(in[i]) : 255 : 0);
}

/* (H, W) or (H, W, C) of a concrete tensor. */
static mica_status check(const mica_tensor *image, const char *path, mica_error *err) {
    char text[128];
    const shape *s = &image->shape;
    if (image->kind != TENSOR_CONCRETE && image->kind != TENSOR_VARIABLE)
        return fail(err, MICA_STATE, "%s: the image is not a concrete tensor", path);
    if ((s->rank == 2 || (s->rank == 3 && s->dims[2] >= 1 && s->dims[2] <= 4)) && s->dims[0] > 0 &&
        s->dims[1] > 0)
        return MICA_OK;
    shape_format(s, text);
    return fail(err, MICA_SHAPE,
                "%s: an image of shape %s, expected (H, W) or (H, W, C) with C "
                "from 1 to 4",
                path, text);
}

mica_status mica_image_save(const mica_tensor *image, const char *path, mica_error *err) {
    REQUIRE(image, "image");
    REQUIRE(path, "path");
    TRY(check(image, path, err));
    const shape *s = &image->shape;
    int64_t size = shape_size(s);
    int channels = s->rank == 3 ? (int)s->dims[2] : 1;
    bool bytes = image->dtype == MICA_UINT8;
    unsigned char *pixels = malloc((size_t)size);
    float *values = bytes ? NULL : malloc((size_t)size * sizeof *values);
    mica_status status = MICA_OK;
    if (!pixels || (!bytes && !values)) status = fail_memory(err, (size_t)size, path);
    if (status == MICA_OK && bytes) tensor_copy_out(image, MICA_UINT8, pixels);
    if (status == MICA_OK && !bytes) {
        tensor_copy_out(image, MICA_FLOAT32, values);
        to_bytes(values, pixels, size);
    }
    if (status == MICA_OK) status = png_write(path, s->dims[1], s->dims[0], channels, pixels, err);
    free(values);
    free(pixels);
    return status;
}
