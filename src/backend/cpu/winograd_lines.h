/* The transforms of winograd.h along one axis, on vectors, one set for each size of tile. lines_OUT
 * of a set: input (B^T d), output (A^T m), weight (G w); …_back are their transposes.
 *
 * With n = OUT + 2 places, n - 1 of them are values at the points p and the last is the coefficient
 * at infinity: A^T = [p^i], G = [p^i / f], f = the product of p's distances to the other points,
 * and B^T holds the coefficients of the product of (x - other points). Pairs ±p share their even
 * and odd halves. Factors go where they are cheapest. */
#ifndef BACKEND_CPU_WINOGRAD_LINES_H
#define BACKEND_CPU_WINOGRAD_LINES_H

#include "backend/cpu/simd.h"

static inline vector scaled_add(float factor, vector x, vector z) { return factor * x + z; }

/* v[0] and v[1]: the values at a point and at its opposite. */
static inline void put_pair(vector *v, vector even, vector odd) {
    v[0] = even + odd;
    v[1] = even - odd;
}

/* ---- 3 results, 5 pixels: ±a, ±b, infinity ---- */

#define A3 0.375f
#define B3 1.25f
#define AA3 (A3 * A3)
#define BB3 (B3 * B3)
#define G3 (0.5f / (AA3 - BB3)) /* 1 / f, but for a factor that B has */

static inline void lines_3_input(const vector *d, vector *v) {
    put_pair(v, scaled_add(-BB3, d[0], d[2]), scaled_add(-BB3, d[1], d[3]) * (1 / A3));
    put_pair(v + 2, scaled_add(-AA3, d[0], d[2]), scaled_add(-AA3, d[1], d[3]) * (1 / B3));
    v[4] = scaled_add(-(AA3 + BB3), d[2], scaled_add(AA3 * BB3, d[0], d[4]));
}

static inline void lines_3_input_back(const vector *m, vector *d) {
    vector s1 = m[0] + m[1], d1 = (m[0] - m[1]) * (1 / A3);
    vector s2 = m[2] + m[3], d2 = (m[2] - m[3]) * (1 / B3);
    d[0] = scaled_add(-BB3, s1, scaled_add(-AA3, s2, AA3 * BB3 * m[4]));
    d[1] = scaled_add(-BB3, d1, -AA3 * d2);
    d[2] = scaled_add(-(AA3 + BB3), m[4], s1 + s2);
    d[3] = d1 + d2;
    d[4] = m[4];
}

static inline void lines_3_output(const vector *m, vector *y) {
    vector s1 = m[0] + m[1], s2 = m[2] + m[3];
    y[0] = s1 + s2;
    y[1] = scaled_add(A3, m[0] - m[1], B3 * (m[2] - m[3]));
    y[2] = scaled_add(AA3, s1, scaled_add(BB3, s2, m[4]));
}

static inline void lines_3_output_back(const vector *y, vector *m) {
    put_pair(m, scaled_add(AA3, y[2], y[0]), A3 * y[1]);
    put_pair(m + 2, scaled_add(BB3, y[2], y[0]), B3 * y[1]);
    m[4] = y[2];
}

static inline void lines_3_weight(const vector *w, vector *u) {
    put_pair(u, G3 * scaled_add(AA3, w[2], w[0]), (G3 * A3) * w[1]);
    put_pair(u + 2, -G3 * scaled_add(BB3, w[2], w[0]), (-G3 * B3) * w[1]);
    u[4] = w[2];
}

static inline void lines_3_weight_back(const vector *u, vector *w) {
    vector s1 = G3 * (u[0] + u[1]), s2 = -G3 * (u[2] + u[3]);
    w[0] = s1 + s2;
    w[1] = scaled_add(G3 * A3, u[0] - u[1], (-G3 * B3) * (u[2] - u[3]));
    w[2] = scaled_add(AA3, s1, scaled_add(BB3, s2, u[4]));
}

/* ---- 4 results, 6 pixels: 0, ±a, ±b, infinity; a b = 1 ---- */

#define A4 0.70710678118654752f
#define B4 1.41421356237309505f
#define AAA4 0.35355339059327376f
#define BBB4 2.82842712474619010f
#define GA4 (-2 / 3.0f)
#define GB4 (1 / 6.0f)

static inline void lines_4_input(const vector *d, vector *v) {
    v[0] = scaled_add(-2.5f, d[2], d[0] + d[4]);
    put_pair(v + 1, scaled_add(-2, d[2], d[4]), scaled_add(-B4, d[1], A4 * d[3]));
    put_pair(v + 3, scaled_add(-0.5f, d[2], d[4]), scaled_add(-A4, d[1], B4 * d[3]));
    v[5] = scaled_add(-2.5f, d[3], d[1] + d[5]);
}

static inline void lines_4_input_back(const vector *m, vector *d) {
    vector s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    d[0] = m[0];
    d[1] = scaled_add(-B4, d1, scaled_add(-A4, d2, m[5]));
    d[2] = scaled_add(-2.5f, m[0], scaled_add(-2, s1, -0.5f * s2));
    d[3] = scaled_add(-2.5f, m[5], scaled_add(A4, d1, B4 * d2));
    d[4] = m[0] + s1 + s2;
    d[5] = m[5];
}

static inline void lines_4_output(const vector *m, vector *y) {
    vector s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    y[0] = m[0] + s1 + s2;
    y[1] = scaled_add(A4, d1, B4 * d2);
    y[2] = scaled_add(0.5f, s1, 2 * s2);
    y[3] = scaled_add(AAA4, d1, scaled_add(BBB4, d2, m[5]));
}

static inline void lines_4_output_back(const vector *y, vector *m) {
    m[0] = y[0];
    put_pair(m + 1, scaled_add(0.5f, y[2], y[0]), scaled_add(AAA4, y[3], A4 * y[1]));
    put_pair(m + 3, scaled_add(2, y[2], y[0]), scaled_add(BBB4, y[3], B4 * y[1]));
    m[5] = y[3];
}

static inline void lines_4_weight(const vector *w, vector *u) {
    u[0] = w[0];
    put_pair(u + 1, GA4 * scaled_add(0.5f, w[2], w[0]), (GA4 * A4) * w[1]);
    put_pair(u + 3, GB4 * scaled_add(2, w[2], w[0]), (GB4 * B4) * w[1]);
    u[5] = w[2];
}

static inline void lines_4_weight_back(const vector *u, vector *w) {
    vector s1 = GA4 * (u[1] + u[2]), d1 = GA4 * (u[1] - u[2]);
    vector s2 = GB4 * (u[3] + u[4]), d2 = GB4 * (u[3] - u[4]);
    w[0] = u[0] + s1 + s2;
    w[1] = scaled_add(A4, d1, B4 * d2);
    w[2] = scaled_add(0.5f, s1, scaled_add(2, s2, u[5]));
}

#endif
