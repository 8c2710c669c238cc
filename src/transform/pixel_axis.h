/* One axis of a resizing: every output element is a weighted sum of neighbouring input elements. */
#ifndef TRANSFORM_PIXEL_AXIS_H
#define TRANSFORM_PIXEL_AXIS_H

#include "base/isa.h"
#include "transform/resize_image.h"

#include <stddef.h>

typedef struct pixel_axis {
    int64_t in, out;
    mica_resize_method method;
    int taps;       /* of every output element */
    int64_t *start; /* input elements start[i] … start[i] + taps - 1, all inside */
    float *weight;  /* taps of each */
} pixel_axis;

/* The axis of these sizes: *axis itself, where it is that. NULL without memory. */
pixel_axis *pixel_axis_for(pixel_axis **axis, int64_t in, int64_t out, mica_resize_method method);
void pixel_axis_free(pixel_axis *axis);

/* The loops, once per instruction set. */
typedef struct resize_kernels {
    /* Along a row: out[x][c] = Σ_k weight[x][k] in[start[x] + k][c]. Writes up to 3 floats more. */
    void (*along)(const unsigned char *in, int64_t in_channels, const pixel_axis *columns,
                  float *out, int64_t out_channels);
    /* Across rows: out[i] = Σ_k weight[k] row[k][i]. */
    void (*across)(const float *const *rows, const float *weight, int taps, int64_t n, float *out);
} resize_kernels;

ISA_DECLARE(resize_kernels, resize_loops);

#endif
