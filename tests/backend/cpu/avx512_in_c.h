/* The few AVX-512 intrinsics that simd_*.c call by name, as loops after Intel's descriptions
 * (Intrinsics Guide), so that the twin `avx512` also runs where the processor has no AVX-512: the
 * build includes this first in a copy of it. All else in those files is vector types of 64 bytes,
 * which the compiler makes of what there is. */
#include <immintrin.h>
#include <stdint.h>

#define EACH_LANE(i, n) for (int i = 0; i < (n); i++)

typedef float in_c_floats __attribute__((vector_size(64)));
typedef int32_t in_c_ints __attribute__((vector_size(64)));
typedef uint8_t in_c_bytes __attribute__((vector_size(16)));
typedef uint16_t in_c_words __attribute__((vector_size(32)));

static inline __m128i in_c_cvtepi32_epi8(__m512i a) {
    in_c_ints from = (in_c_ints)a;
    in_c_bytes to;
    EACH_LANE(i, 16) to[i] = (uint8_t)from[i];
    return (__m128i)to;
}

static inline __m512i in_c_cvtepu8_epi32(__m128i a) {
    in_c_bytes from = (in_c_bytes)a;
    in_c_ints to;
    EACH_LANE(i, 16) to[i] = from[i];
    return (__m512i)to;
}

static inline __m256i in_c_cvtepi32_epi16(__m512i a) {
    in_c_ints from = (in_c_ints)a;
    in_c_words to;
    EACH_LANE(i, 16) to[i] = (uint16_t)from[i];
    return (__m256i)to;
}

static inline __m512i in_c_cvtepu16_epi32(__m256i a) {
    in_c_words from = (in_c_words)a;
    in_c_ints to;
    EACH_LANE(i, 16) to[i] = from[i];
    return (__m512i)to;
}

static inline __m512i in_c_mask_mov_epi32(__m512i a, uint16_t mask, __m512i b) {
    in_c_ints to = (in_c_ints)a, from = (in_c_ints)b;
    EACH_LANE(i, 16) to[i] = mask >> i & 1 ? from[i] : to[i];
    return (__m512i)to;
}

/* The second where one is NaN. */
static inline __m512 in_c_max_ps(__m512 a, __m512 b) {
    EACH_LANE(i, 16) a[i] = a[i] > b[i] ? a[i] : b[i];
    return a;
}

/* The only predicate in use: one of both is NaN. */
static inline uint16_t in_c_unordered(__m512 a, __m512 b) {
    uint16_t mask = 0;
    EACH_LANE(i, 16) mask |= (uint16_t)((a[i] != a[i] || b[i] != b[i]) << i);
    return mask;
}
#define in_c_cmp_ps_mask(a, b, predicate)                                                          \
    (__extension__({                                                                               \
        _Static_assert((predicate) == _CMP_UNORD_Q, "another predicate");                          \
        in_c_unordered(a, b);                                                                      \
    }))

static inline __m512 in_c_broadcast_f32x4(__m128 a) {
    in_c_floats to;
    EACH_LANE(i, 16) to[i] = a[i % 4];
    return (__m512)to;
}

/* Within each four, by the two low bits. */
static inline __m512 in_c_permutevar_ps(__m512 a, __m512i control) {
    in_c_ints from = (in_c_ints)control;
    in_c_floats to;
    EACH_LANE(i, 16) to[i] = a[i / 4 * 4 + (from[i] & 3)];
    return (__m512)to;
}

static inline __m512i in_c_mul_epu32(__m512i a, __m512i b) {
    EACH_LANE(i, 8) a[i] = (int64_t)((uint64_t)(uint32_t)a[i] * (uint32_t)b[i]);
    return a;
}

static inline __m512d in_c_sqrt_pd(__m512d a) {
    EACH_LANE(i, 8) a[i] = __builtin_sqrt(a[i]);
    return a;
}

/* Bit 3 of the index chooses b, the bits below its element. */
static inline __m512i in_c_permutex2var_epi64(__m512i a, __m512i index, __m512i b) {
    __m512i to;
    EACH_LANE(i, 8) to[i] = index[i] & 8 ? b[index[i] & 7] : a[index[i] & 7];
    return to;
}

#undef _mm512_cmp_ps_mask /* a macro already, without optimisation */
#define _mm512_cvtepi32_epi8 in_c_cvtepi32_epi8
#define _mm512_cvtepu8_epi32 in_c_cvtepu8_epi32
#define _mm512_cvtepi32_epi16 in_c_cvtepi32_epi16
#define _mm512_cvtepu16_epi32 in_c_cvtepu16_epi32
#define _mm512_mask_mov_epi32 in_c_mask_mov_epi32
#define _mm512_max_ps in_c_max_ps
#define _mm512_cmp_ps_mask in_c_cmp_ps_mask
#define _mm512_broadcast_f32x4 in_c_broadcast_f32x4
#define _mm512_permutevar_ps in_c_permutevar_ps
#define _mm512_mul_epu32 in_c_mul_epu32
#define _mm512_sqrt_pd in_c_sqrt_pd
#define _mm512_permutex2var_epi64 in_c_permutex2var_epi64
#undef _mm512_setr_epi64
#define _mm512_setr_epi64(...) ((__m512i){__VA_ARGS__})
#define _mm512_set1_epi64(x) ((__m512i){x, x, x, x, x, x, x, x})
#define _mm512_add_epi64(a, b) ((a) + (b))
