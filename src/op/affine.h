/* Where the pixels of a transformed image come from: what affine_transform, its gradient and their
 * fast kernels share. Coordinates are float32 everywhere, in this order of operations, so that all
 * of them, and TensorFlow, choose the same pixels. */
#ifndef OP_AFFINE_H
#define OP_AFFINE_H

#include "mica/nn.h"
#include "op/array.h"

typedef struct affine_attrs {
    int64_t interpolation; /* MICA_RESIZE_NEAREST or MICA_RESIZE_BILINEAR */
    int64_t fill_mode;     /* a mica_fill_mode */
    double fill_value;     /* outside, where fill_mode is constant */
} affine_attrs;

extern const field affine_fields[];

/* images (B, H, W, C) in input 0 and transforms (B or 1, 8) in input 1: out is as images. */
mica_status affine_shape(shape_frame *f);
bool affine_samples(int number, sample *s);

/* The eight numbers of image b's transform. */
void affine_transform_of(const kernel_call *c, int64_t b, float t[8]);

/* Along one axis: at most two neighbours, and their weights. Index -1 is outside: fill_value. */
typedef struct affine_taps {
    int64_t at[2];
    float weight[2];
} affine_taps;

static inline float affine_limit(float v, float most) { return v < 0 ? 0 : v > most ? most : v; }

/* d c b a | a b c d | d c b a */
static inline float affine_reflect(float v, int64_t n) {
    float most = (float)(n - 1), period = (float)(2 * n);
    if (n <= 1) return 0;
    if (v >= 0 && v <= most) return v;
    if (v < 0) {
        if (v < period) v = period * truncf(-v / period) + v;
        v = v < (float)-n ? v + period : -v - 1;
    } else if (v > most) {
        v -= period * truncf(v / period);
        if (v >= (float)n) v = period - v - 1;
    }
    return affine_limit(v, most);
}

/* a b c d | a b c d | a b c d: what lies between d and a is d. */
static inline float affine_wrap(float v, int64_t n) {
    float most = (float)(n - 1);
    if (n <= 1) return 0;
    if (v < 0) v += (float)n * (truncf(-v / most) + 1);
    else if (v > most) v -= (float)n * truncf(v / most);
    return affine_limit(v, most);
}

static inline float affine_inside(int64_t fill_mode, float v, int64_t n) {
    switch (fill_mode) {
    case MICA_FILL_NEAREST: return affine_limit(v, (float)(n - 1));
    case MICA_FILL_REFLECT: return affine_reflect(v, n);
    case MICA_FILL_WRAP: return affine_wrap(v, n);
    default: return v;
    }
}

static inline int64_t affine_index(int64_t i, int64_t n) { return i >= 0 && i < n ? i : -1; }

/* The next lower whole number, and the nearest one (halves away from 0), of a small v. */
static inline int64_t affine_floor(float v) {
    int32_t i = (int32_t)v;
    return i - ((float)i > v);
}

static inline int64_t affine_round(float v) {
    int32_t i = (int32_t)v;
    float rest = v - (float)i;
    return i + (rest >= 0.5f) - (rest <= -0.5f);
}

/* At coordinate v of n pixels, which a fill mode has brought inside where it does so. */
static inline affine_taps affine_taps_at(const affine_attrs *a, float v, int64_t n) {
    affine_taps s = {{-1, -1}, {1, 0}};
    v = affine_inside(a->fill_mode, v, n);
    if (!(v > -2 && v < (float)n + 1)) return s; /* far outside, or no number */
    if (a->interpolation == MICA_RESIZE_NEAREST) {
        s.at[0] = affine_index(affine_round(v), n);
        return s;
    }
    int64_t low = affine_floor(v);
    s.at[0] = affine_index(low, n), s.at[1] = affine_index(low + 1, n);
    s.weight[0] = (float)low + 1 - v, s.weight[1] = v - (float)low;
    return s;
}

/* The column and row in the input of pixel (x, y) of the output; false: at infinity. */
static inline bool affine_source(const float t[8], int64_t x, int64_t y, float *column,
                                 float *row) {
    float fx = (float)x, fy = (float)y, k = t[6] * fx + t[7] * fy + 1;
    if (k == 0) return false;
    *column = (t[0] * fx + t[1] * fy + t[2]) / k;
    *row = (t[3] * fx + t[4] * fy + t[5]) / k;
    return true;
}

#endif
