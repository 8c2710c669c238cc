/* For simd_*.c, which the build compiles once per instruction set with SIMD_SUFFIX=baseline, avx2,
 * avx512: names and widths. isa.h chooses among the twins. */
#ifndef BASE_TWIN_H
#define BASE_TWIN_H

#if defined(SIMD_AVX2) || defined(SIMD_AVX512)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

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

#endif
