/* The loops of resizing: see pixel_axis.h. A pixel of 3 or 4 channels is a vector of 4. */
#include "base/twin.h"
#include "transform/pixel_axis.h"

#include <string.h>

typedef float four __attribute__((vector_size(16)));
typedef float many __attribute__((vector_size(VECTOR_BYTES)));
#define MANY (VECTOR_BYTES / 4)

/* Compilers convert four bytes one by one. */
static inline four pixel_at(const unsigned char *at) {
    int32_t b;
    memcpy(&b, at, sizeof b);
#if defined(__SSE2__)
    __m128i bytes = _mm_cvtsi32_si128(b);
#if defined(__AVX2__)
    return (four)_mm_cvtepi32_ps(_mm_cvtepu8_epi32(bytes));
#else
    __m128i zero = _mm_setzero_si128();
    return (four)_mm_cvtepi32_ps(_mm_unpacklo_epi16(_mm_unpacklo_epi8(bytes, zero), zero));
#endif
#else
    return (four){at[0], at[1], at[2], at[3]};
#endif
}

#if defined(__AVX2__)
#define HAS_PAIRS 1
/* Two pixels of four channels beside each other, by two weights. */
static inline four pair_at(const unsigned char *at, const float *w) {
    __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)at);
    __m256 pixels = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    __m256 weights = _mm256_set_m128(_mm_broadcast_ss(w + 1), _mm_broadcast_ss(w));
    pixels = _mm256_mul_ps(pixels, weights);
    return (four)_mm_add_ps(_mm256_castps256_ps128(pixels), _mm256_extractf128_ps(pixels, 1));
}
#else
#define HAS_PAIRS 0
static inline four pair_at(const unsigned char *at, const float *w) {
    return w[0] * pixel_at(at) + w[1] * pixel_at(at + 4);
}
#endif

static void along_gray(const unsigned char *in, int64_t step, const pixel_axis *a, float *out,
                       int64_t out_channels) {
    for (int64_t x = 0; x < a->out; x++)
        for (int64_t c = 0; c < out_channels; c++) {
            const unsigned char *at = in + a->start[x] * step + c;
            const float *w = a->weight + x * a->taps;
            float sum = 0;
            for (int k = 0; k < a->taps; k++) sum += w[k] * at[k * step];
            *out++ = sum;
        }
}

static void along(const unsigned char *in, int64_t step, const pixel_axis *a, float *out,
                  int64_t out_channels) {
    if (step < 3) {
        along_gray(in, step, a, out, out_channels);
        return;
    }
    const float *w = a->weight;
    if (HAS_PAIRS && a->taps == 2 && step == 4) {
        for (int64_t x = 0; x < a->out; x++, w += 2, out += out_channels) {
            four sum = pair_at(in + a->start[x] * 4, w);
            memcpy(out, &sum, sizeof sum);
        }
        return;
    }
    for (int64_t x = 0; x < a->out; x++, w += a->taps, out += out_channels) {
        const unsigned char *at = in + a->start[x] * step;
        four sum = w[0] * pixel_at(at);
        for (int k = 1; k < a->taps; k++) sum += w[k] * pixel_at(at + k * step);
        memcpy(out, &sum, sizeof sum);
    }
}

static inline many many_at(const float *at) {
    many v;
    memcpy(&v, at, sizeof v);
    return v;
}

static void across(const float *const *rows, const float *w, int taps, int64_t n, float *out) {
    int64_t i = 0;
    for (; i + MANY <= n; i += MANY) {
        many sum = w[0] * many_at(rows[0] + i);
        for (int k = 1; k < taps; k++) sum += w[k] * many_at(rows[k] + i);
        memcpy(out + i, &sum, sizeof sum);
    }
    for (; i < n; i++) {
        float sum = 0;
        for (int k = 0; k < taps; k++) sum += w[k] * rows[k][i];
        out[i] = sum;
    }
}

extern const resize_kernels SIMD_NAME(resize_loops);
const resize_kernels SIMD_NAME(resize_loops) = {along, across};
