/* For simd_*.c, which the build compiles once per instruction set with SIMD_SUFFIX=baseline, avx2,
 * avx512. They hold plain loops and vector types that the compiler turns into the instructions of
 * the set; what they offer is one table of functions each, named foo_<suffix>. */
#ifndef BACKEND_CPU_SIMD_H
#define BACKEND_CPU_SIMD_H

#include "base/twin.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LANES (VECTOR_BYTES / 4) /* floats in a vector */

typedef float vector __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t vector_int __attribute__((vector_size(VECTOR_BYTES)));

static inline vector vector_load(const float *at) {
    vector v;
    memcpy(&v, at, sizeof v);
    return v;
}
static inline void vector_store(float *at, vector v) { memcpy(at, &v, sizeof v); }
static inline vector vector_of(float value) {
    return value - (vector){0};
} /* no addition: -0 stays */

/* Numbers 0 … 255 as bytes, and back. Compilers do it one lane at a time by themselves. */
static inline void bytes_store(uint8_t *at, vector_int v) {
#if defined(SIMD_AVX512)
    _mm_storeu_si128((__m128i *)(void *)at, _mm512_cvtepi32_epi8((__m512i)v));
#elif defined(SIMD_AVX2)
    __m128i low = _mm256_castsi256_si128((__m256i)v),
            high = _mm256_extracti128_si256((__m256i)v, 1);
    __m128i words = _mm_packs_epi32(low, high);
    _mm_storel_epi64((__m128i *)(void *)at, _mm_packus_epi16(words, words));
#else
    for (int i = 0; i < LANES; i++) at[i] = (uint8_t)v[i];
#endif
}
static inline vector_int bytes_load(const uint8_t *at) {
#if defined(SIMD_AVX512)
    return (vector_int)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)at));
#elif defined(SIMD_AVX2)
    return (vector_int)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)at));
#else
    vector_int v;
    for (int i = 0; i < LANES; i++) v[i] = at[i];
    return v;
#endif
}

static inline uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}
static inline float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

/* bfloat16 is the upper half of a float32; storing rounds to even, and NaN stays NaN. */
typedef uint32_t vector_bits __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t vector_half __attribute__((vector_size(VECTOR_BYTES / 2)));

static inline vector bfloat16_load(const uint16_t *at) {
    vector_half v;
    memcpy(&v, at, sizeof v);
#if defined(SIMD_AVX512) /* compilers widen in halves and quarters by themselves */
    return (vector)((vector_bits)_mm512_cvtepu16_epi32((__m256i)v) << 16);
#elif defined(SIMD_AVX2)
    return (vector)((vector_bits)_mm256_cvtepu16_epi32((__m128i)v) << 16);
#else
    return (vector)(__builtin_convertvector(v, vector_bits) << 16);
#endif
}
/* Of numbers that are bfloat16 already. */
static inline void bfloat16_keep(uint16_t *at, vector v) {
    vector_bits high = (vector_bits)v >> 16;
#if defined(SIMD_AVX512)
    vector_half half = (vector_half)_mm512_cvtepi32_epi16((__m512i)high);
#else
    vector_half half = __builtin_convertvector(high, vector_half);
#endif
    memcpy(at, &half, sizeof half);
}
static inline void bfloat16_store(uint16_t *at, vector v) {
    vector_bits bits = (vector_bits)v, round = bits + 0x7fffu + (bits >> 16 & 1u);
    vector_bits quiet = bits | 0x400000u;
#if defined(SIMD_AVX512) /* by a mask register, not a mask of bits */
    bits = (vector_bits)_mm512_mask_mov_epi32(
        (__m512i)round, _mm512_cmp_ps_mask((__m512)v, (__m512)v, _CMP_UNORD_Q), (__m512i)quiet);
#else
    vector_bits nan = (vector_bits)(v != v);
    bits = (round & ~nan) | (quiet & nan);
#endif
    bfloat16_keep(at, (vector)bits);
}

/* Element c of an array of either type. */
static inline vector vector_load_any(const void *at, int64_t c, bool half) {
    return half ? bfloat16_load((const uint16_t *)at + c) : vector_load((const float *)at + c);
}
static inline void vector_store_any(void *at, int64_t c, vector v, bool half) {
    if (half) bfloat16_store((uint16_t *)at + c, v);
    else vector_store((float *)at + c, v);
}
static inline void vector_keep_any(void *at, int64_t c, vector v, bool half) {
    if (half) bfloat16_keep((uint16_t *)at + c, v);
    else vector_store((float *)at + c, v);
}
static inline float load_any(const void *at, int64_t c, bool half) {
    return half ? float_of((uint32_t)((const uint16_t *)at)[c] << 16) : ((const float *)at)[c];
}
static inline void keep_any(void *at, int64_t c, float x, bool half) {
    if (half) ((uint16_t *)at)[c] = (uint16_t)(bits_of(x) >> 16);
    else ((float *)at)[c] = x;
}

/* a in the lanes where mask is all ones, b where it is all zeros. */
static inline vector vector_pick(vector_int mask, vector a, vector b) {
#if defined(SIMD_AVX2)
    return __builtin_ia32_blendvps256(b, a, (vector)mask); /* one instruction for three */
#else
    return (vector)(((vector_int)a & mask) | ((vector_int)b & ~mask));
#endif
}

/* A sum in LANES strands: the compiler may not reorder one itself. */
#define STRANDS_SUM(k, result, ...)                                                                \
    do {                                                                                           \
        vector strands = {0};                                                                      \
        int64_t i = 0;                                                                             \
        for (; i + LANES <= (k); i += LANES) {                                                     \
            vector each;                                                                           \
            for (int lane = 0; lane < LANES; lane++) {                                             \
                int64_t j = i + lane;                                                              \
                each[lane] = (__VA_ARGS__);                                                        \
            }                                                                                      \
            strands += each;                                                                       \
        }                                                                                          \
        float total = 0;                                                                           \
        for (int lane = 0; lane < LANES; lane++) total += strands[lane];                           \
        for (int64_t j = i; j < (k); j++) total += (__VA_ARGS__);                                  \
        result = total;                                                                            \
    } while (0)

#endif
