/* Functions of one float that vectorise: no branch, no call, no table. At most 2 ulp from the true
 * value; infinities, NaN and overflow as in C. Sources: argument reduction after Cody and Waite;
 * the polynomial of log from Cephes (S. Moshier); erf after N. Juffa (error below 1 ulp). */
#ifndef BACKEND_CPU_VMATH_H
#define BACKEND_CPU_VMATH_H

#include "backend/cpu/simd.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))

#define INFINITE_BITS 0x7f800000u

INLINE float v_abs(float x) { return float_of(bits_of(x) & 0x7fffffffu); }
INLINE float v_sign_of(float size, float sign) {
    return float_of((bits_of(size) & 0x7fffffffu) | (bits_of(sign) & 0x80000000u));
}
/* Of two, as C's ?: but without its branch. NaN in `a` compares false. */
INLINE float v_pick(int condition, float a, float b) { return condition ? a : b; }

/* The whole number nearest to x / ln 2 in *n (as bits of a float that holds it in its low end),
 * and what is left of x. Adding 1.5 * 2^23 rounds. */
INLINE float v_reduce(float x, int32_t *n) {
    const float magic = 12582912.0f;
    float shifted = x * 1.44269504f + magic, whole = shifted - magic;
    *n = (int32_t)(bits_of(shifted) - 0x4b400000u);
    float r = x - whole * 0.693359375f;
    return r + whole * 2.12194440e-4f;
}

INLINE float v_power_of_2(int32_t n) { return float_of((uint32_t)(n + 127) << 23); }

/* (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2. */
INLINE float v_exp_rest(float r) {
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    return p * r + 5.0000001201e-1f;
}

INLINE float v_exp(float x) {
    int32_t n;
    x = v_pick(x < -104.0f, -104.0f, x);
    x = v_pick(x > 89.0f, 89.0f, x);
    float r = v_reduce(x, &n), p = v_exp_rest(r) * r * r + r + 1.0f;
    int32_t half = n >> 1; /* in two steps: 2^128 and 2^-150 are no floats */
    return p * v_power_of_2(half) * v_power_of_2(n - half);
}

/* Up to 88: beyond, 2^n would be no float. */
INLINE float v_expm1_small(float x) {
    int32_t n;
    x = v_pick(x < -40.0f, -40.0f, x);
    float r = v_reduce(x, &n), q = v_exp_rest(r) * r * r + r, power = v_power_of_2(n);
    return q * power + (power - 1.0f);
}

INLINE float v_expm1(float x) {
    return v_pick(x > 88.0f, v_exp(x), v_expm1_small(v_pick(x > 88.0f, 88.0f, x)));
}

INLINE float v_log(float x) {
    float scaled = v_pick(x < 1.17549435e-38f, x * 8388608.0f, x); /* subnormal */
    int32_t low = x < 1.17549435e-38f ? -23 : 0;
    uint32_t bits = bits_of(scaled) - 0x3f3504f3u; /* sqrt(1/2) */
    int32_t exponent = (int32_t)bits >> 23;
    float f = float_of((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0f, e = (float)(exponent + low);
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float square = f * f, y = p * f * square - e * 2.12194440e-4f;
    y = y - 0.5f * square;
    y = f + y + e * 0.693359375f;
    y = v_pick(x == 0.0f, -float_of(INFINITE_BITS), y);
    y = v_pick(x < 0.0f, float_of(0x7fc00000u), y);
    return v_pick(x < float_of(INFINITE_BITS), y, x); /* infinity and NaN stay */
}

/* log(1 + x): what 1 + x loses is made good by the factor. */
INLINE float v_log1p(float x) {
    float u = 1.0f + x, d = u - 1.0f;
    float y = v_log(u) * v_pick(d == 0.0f, 1.0f, x / d);
    y = v_pick(d == 0.0f, x, y);
    return v_pick(u >= float_of(INFINITE_BITS), u, y);
}

INLINE float v_sigmoid(float x) { return 1.0f / (1.0f + v_exp(-x)); }

INLINE float v_tanh(float x) {
    float size = v_abs(x);
    float e = v_expm1_small(2.0f * v_pick(size > 10.0f, 10.0f, size));
    return v_pick(x != x, x, v_sign_of(e / (e + 2.0f), x));
}

INLINE float v_softplus(float x) {
    float size = v_abs(x), e = v_exp(-size), u = 1.0f + e, d = u - 1.0f;
    return v_log(u) + (e - d) / u + v_pick(x < 0.0f, 0.0f, x); /* log u loses (e - d) / u */
}

INLINE float v_erf(float x) {
    float t = v_abs(x), s = x * x;
    float r = -1.72853470e-5f * t + 3.83197126e-4f, u = -3.88396438e-3f * t + 2.42546219e-2f;
    r = r * s + u;
    r = r * t - 1.06777877e-1f;
    r = r * t - 6.34846687e-1f;
    r = r * t - 1.28717512e-1f;
    float large = v_sign_of(1.0f - v_exp(r * t - t), x);
    float p = -5.96761703e-4f;
    p = p * s + 4.99119423e-3f;
    p = p * s - 2.67681349e-2f;
    p = p * s + 1.12819925e-1f;
    p = p * s - 3.76125336e-1f;
    p = p * s + 1.28379166e-1f;
    return v_pick(t > 0.927734375f, large, p * x + x);
}

/* x tanh(log(1 + e^x)): with e = e^x, tanh is (e^2 + 2e) / (e^2 + 2e + 2). */
INLINE float v_mish(float x) {
    float e = v_exp(v_pick(x > 20.0f, 20.0f, x)), w = e * (e + 2.0f);
    return x * (w / (w + 2.0f));
}

#endif
