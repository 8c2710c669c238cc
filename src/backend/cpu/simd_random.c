/* Philox on as many blocks at once as vectors have 64-bit lanes: see random.h and base/philox.h.
 * Lanes hold 32-bit words; what is above them is never looked at. */
#include "backend/cpu/random.h"

#include "backend/cpu/simd.h"
#include "base/philox.h"

enum { BLOCKS = VECTOR_BYTES / 8 };

typedef uint64_t wide __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t narrow __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t whole __attribute__((vector_size(VECTOR_BYTES)));
typedef double real __attribute__((vector_size(VECTOR_BYTES)));
typedef float half __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef uint32_t half_bits __attribute__((vector_size(VECTOR_BYTES / 2)));

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

/* ---- normal values: Box and Muller, in double as the reference, to about its last bit ---- */

static inline real real_of(double value) { return value - (real){0}; }

/* Whole numbers below 2^52: as the low end of the bits of 2^52 and more. */
static inline real real_of_whole(wide n) {
    return (real)(n | wide_of(0x4330000000000000u)) - real_of(0x1p52);
}

static inline real square_root(real x) {
#if defined(SIMD_AVX512)
    return (real)_mm512_sqrt_pd((__m512d)x);
#elif defined(SIMD_AVX2)
    return (real)_mm256_sqrt_pd((__m256d)x);
#else
    for (int i = 0; i < BLOCKS; i++) x[i] = __builtin_sqrt(x[i]);
    return x;
#endif
}

static inline real choose(whole mask, real yes, real no) {
    return (real)(((wide)yes & (wide)mask) | ((wide)no & ~(wide)mask));
}

/* Of normal numbers up to 1: with x = m 2^e, m from sqrt 1/2 to sqrt 2, it is e log 2 and
 * 2 artanh((m - 1) / (m + 1)), whose series ends below the last bit. */
static inline real logarithm(real x) {
    wide bits = (wide)x + wide_of(0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
    real e = real_of_whole(bits >> 52) - real_of(1023);
    real m = (real)((bits & wide_of(0x000fffffffffffffu)) + wide_of(0x3fe6a09e667f3bcdu));
    real s = (m - real_of(1)) / (m + real_of(1)), z = s * s, sum = real_of(1.0 / 23);
    for (int k = 21; k >= 3; k -= 2) sum = sum * z + real_of(1.0 / k);
    real rest = s + s * z * sum;
    return e * real_of(0.6931471805599453) + rest + rest;
}

/* Of 2 pi turns, turns from 0 to 1 with few bits: the nearest quarter is taken off without an
 * error, and Taylor's series see an eighth of the circle. */
static inline void circle(real turns, real *cosine, real *sine) {
    const real magic = real_of(0x1.8p52);
    real quarter = turns * real_of(4) + magic;
    wide q = (wide)quarter;
    real t = (turns - (quarter - magic) * real_of(0.25)) * real_of(6.283185307179586), z = t * t;
    real s = real_of(1 / 355687428096000.0), c = real_of(1 / 20922789888000.0);
    static const double
        sines[] = {-1 / 1307674368000.0, 1 / 6227020800.0, -1 / 39916800.0, 1 / 362880.0,
                   -1 / 5040.0,          1 / 120.0,        -1 / 6.0},
        cosines[] = {-1 / 87178291200.0, 1 / 479001600.0, -1 / 3628800.0, 1 / 40320.0,
                     -1 / 720.0,         1 / 24.0,        -1 / 2.0};
    for (int k = 0; k < 7; k++) s = s * z + real_of(sines[k]), c = c * z + real_of(cosines[k]);
    s = t + t * z * s, c = real_of(1) + z * c;
    whole odd = -(whole)(q & 1);
    wide turn = (q & 2) << 62, next = ((q + 1) & 2) << 62; /* the sign bits of sine and cosine */
    *sine = (real)((wide)choose(odd, c, s) ^ turn);
    *cosine = (real)((wide)choose(odd, s, c) ^ next);
}

static inline wide single_bits(real x, double scale, double shift) {
    half y = __builtin_convertvector(real_of(shift) + real_of(scale) * x, half);
    return __builtin_convertvector((half_bits)y, wide);
}

/* Two values of each block from two of its words, as the bits of two floats. */
static inline wide normal_pair(wide a, wide b, double mean, double deviation) {
    const wide low = wide_of(0xffffffffu);
    real u = real_of_whole(((a & low) >> 8) + wide_of(1)) * real_of(0x1p-24), sine, cosine;
    circle(real_of_whole((b & low) >> 8) * real_of(0x1p-24), &cosine, &sine);
    real radius = square_root(real_of(-2) * logarithm(u));
    return single_bits(radius * cosine, deviation, mean) |
           single_bits(radius * sine, deviation, mean) << 32;
}

static int64_t normal(uint64_t key, uint64_t counter, uint64_t first, int64_t blocks, double mean,
                      double deviation, float *y) {
    int64_t b = 0;
    for (; b + BLOCKS <= blocks; b += BLOCKS, y += 4 * BLOCKS) {
        wide x[4];
        make_words(key, counter, first + (uint64_t)b, x);
        store_blocks(y, normal_pair(x[0], x[1], mean, deviation),
                     normal_pair(x[2], x[3], mean, deviation));
    }
    return b;
}

extern const random_table SIMD_NAME(randoms);
const random_table SIMD_NAME(randoms) = {.bernoulli = bernoulli, .normal = normal};
