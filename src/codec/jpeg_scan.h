/* What the files of the baseline decoder share. */
#ifndef CODEC_JPEG_SCAN_H
#define CODEC_JPEG_SCAN_H

#include "base/memory.h"
#include "codec/jpeg_baseline.h"
#include "codec/jpeg_huffman.h"
#include "codec/jpeg_kernels.h"

#define MOST_COMPONENTS 3

typedef struct coefficient_step { /* from one coefficient of the zigzag to the next */
    uint16_t place;
    int16_t multiplier;
} coefficient_step;

typedef struct component {
    int id, wide, high;     /* sampling factors */
    int quantizer, dc, ac;  /* numbers of tables */
    int blocks, block_rows; /* in whole MCUs */
    int points;             /* samples of a block's side: 8, or fewer where it is scaled down */
    int previous;           /* DC of the block before */
    coefficient_step steps[3 * 64]; /* two skips behind 63: 62 + 16 + ENDS */
    jpeg_plane plane;
} component;

typedef struct jpeg_baseline {
    const jpeg_kernels *kernels;
    int width, height, components, wide, high; /* of the picture; the largest sampling factors */
    int out_width, out_height, out_wide, out_high; /* the same of what is decoded */
    int mcus, mcu_rows, widest; /* blocks of an MCU row of the largest component */
    int restart;                /* MCUs between restart markers; 0: none */
    bool gray;
    int16_t basis[8][7 * 7]; /* of the scaled transforms, by their points; zeros: not made */
    component component[MOST_COMPONENTS];
    unsigned char quantizer[4][64]; /* by place in the zigzag */
    bool has_quantizer[4], has_table[2][4];
    huffman_table table[2][4]; /* DC, AC */
    uint8_t *stream;           /* the scan without stuffing */
    size_t stream_room;
    size_t *segment; /* where it begins again after restart markers; the last is its end */
    size_t segments, segment_room;
    unsigned char *memory; /* of what follows, and of the planes */
    size_t room;
    int16_t *coefficients, *chroma;
    unsigned char *row;
} jpeg_baseline;

static inline int whole(int n, int by) { return (n + by - 1) / by; }

/* Reads all up to the scan's first byte, *scan. False: not for this decoder. */
bool baseline_read_header(jpeg_baseline *j, const unsigned char *bytes, size_t size, size_t *scan);
/* Fills the planes. False: damaged, or more than one scan. */
bool baseline_read_scan(jpeg_baseline *j, const unsigned char *bytes, size_t size);

extern const uint8_t jpeg_zigzag[64]; /* 8 row + column of every place */

#endif
