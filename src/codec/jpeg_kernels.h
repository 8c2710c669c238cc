/* The arithmetic of baseline JPEGs that is worth vectors: from coefficients to samples, from
 * samples to rows of pixels. simd_jpeg.c has it once per instruction set. All results equal
 * libjpeg's fast inverse transform, smooth upsampling and colours, bit for bit. */
#ifndef CODEC_JPEG_KERNELS_H
#define CODEC_JPEG_KERNELS_H

#include "base/isa.h"

#include <stddef.h>
#include <stdint.h>

#define MOST_BLOCKS 4 /* that are transformed together */

/* One component: samples, rows of `stride`, which is a multiple of 8 * MOST_BLOCKS with as much
 * behind it. */
typedef struct jpeg_plane {
    unsigned char *samples;
    size_t stride;
    int width, height; /* those that are there */
} jpeg_plane;

typedef struct jpeg_kernels {
    int log_blocks; /* a group: 2^that many blocks beside each other, coefficient (r, c) of block b
                       at (8 r << log_blocks) + 8 b + c */
    /* Adds a group's 8 rows of 8 * blocks samples; the coefficients are multiplied by their
     * quantizer with the transform's own factors (jpeg_fast_multiplier). */
    void (*transform)(const int16_t *group, unsigned char *out, size_t stride);
    /* The same to `n` rows of n * blocks samples, n 1 to 7, from the n lowest coefficients of each
     * row and column, times 16: inverse transform of n points by its definition, within 1. `basis`
     * is that of jpeg_scaled_basis. */
    void (*scaled)(const int16_t *group, const int16_t *basis, int n, unsigned char *out,
                   size_t stride);
    /* One row of pixels R, G, B, 255 from a row of each component: `wide` 2 has half as many
     * chroma samples beside each other, near and far rows (the same: no half height) are weighed
     * 3 : 1. `room` holds 3 rows of chroma, of `width` and 96 more. May write 32 pixels more. */
    void (*colour)(const unsigned char *y, const unsigned char *const cb[2],
                   const unsigned char *const cr[2], int width, int wide, int high, int16_t *room,
                   unsigned char *out);
} jpeg_kernels;

ISA_DECLARE(jpeg_kernels, jpeg_arithmetic);

#endif
