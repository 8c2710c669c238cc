/* Philox on as many blocks at once as vectors have 64-bit lanes: see random.h and base/philox.h.
 * Lanes hold 32-bit words; what is above them is never looked at. */
#include "backend/cpu/random.h"

#include "backend/cpu/simd.h"
#include "base/philox.h"

enum { BLOCKS = VECTOR_BYTES / 8 };

typedef uint64_t wide __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t narrow __attribute__((vector_size(VECTOR_BYTES)));

static inline wide wide_of(uint64_t value) { return value - (wide){0}; }

/* The 64-bit products of the lower halves. */
static inline wide multiply(wide x, wide factor) {
#if defined(SIMD_AVX512)
    return (wide)_mm512_mul_epu32((__m512i)x, (__m512i)factor);
#elif defined(SIMD_AVX2)
    return (wide)_mm256_mul_epu32((__m256i)x, (__m256i)factor);
#else
    return (x & 0xffffffffu) * factor;
#endif
}

/* The words of the blocks first, first + 1, … */
static inline void make_words(uint64_t key, uint64_t counter, uint64_t first, wide x[4]) {
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    wide f0 = wide_of(0xD2511F53u), f1 = wide_of(0xCD9E8D57u);
    x[0] = wide_of(first);
    for (int i = 0; i < BLOCKS; i++) x[0][i] += (uint64_t)i;
    x[1] = x[0] >> 32;
    x[2] = wide_of(counter), x[3] = wide_of(counter >> 32);
    for (int round = 0; round < 10; round++) {
        wide a = multiply(x[0], f0), b = multiply(x[2], f1);
        x[0] = (b >> 32) ^ x[1] ^ wide_of(k0);
        x[2] = (a >> 32) ^ x[3] ^ wide_of(k1);
        x[1] = b, x[3] = a;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
}

/* low and high: words 0 and 1, 2 and 3 of every block; y takes block after block. */
static inline void store_blocks(float *y, wide low, wide high) {
#if defined(SIMD_AVX512)
    const __m512i from = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), four = _mm512_set1_epi64(4);
    wide a = (wide)_mm512_permutex2var_epi64((__m512i)low, from, (__m512i)high),
         b = (wide)_mm512_permutex2var_epi64((__m512i)low, _mm512_add_epi64(from, four),
                                             (__m512i)high);
#elif defined(SIMD_AVX2)
    __m256i even = _mm256_unpacklo_epi64((__m256i)low, (__m256i)high),
            odd = _mm256_unpackhi_epi64((__m256i)low, (__m256i)high);
    wide a = (wide)_mm256_permute2x128_si256(even, odd, 0x20),
         b = (wide)_mm256_permute2x128_si256(even, odd, 0x31);
#else
    wide a = {low[0], high[0]}, b = {low[1], high[1]};
#endif
    memcpy(y, &a, sizeof a);
    memcpy(y + LANES, &b, sizeof b);
}

static void bernoulli(uint64_t key, uint64_t counter, uint64_t first, int64_t blocks,
                      uint32_t limit, float value, float *y) {
    const narrow yes = (narrow)vector_of(value), below = limit - (narrow){0};
    int64_t b = 0;
    for (; b + BLOCKS <= blocks; b += BLOCKS, y += 4 * BLOCKS) {
        wide x[4];
        make_words(key, counter, first + (uint64_t)b, x);
        narrow low = (narrow)((x[0] & 0xffffffffu) | x[1] << 32),
               high = (narrow)((x[2] & 0xffffffffu) | x[3] << 32);
        store_blocks(y, (wide)((narrow)(low >> 8 < below) & yes),
                     (wide)((narrow)(high >> 8 < below) & yes));
    }
    for (; b < blocks; b++, y += 4) {
        philox4 r = philox(key, counter, first + (uint64_t)b);
        for (int k = 0; k < 4; k++) y[k] = r.v[k] >> 8 < limit ? value : 0;
    }
}

extern const random_table SIMD_NAME(randoms);
const random_table SIMD_NAME(randoms) = {.bernoulli = bernoulli};
