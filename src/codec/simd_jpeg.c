/* See jpeg_kernels.h. The transform: Arai, Agui and Nakajima 1988 in integers of 16 bits, whose
 * factors have 8 bits behind the point, as libjpeg's JDCT_IFAST rounds it; columns first. Smooth
 * upsampling: 3 to 1 between neighbours. Colours: ITU-T T.871. */
#include "base/twin.h"
#include "codec/jpeg_kernels.h"

#include <string.h>

#define BLOCKS (VECTOR_BYTES / 16)
#define WORDS (VECTOR_BYTES / 2)

typedef int16_t words __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t wraps __attribute__((vector_size(VECTOR_BYTES))); /* sums of any coefficients */
typedef int8_t bytes __attribute__((vector_size(VECTOR_BYTES)));
typedef int64_t quads __attribute__((vector_size(VECTOR_BYTES)));

static inline words load(const int16_t *at) {
    words v;
    memcpy(&v, at, sizeof v);
    return v;
}
static inline words of(int16_t value) { return value - (words){0}; }

/* What no vector type says: the upper half of products, narrowing, and pairs within 16 bytes. */
#if defined(__AVX512BW__)
#define CALL(name, a, b) ((words)_mm512_##name((__m512i)(a), (__m512i)(b)))
#elif defined(__AVX2__)
#define CALL(name, a, b) ((words)_mm256_##name((__m256i)(a), (__m256i)(b)))
#elif defined(__SSE2__) && VECTOR_BYTES == 16
#define CALL(name, a, b) ((words)_mm_##name((__m128i)(a), (__m128i)(b)))
#endif
#ifdef CALL
#define HIGH(a, b) CALL(mulhi_epi16, a, b)
#define PACK(a, b) CALL(packs_epi16, a, b)
#define LOW8(a, b) CALL(unpacklo_epi8, a, b)
#define HIGH8(a, b) CALL(unpackhi_epi8, a, b)
#define LOW16(a, b) CALL(unpacklo_epi16, a, b)
#define HIGH16(a, b) CALL(unpackhi_epi16, a, b)
#define LOW32(a, b) CALL(unpacklo_epi32, a, b)
#define HIGH32(a, b) CALL(unpackhi_epi32, a, b)
#define LOW64(a, b) CALL(unpacklo_epi64, a, b)
#define HIGH64(a, b) CALL(unpackhi_epi64, a, b)
#else
static inline words HIGH(words a, words b) {
    words v;
    for (int i = 0; i < WORDS; i++) v[i] = (int16_t)((int32_t)a[i] * b[i] >> 16);
    return v;
}
static inline int8_t limit(int16_t v) { return (int8_t)(v < -128 ? -128 : v > 127 ? 127 : v); }
static inline words PACK(words a, words b) {
    bytes v;
    for (int i = 0; i < WORDS; i++) {
        int at = i / 8 * 16 + i % 8; /* within 16 bytes: 8 of each */
        v[at] = limit(a[i]), v[at + 8] = limit(b[i]);
    }
    return (words)v;
}
#if VECTOR_BYTES == 16
typedef int32_t doubles __attribute__((vector_size(16)));
#define LOW8(a, b)                                                                                 \
    ((words)__builtin_shufflevector((bytes)(a), (bytes)(b), 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5,  \
                                    21, 6, 22, 7, 23))
#define HIGH8(a, b)                                                                                \
    ((words)__builtin_shufflevector((bytes)(a), (bytes)(b), 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,  \
                                    13, 29, 14, 30, 15, 31))
#define LOW16(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH16(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define LOW32(a, b) ((words)__builtin_shufflevector((doubles)(a), (doubles)(b), 0, 4, 1, 5))
#define HIGH32(a, b) ((words)__builtin_shufflevector((doubles)(a), (doubles)(b), 2, 6, 3, 7))
#define LOW64(a, b) ((words)__builtin_shufflevector((quads)(a), (quads)(b), 0, 2))
#define HIGH64(a, b) ((words)__builtin_shufflevector((quads)(a), (quads)(b), 1, 3))
#else /* the test of the wide twins without their instructions */
static inline words in_turn(words a, words b, int size, int half) {
    words v;
    char *to = (char *)&v;
    for (int lane = 0; lane < VECTOR_BYTES; lane += 16)
        for (int at = half * 8; at < half * 8 + 8; at += size, to += 2 * size) {
            memcpy(to, (char *)&a + lane + at, (size_t)size);
            memcpy(to + size, (char *)&b + lane + at, (size_t)size);
        }
    return v;
}
#define LOW8(a, b) in_turn(a, b, 1, 0)
#define HIGH8(a, b) in_turn(a, b, 1, 1)
#define LOW16(a, b) in_turn(a, b, 2, 0)
#define HIGH16(a, b) in_turn(a, b, 2, 1)
#define LOW32(a, b) in_turn(a, b, 4, 0)
#define HIGH32(a, b) in_turn(a, b, 4, 1)
#define LOW64(a, b) in_turn(a, b, 8, 0)
#define HIGH64(a, b) in_turn(a, b, 8, 1)
#endif
#endif

/* ---- coefficients to samples ---- */

/* x times a factor of 8 bits behind the point, below 2. */
#define TIMES(x, factor) ((wraps)HIGH((words)((x) << 2), of((factor)*64)))

static inline void one_way(words in_out[8]) {
    wraps x[8];
    for (int i = 0; i < 8; i++) x[i] = (wraps)in_out[i];
    wraps a = x[0] + x[4], b = x[0] - x[4], c = x[2] + x[6], d = TIMES(x[2] - x[6], 362) - c;
    wraps e0 = a + c, e3 = a - c, e1 = b + d, e2 = b - d;
    wraps z13 = x[5] + x[3], z10 = x[5] - x[3], z11 = x[1] + x[7], z12 = x[1] - x[7];
    wraps o7 = z11 + z13, z5 = TIMES(z10 + z12, 473);
    wraps o6 = TIMES(z10, -413) - z10 + z5 - o7; /* -2.613 = -1.613 - 1 */
    wraps o5 = TIMES(z11 - z13, 362) - o6, o4 = TIMES(z12, 277) - z5 + o5;
    x[0] = e0 + o7, x[7] = e0 - o7, x[1] = e1 + o6, x[6] = e1 - o6;
    x[2] = e2 + o5, x[5] = e2 - o5, x[4] = e3 + o4, x[3] = e3 - o4;
    for (int i = 0; i < 8; i++) in_out[i] = (words)x[i];
}

/* Rows become columns in every block. */
static inline void transpose(words x[8]) {
    words a[8], b[8];
    for (int i = 0; i < 4; i++)
        a[2 * i] = LOW16(x[2 * i], x[2 * i + 1]), a[2 * i + 1] = HIGH16(x[2 * i], x[2 * i + 1]);
    for (int i = 0; i < 2; i++) {
        b[i] = LOW32(a[i], a[i + 2]), b[i + 2] = HIGH32(a[i], a[i + 2]);
        b[i + 4] = LOW32(a[i + 4], a[i + 6]), b[i + 6] = HIGH32(a[i + 4], a[i + 6]);
    }
    for (int i = 0; i < 2; i++) { /* b: columns 0, 1 | 4, 5 | 2, 3 | 6, 7 of rows 0-3, then 4-7 */
        x[4 * i] = LOW64(b[i], b[i + 4]), x[4 * i + 1] = HIGH64(b[i], b[i + 4]);
        x[4 * i + 2] = LOW64(b[i + 2], b[i + 6]), x[4 * i + 3] = HIGH64(b[i + 2], b[i + 6]);
    }
}

/* Two rows of every block to two rows of all blocks. */
static inline void put_rows(words rows, unsigned char *out, size_t stride) {
    quads q = (quads)rows;
#if BLOCKS == 4
    q = __builtin_shufflevector(q, q, 0, 2, 4, 6, 1, 3, 5, 7);
#elif BLOCKS == 2
    q = __builtin_shufflevector(q, q, 0, 2, 1, 3);
#endif
    memcpy(out, &q, 8 * BLOCKS);
    memcpy(out + stride, (char *)&q + 8 * BLOCKS, 8 * BLOCKS);
}

static void transform(const int16_t *group, unsigned char *out, size_t stride) {
    words x[8], p[4];
    for (int r = 0; r < 8; r++) x[r] = load(group + r * WORDS);
    one_way(x);
    transpose(x);
    one_way(x);
    /* x[c] holds column c: to bytes, then rows */
    for (int c = 0; c < 4; c++) p[c] = PACK(x[c] >> 5, x[c + 4] >> 5) ^ of((int16_t)0x8080);
    words a = LOW8(p[0], p[2]), b = LOW8(p[1], p[3]), c = HIGH8(p[0], p[2]), d = HIGH8(p[1], p[3]);
    words top[2] = {LOW8(a, b), LOW8(c, d)}, bottom[2] = {HIGH8(a, b), HIGH8(c, d)};
    put_rows(LOW32(top[0], top[1]), out, stride);
    put_rows(HIGH32(top[0], top[1]), out + 2 * stride, stride);
    put_rows(LOW32(bottom[0], bottom[1]), out + 4 * stride, stride);
    put_rows(HIGH32(bottom[0], bottom[1]), out + 6 * stride, stride);
}

/* x[i] = sum of basis[i][u] in[u], rounded; products lose half a bit on average. */
static inline __attribute__((always_inline)) void
scaled_one_way(const words *in, const int16_t *basis, int n, words *x) {
    for (int i = 0; i < n; i++) {
        wraps sum = (wraps)of((int16_t)(n / 2));
        for (int u = 0; u < n; u++) sum += (wraps)HIGH(in[u], of(basis[i * n + u]));
        x[i] = (words)sum;
    }
}

static inline __attribute__((always_inline)) void
scaled_to(const int16_t *group, const int16_t *basis, int n, unsigned char *out, size_t stride) {
    words in[8], x[8], bytes_of[4];
    for (int r = 0; r < 8; r++) in[r] = r < n ? load(group + r * WORDS) : of(0), x[r] = of(0);
    scaled_one_way(in, basis, n, x);
    transpose(x);
    scaled_one_way(x, basis, n, in);
    for (int c = n; c < 8; c++) in[c] = of(0);
    transpose(in); /* in[r] holds row r */
    for (int r = 0; r < 4; r++)
        bytes_of[r] = PACK((words)((wraps)in[r] + 8) >> 4, (words)((wraps)in[r + 4] + 8) >> 4) ^
                      of((int16_t)0x8080);
    for (int b = 0; b < BLOCKS; b++)
        for (int r = 0; r < n; r++)
            memcpy(out + (size_t)r * stride + b * n, (char *)&bytes_of[r % 4] + 16 * b + r / 4 * 8,
                   8);
}

/* Loops of a known length. */
static void scaled(const int16_t *group, const int16_t *basis, int n, unsigned char *out,
                   size_t stride) {
    switch (n) {
    case 1: scaled_to(group, basis, 1, out, stride); break;
    case 2: scaled_to(group, basis, 2, out, stride); break;
    case 3: scaled_to(group, basis, 3, out, stride); break;
    case 4: scaled_to(group, basis, 4, out, stride); break;
    case 5: scaled_to(group, basis, 5, out, stride); break;
    case 6: scaled_to(group, basis, 6, out, stride); break;
    default: scaled_to(group, basis, 7, out, stride);
    }
}

/* ---- samples to pixels ---- */

/* The words of two vectors in turn. */
static inline void put_woven(words a, words b, void *to) {
    char *out = to;
    quads low = (quads)LOW16(a, b), high = (quads)HIGH16(a, b);
#if BLOCKS == 4
    quads first = __builtin_shufflevector(low, high, 0, 1, 8, 9, 2, 3, 10, 11),
          second = __builtin_shufflevector(low, high, 4, 5, 12, 13, 6, 7, 14, 15);
#elif BLOCKS == 2
    quads first = __builtin_shufflevector(low, high, 0, 1, 4, 5),
          second = __builtin_shufflevector(low, high, 2, 3, 6, 7);
#else
    quads first = low, second = high;
#endif
    memcpy(out, &first, sizeof first);
    memcpy(out + sizeof first, &second, sizeof second);
}

static inline words samples_at(const unsigned char *at) {
    typedef unsigned char half __attribute__((vector_size(VECTOR_BYTES / 2)));
    half samples;
    memcpy(&samples, at, sizeof samples);
    return __builtin_convertvector(samples, words);
}

static inline void put(int16_t *at, words v) { memcpy(at, &v, sizeof v); }

/* A row of chroma as numbers around 0, `width` of them (and what lies behind). */
static void chroma_row(const unsigned char *const in[2], int width, int wide, int high,
                       int16_t *sums, int16_t *out) {
    int n = wide == 2 ? (width + 1) / 2 : width;
    if (wide == 1) {
        for (int i = 0; i < n; i += WORDS) put(out + i, samples_at(in[0] + i) - 128);
        return;
    }
    int16_t *s = sums + 8, shift = high == 2 ? 4 : 2, even = high == 2 ? 8 : 1,
            odd = high == 2 ? 7 : 2;
    for (int i = 0; i < n; i += WORDS) {
        words near = samples_at(in[0] + i);
        put(s + i, high == 2 ? near * 3 + samples_at(in[1] + i) : near);
    }
    s[-1] = s[0], s[n] = s[n - 1];
    for (int i = 0; i < n; i += WORDS) {
        words three = load(s + i) * 3;
        put_woven(((three + load(s + i - 1) + even) >> shift) - 128,
                  ((three + load(s + i + 1) + odd) >> shift) - 128, out + 2 * i);
    }
}

/* x times a factor of 16 bits behind the point, rounded. */
#define ROUNDED(x, factor) ((HIGH((x) + (x), of((int16_t)(factor))) + 1) >> 1)

static inline words clamp(words v) {
    words most = of(255);
    v = v & (v > 0);
    return (most & (v > most)) | (v & (v <= most));
}

#if defined(CALL)
/* (-0.34414 cb - 0.71414 cr), rounded once: pairs are multiplied and added in 32 bits. */
static inline words green(words cb, words cr) {
    words factors = (words)((quads){0} + (int64_t)0x492ea7e6492ea7e6); /* 18734, -22554 */
    typedef int32_t doubles __attribute__((vector_size(VECTOR_BYTES)));
    doubles half = (doubles){0} + 32768;
    doubles low = (doubles)CALL(madd_epi16, LOW16(cb, cr), factors) + half,
            high = (doubles)CALL(madd_epi16, HIGH16(cb, cr), factors) + half;
    return CALL(packs_epi32, low >> 16, high >> 16) - cr;
}
#else
static inline words green(words cb, words cr) {
    words v;
    for (int i = 0; i < WORDS; i++)
        v[i] = (int16_t)((-22554 * cb[i] + 18734 * cr[i] + 32768) >> 16);
    return v - cr;
}
#endif

static void colour(const unsigned char *y, const unsigned char *const cb[2],
                   const unsigned char *const cr[2], int width, int wide, int high, int16_t *room,
                   unsigned char *out) {
    int16_t *blue = room, *red = room + (width + 96), *sums = room + 2 * (width + 96);
    chroma_row(cb, width, wide, high, sums, blue);
    chroma_row(cr, width, wide, high, sums, red);
    for (int i = 0; i < width; i += WORDS) {
        words light = samples_at(y + i), u = load(blue + i), v = load(red + i);
        words r = light + v + ROUNDED(v, 26345), b = light + u + u + ROUNDED(u, -14942);
        put_woven(clamp(r) | (words)((wraps)clamp(light + green(u, v)) << 8),
                  clamp(b) | of((int16_t)0xff00), out + 4 * i);
    }
}

extern const jpeg_kernels SIMD_NAME(jpeg_arithmetic);
const jpeg_kernels SIMD_NAME(jpeg_arithmetic) = {BLOCKS / 2, transform, scaled, colour};
