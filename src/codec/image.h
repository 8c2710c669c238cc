/* Pictures: JPEG, PNG, WebP, BMP and PPM to 8-bit pixels, as tf.io.decode_image gives them (16 bits
 * keep the upper 8, palettes and bits are expanded, EXIF's rotation is not applied). A header is
 * believed only as far as the bytes behind it can hold: more is refused before anything is
 * allocated. */
#ifndef CODEC_IMAGE_H
#define CODEC_IMAGE_H

#include "base/file.h"
#include "base/strbuf.h"

#define IMAGE_MOST_PIXELS ((int64_t)178956970) /* as Pillow; a bomb beyond */

#define IMAGE_BEHIND 16 /* bytes behind the last row that can be read */

typedef enum image_kind {
    IMAGE_UNKNOWN,
    IMAGE_JPEG,
    IMAGE_PNG,
    IMAGE_BMP,
    IMAGE_PPM,
    IMAGE_GIF,
    IMAGE_WEBP
} image_kind;

/* Pixels: rows from the top, channels beside each other. Kept from call to call, so that a worker
 * allocates once; zero-initialised is empty. */
typedef struct image {
    int64_t width, height, channels;
    unsigned char *pixels;
    size_t room;
    struct jpeg_baseline *jpeg; /* of the decoder with that name */
    bool by_rows;               /* its pixels are made when image_row asks for them */
} image;

/* What a header says. */
typedef struct image_facts {
    image_kind kind;
    int64_t width, height, channels; /* channels as stored: 1 gray, 2 gray and alpha, 3, 4 */
} image_facts;

const char *image_kind_name(image_kind kind); /* "JPEG" */
image_kind image_kind_of(const void *bytes, size_t size);
/* Whether pictures of that kind are decoded by this build. */
bool image_supported(image_kind kind);
/* Looks at the header, and whether the end is where it should be. */
mica_status image_look(const void *bytes, size_t size, const char *name, image_facts *out,
                       mica_error *err);
typedef struct image_wish {
    int channels; /* 1 gray, 3 RGB, 4 RGB and alpha, 0 as stored */
    bool
        exact; /* JPEG by the exact inverse transform; else the fast one, as TensorFlow's default */
    bool by_rows; /* `pixels` need not be filled: image_row is asked. For 3 channels there may be
                     4, the last of which means nothing */
    int64_t fit_height, fit_width; /* JPEG may be scaled down while it is decoded, to not less than
                                      that; 0: it is not */
} image_wish;
mica_status image_decode(const void *bytes, size_t size, image_wish wish, const char *name,
                         image *out, mica_error *err);
/* The pixels of row y, until the next call. */
const unsigned char *image_row(image *i, int64_t y);
void image_free(image *i);
/* Whether a picture may be that large. */
mica_status image_check_size(int64_t width, int64_t height, const char *name, mica_error *err);

/* The same as bytes at the end of `png`; `name` is for errors. */
mica_status png_encode(const char *name, int64_t width, int64_t height, int channels,
                       const unsigned char *pixels, strbuf *png, mica_error *err);
/* Writes a PNG (8 bits, channels 1 to 4), aside and renamed. Needs no library but zlib or
 * libdeflate. */
mica_status png_write(const char *path, int64_t width, int64_t height, int channels,
                      const unsigned char *pixels, mica_error *err);

#endif
