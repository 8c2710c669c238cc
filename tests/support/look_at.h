/* For fuzz targets: reads all that a parser gave, so that a sanitizer sees what is not there. */
#ifndef SUPPORT_LOOK_AT_H
#define SUPPORT_LOOK_AT_H

#include "codec/image.h"
#include "codec/npy.h"

static inline void look_at_bytes(const unsigned char *bytes, size_t count) {
    volatile unsigned sum = 0;
    for (size_t k = 0; k < count; k++) sum += bytes[k];
    (void)sum;
}

static inline void look_at_picture(const image *picture) {
    look_at_bytes(picture->pixels, (size_t)(picture->width * picture->height * picture->channels));
}

static inline void look_at_array(const array_bytes *a) {
    volatile double sum = 0;
    const char *at = (const char *)a->bytes->data + a->offset;
    for (int64_t i = 0; i < shape_size(&a->shape); i++)
        sum += dtype_load(a->dtype, at + (size_t)i * mica_dtype_size(a->dtype));
    (void)sum;
}

/* Decodes the bytes with each number of channels, exact and fast, as far as they let it. */
static inline void look_at_decodings(const uint8_t *data, size_t size) {
    static const int channels[] = {0, 1, 3, 4};
    image_facts facts;
    image_look(data, size, "fuzz", &facts, NULL);
    for (size_t i = 0; i < LENGTH(channels); i++) {
        image picture = {0};
        if (image_decode(data, size, (image_wish){channels[i], i % 2}, "fuzz", &picture, NULL) ==
            MICA_OK)
            look_at_picture(&picture);
        image_free(&picture);
    }
}

#endif
