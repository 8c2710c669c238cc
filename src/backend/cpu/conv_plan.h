/* What the three convolution kernels share: the plan, and images as the loops want them, channels
 * last with their padding. */
#ifndef BACKEND_CPU_CONV_PLAN_H
#define BACKEND_CPU_CONV_PLAN_H

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
    int64_t extent[3];            /* of the wide images, with padding */
    int64_t depth, width;         /* channels and filters of a group */
    int64_t k;                    /* places of the kernel * depth */
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

/* A pixel of y, and the step to the next one of the batch: along its row first. */
typedef struct conv_pixel {
    int64_t image, at[3];
} conv_pixel;

static inline conv_pixel conv_pixel_of(const window *g, int64_t number) {
    int64_t row = number / g->out[2], plane = row / g->out[1];
    return (conv_pixel){plane / g->out[0],
                        {plane % g->out[0], row % g->out[1], number % g->out[2]}};
}

static inline void conv_next_pixel(const window *g, conv_pixel *p) {
    if (++p->at[2] < g->out[2]) return;
    p->at[2] = 0;
    if (++p->at[1] < g->out[1]) return;
    p->at[1] = 0;
    if (++p->at[0] == g->out[0]) p->at[0] = 0, p->image++;
}

/* The pixel of an image with that extent. */
static inline int64_t conv_pixel_at(const int64_t extent[3], int64_t image, const int64_t at[3]) {
    return ((image * extent[0] + at[0]) * extent[1] + at[1]) * extent[2] + at[2];
}

/* Where the patch of a pixel of y begins in the wide images of a plan. */
static inline int64_t conv_patch_at(const conv_plan *p, const conv_pixel *y) {
    const window *g = &p->g;
    const int64_t corner[3] = {y->at[0] * g->strides[0], y->at[1] * g->strides[1],
                               y->at[2] * g->strides[2]};
    return conv_pixel_at(p->extent, y->image, corner) * g->channels;
}

/* How far place number `place` of the kernel lies from a patch's first float. */
static inline int64_t conv_place_at(const conv_plan *p, int64_t place) {
    const window *g = &p->g;
    int64_t row = place / g->kernel[2];
    const int64_t at[3] = {row / g->kernel[1] * g->dilations[0],
                           row % g->kernel[1] * g->dilations[1],
                           place % g->kernel[2] * g->dilations[2]};
    return conv_pixel_at(p->extent, 0, at) * g->channels;
}

/* Images (B, D, H, W, C), or (B, C, D, H, W) where `first`, into (B, D + before + after, …, C). */
typedef struct conv_images {
    const float *from;
    float *to;
    int64_t batch, extent[3], channels, before[3], padded[3];
    bool first;
} conv_images;

void conv_pad_images(team *t, const conv_images *i);
/* Back: (B, D, H, W, C) into (B, C, D, H, W). No padding. */
void conv_turn_images(team *t, const conv_images *i);
/* The wide images of a plan as the loops want them: x itself, or its copy in scratch. */
const float *conv_wide_images(const conv_plan *p, const float *x, float *scratch, team *t);

#endif
