/* What the three convolution kernels share: the plan, and images as the loops want them, channels
 * last with their padding. */
#ifndef BACKEND_CPU_CONV_H
#define BACKEND_CPU_CONV_H

#include "backend/cpu/epilogue.h"
#include "backend/cpu/gemm.h"
#include "backend/kernel.h"
#include "op/window.h"

#define CONV_BAND 8 /* tiles of a band: rows that are worked on together */
#define CONV_BAND_ROWS (CONV_BAND * GEMM_MOST_ROWS)

typedef struct conv_plan {
    window g;
    const gemm_table *table;
    cpu_epilogue epilogue;
    bool bias;
    bool copied;                  /* the wide images: padded, or channels first */
    int64_t extent[2];            /* of the wide images, with padding */
    int64_t depth, width;         /* channels and filters of a group */
    int64_t k;                    /* kernel height * width * depth */
    int64_t panels, panel_floats; /* of one group's packed operand */
    int64_t slices, per_slice;    /* weight gradient: images */
    int64_t together;             /* weight gradient: images of one sum */
    int64_t chunks;               /* weight gradient: blocks of rows */
    size_t at_packed, at_bias, at_x, at_y, at_partial, scratch_floats;
    int32_t *offset; /* of the k, from a patch's (or an image's) first float */
} conv_plan;

/* Checks dtypes, sizes and activation. */
bool cpu_conv_supports(const kernel_spec *s);
/* A plan with geometry, table, epilogue; x is the wide side, w the weights. NULL without memory. */
conv_plan *conv_plan_new(const kernel_spec *s, const shape *x, const shape *w);
void conv_plan_free(void *state);
/* Reserves scratch; returns where (in floats). */
size_t conv_reserve(conv_plan *p, int64_t floats);

/* Images (B, H, W, C), or (B, C, H, W) where `first`, into (B, H + before + after, …, C). */
typedef struct conv_images {
    const float *from;
    float *to;
    int64_t batch, extent[2], channels, before[2], padded[2];
    bool first;
} conv_images;

void conv_pad_images(team *t, const conv_images *i);
/* Back: (B, H, W, C) into (B, C, H, W). No padding. */
void conv_turn_images(team *t, const conv_images *i);
/* The wide images of a plan as the loops want them: x itself, or its copy in scratch. */
const float *conv_wide_images(const conv_plan *p, const float *x, float *scratch, team *t);

#endif
