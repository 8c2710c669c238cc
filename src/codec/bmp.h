/* What the files of the BMP decoder share. */
#ifndef CODEC_BMP_H
#define CODEC_BMP_H

#include "codec/image_kinds.h"

typedef enum bmp_packing { BMP_PLAIN, BMP_RLE8, BMP_RLE4, BMP_MASKS } bmp_packing;

/* Where a colour is in a pixel's bits: max << shift; max 0: it is not there. */
typedef struct bmp_mask {
    unsigned shift;
    uint32_t max;
} bmp_mask;

typedef struct bitmap {
    const unsigned char *file;
    size_t size;
    int64_t width, height, row; /* row: bytes, a multiple of 4 */
    bool upward;
    unsigned bits; /* of a pixel: 1, 4, 8 (of the palette), 16, 24, 32 */
    bmp_packing packing;
    size_t pixels, palette, entry, colours; /* entry: bytes of a colour of the palette */
    bool masked;
    bmp_mask mask[4]; /* red, green, blue, alpha */
    int channels;     /* 3, or 4 with alpha */
} bitmap;

/* Reads the header; refuses what the bytes behind it cannot hold. */
mica_status bmp_header(const unsigned char *bytes, size_t size, const char *name, bitmap *out,
                       mica_error *err);
/* The RGB of a number of the palette; beyond its end it is black. */
void bmp_colour(const bitmap *m, unsigned number, unsigned char rgb[3]);
/* Unpacks runs (RLE8, RLE4) into RGB pixels, rows from the top; NULL: only looks. What the runs
 * leave out is the palette's colour 0. */
mica_status bmp_runs(const bitmap *m, const char *name, unsigned char *pixels, mica_error *err);

#endif
