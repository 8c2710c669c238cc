/* What the decoders of pictures share with image.c. */
#ifndef CODEC_IMAGE_KINDS_H
#define CODEC_IMAGE_KINDS_H

#include "codec/image.h"

#define JPEG_PIXELS_PER_BYTE 512 /* every block of 64 pixels takes a bit at least */

/* Sets the size and makes room; refuses bombs and sizes of zero. */
mica_status image_resize_room(image *i, int64_t width, int64_t height, int64_t channels,
                              const char *name, mica_error *err);

mica_status jpeg_decode(const unsigned char *bytes, size_t size, image_wish wish, const char *name,
                        image *out, mica_error *err);
mica_status png_decode(const unsigned char *bytes, size_t size, image_wish wish, const char *name,
                       image *out, mica_error *err);
mica_status webp_decode(const unsigned char *bytes, size_t size, image_wish wish, const char *name,
                        image *out, mica_error *err);
mica_status webp_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                      mica_error *err);
/* How many eighths of its size a JPEG is decoded to: as few as the wish lets it be. */
int jpeg_eighths(int64_t height, int64_t width, image_wish wish);
/* BMP and PPM: as stored, palettes as RGB; image.c converts. */
mica_status bmp_decode(const unsigned char *bytes, size_t size, const char *name, image *out,
                       mica_error *err);
mica_status ppm_decode(const unsigned char *bytes, size_t size, const char *name, image *out,
                       mica_error *err);

mica_status jpeg_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                      mica_error *err);
mica_status png_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                     mica_error *err);
mica_status bmp_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                     mica_error *err);
mica_status ppm_look(const unsigned char *bytes, size_t size, const char *name, image_facts *out,
                     mica_error *err);

#endif
