/* For simd_*.c, which the build compiles once per instruction set with SIMD_SUFFIX=baseline, avx2,
 * avx512. They hold plain loops and vector types that the compiler turns into the instructions of
 * the set; what they offer is one table of functions each, named foo_<suffix>. */
#ifndef BACKEND_CPU_SIMD_H
#define BACKEND_CPU_SIMD_H

#include <stdint.h>
#include <string.h>

#define SIMD_PASTE_(a, b) a##_##b
#define SIMD_PASTE(a, b) SIMD_PASTE_(a, b)
#define SIMD_NAME(name) SIMD_PASTE(name, SIMD_SUFFIX)

#if defined(SIMD_AVX512)
#define VECTOR_BYTES 64
#elif defined(SIMD_AVX2)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define LANES (VECTOR_BYTES / 4) /* floats in a vector */

typedef float vector __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t vector_int __attribute__((vector_size(VECTOR_BYTES)));

static inline vector vector_load(const float *at) {
    vector v;
    memcpy(&v, at, sizeof v);
    return v;
}
static inline void vector_store(float *at, vector v) { memcpy(at, &v, sizeof v); }
static inline vector vector_of(float value) { return value - (vector){0}; } /* no addition: -0 stays */

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

#endif
