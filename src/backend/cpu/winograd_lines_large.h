/* winograd_lines.h for the large tiles: 5 and 6 results. */
#ifndef BACKEND_CPU_WINOGRAD_LINES_LARGE_H
#define BACKEND_CPU_WINOGRAD_LINES_LARGE_H

#include "backend/cpu/winograd_lines.h"

/* ---- 5 results, 7 pixels: ±a, ±b, ±c, infinity ---- */

#define A5 0.3125f
#define B5 0.84375f
#define C5 1.75f
#define AA5 (A5 * A5)
#define BB5 (B5 * B5)
#define CC5 (C5 * C5)
#define GA5 (0.5f / ((AA5 - BB5) * (AA5 - CC5))) /* 1 / f, but for a factor that B has */
#define GB5 (0.5f / ((BB5 - AA5) * (BB5 - CC5)))
#define GC5 (0.5f / ((CC5 - AA5) * (CC5 - BB5)))

/* The pair at ±p of d, of the product of x² - qq and x² - rr with x ± p. */
static inline void pair_5_input(const vector *d, float p, float qq, float rr, vector *v) {
    put_pair(v, scaled_add(-(qq + rr), d[2], scaled_add(qq * rr, d[0], d[4])),
             scaled_add(-(qq + rr), d[3], scaled_add(qq * rr, d[1], d[5])) * (1 / p));
}

static inline void lines_5_input(const vector *d, vector *v) {
    pair_5_input(d, A5, BB5, CC5, v);
    pair_5_input(d, B5, AA5, CC5, v + 2);
    pair_5_input(d, C5, AA5, BB5, v + 4);
    v[6] = scaled_add(
        -(AA5 + BB5 + CC5), d[4],
        scaled_add(AA5 * BB5 + (AA5 + BB5) * CC5, d[2], scaled_add(-AA5 * BB5 * CC5, d[0], d[6])));
}

/* The sums of three pairs, and their differences with factors. */
static inline void sums_5(const vector *m, float a, float b, float c, vector *s, vector *d) {
    s[0] = m[0] + m[1], s[1] = m[2] + m[3], s[2] = m[4] + m[5];
    d[0] = a * (m[0] - m[1]), d[1] = b * (m[2] - m[3]), d[2] = c * (m[4] - m[5]);
}

static inline vector sum_5(float a, float b, float c, const vector *x) {
    return scaled_add(a, x[0], scaled_add(b, x[1], c * x[2]));
}

static inline void lines_5_input_back(const vector *m, vector *d) {
    vector even[3], odd[3];
    sums_5(m, 1 / A5, 1 / B5, 1 / C5, even, odd);
    d[0] = scaled_add(-AA5 * BB5 * CC5, m[6], sum_5(BB5 * CC5, AA5 * CC5, AA5 * BB5, even));
    d[1] = sum_5(BB5 * CC5, AA5 * CC5, AA5 * BB5, odd);
    d[2] = scaled_add(AA5 * BB5 + (AA5 + BB5) * CC5, m[6],
                      sum_5(-(BB5 + CC5), -(AA5 + CC5), -(AA5 + BB5), even));
    d[3] = sum_5(-(BB5 + CC5), -(AA5 + CC5), -(AA5 + BB5), odd);
    d[4] = scaled_add(-(AA5 + BB5 + CC5), m[6], even[0] + even[1] + even[2]);
    d[5] = odd[0] + odd[1] + odd[2];
    d[6] = m[6];
}

static inline void lines_5_output(const vector *m, vector *y) {
    vector s[3], d[3];
    sums_5(m, A5, B5, C5, s, d);
    y[0] = s[0] + s[1] + s[2];
    y[1] = d[0] + d[1] + d[2];
    y[2] = sum_5(AA5, BB5, CC5, s);
    y[3] = sum_5(AA5, BB5, CC5, d);
    y[4] = m[6] + sum_5(AA5 * AA5, BB5 * BB5, CC5 * CC5, s);
}

/* p to the power of i, over all results y[i]. */
static inline void pair_5_output(const vector *y, float p, vector *m) {
    put_pair(m, scaled_add(p * p, scaled_add(p * p, y[4], y[2]), y[0]),
             p * scaled_add(p * p, y[3], y[1]));
}

static inline void lines_5_output_back(const vector *y, vector *m) {
    pair_5_output(y, A5, m);
    pair_5_output(y, B5, m + 2);
    pair_5_output(y, C5, m + 4);
    m[6] = y[4];
}

static inline void lines_5_weight(const vector *w, vector *u) {
    put_pair(u, GA5 * scaled_add(AA5, w[2], w[0]), (GA5 * A5) * w[1]);
    put_pair(u + 2, GB5 * scaled_add(BB5, w[2], w[0]), (GB5 * B5) * w[1]);
    put_pair(u + 4, GC5 * scaled_add(CC5, w[2], w[0]), (GC5 * C5) * w[1]);
    u[6] = w[2];
}

static inline void lines_5_weight_back(const vector *u, vector *w) {
    vector s[3], d[3];
    sums_5(u, GA5 * A5, GB5 * B5, GC5 * C5, s, d);
    w[0] = sum_5(GA5, GB5, GC5, s);
    w[1] = d[0] + d[1] + d[2];
    w[2] = u[6] + sum_5(GA5 * AA5, GB5 * BB5, GC5 * CC5, s);
}

/* ---- 6 results, 8 pixels: 0, ±1, ±2, ±1/2, infinity ---- */

#define G6_1 (-2 / 9.0f)
#define G6_2 (1 / 90.0f)
#define G6_HALF (32 / 45.0f)

static inline void lines_6_input(const vector *d, vector *v) {
    v[0] = scaled_add(5.25f, d[4] - d[2], d[0] - d[6]);
    put_pair(v + 1, scaled_add(-4.25f, d[4], d[2] + d[6]), scaled_add(-4.25f, d[3], d[1] + d[5]));
    put_pair(v + 3, scaled_add(0.25f, d[2], scaled_add(-1.25f, d[4], d[6])),
             scaled_add(0.5f, d[1], scaled_add(-2.5f, d[3], 2 * d[5])));
    put_pair(v + 5, scaled_add(4, d[2], scaled_add(-5, d[4], d[6])),
             scaled_add(2, d[1], scaled_add(-2.5f, d[3], 0.5f * d[5])));
    v[7] = scaled_add(5.25f, d[3] - d[5], d[7] - d[1]);
}

static inline void lines_6_input_back(const vector *m, vector *d) {
    vector s1 = m[1] + m[2], s2 = m[3] + m[4], s3 = m[5] + m[6];
    vector d1 = m[1] - m[2], d2 = m[3] - m[4], d3 = m[5] - m[6];
    d[0] = m[0];
    d[1] = scaled_add(0.5f, d2, scaled_add(2, d3, d1 - m[7]));
    d[2] = scaled_add(-5.25f, m[0], scaled_add(0.25f, s2, scaled_add(4, s3, s1)));
    d[3] = scaled_add(5.25f, m[7], scaled_add(-4.25f, d1, -2.5f * (d2 + d3)));
    d[4] = scaled_add(5.25f, m[0], scaled_add(-4.25f, s1, scaled_add(-1.25f, s2, -5 * s3)));
    d[5] = scaled_add(-5.25f, m[7], scaled_add(2, d2, scaled_add(0.5f, d3, d1)));
    d[6] = s1 + s2 + s3 - m[0];
    d[7] = m[7];
}

static inline void lines_6_output(const vector *m, vector *y) {
    vector s1 = m[1] + m[2], s2 = m[3] + m[4], s3 = m[5] + m[6];
    vector d1 = m[1] - m[2], d2 = m[3] - m[4], d3 = m[5] - m[6];
    y[0] = m[0] + s1 + s2 + s3;
    y[1] = scaled_add(2, d2, scaled_add(0.5f, d3, d1));
    y[2] = scaled_add(4, s2, scaled_add(0.25f, s3, s1));
    y[3] = scaled_add(8, d2, scaled_add(0.125f, d3, d1));
    y[4] = scaled_add(16, s2, scaled_add(0.0625f, s3, s1));
    y[5] = scaled_add(32, d2, scaled_add(0.03125f, d3, d1 + m[7]));
}

static inline void lines_6_output_back(const vector *y, vector *m) {
    m[0] = y[0];
    put_pair(m + 1, y[0] + y[2] + y[4], y[1] + y[3] + y[5]);
    put_pair(m + 3, scaled_add(4, y[2], scaled_add(16, y[4], y[0])),
             scaled_add(2, y[1], scaled_add(8, y[3], 32 * y[5])));
    put_pair(m + 5, scaled_add(0.25f, y[2], scaled_add(0.0625f, y[4], y[0])),
             scaled_add(0.5f, y[1], scaled_add(0.125f, y[3], 0.03125f * y[5])));
    m[7] = y[5];
}

static inline void lines_6_weight(const vector *w, vector *u) {
    u[0] = w[0];
    put_pair(u + 1, G6_1 * (w[0] + w[2]), G6_1 * w[1]);
    put_pair(u + 3, G6_2 * scaled_add(4, w[2], w[0]), (2 * G6_2) * w[1]);
    put_pair(u + 5, G6_HALF * scaled_add(0.25f, w[2], w[0]), (0.5f * G6_HALF) * w[1]);
    u[7] = w[2];
}

static inline void lines_6_weight_back(const vector *u, vector *w) {
    vector s1 = G6_1 * (u[1] + u[2]), d1 = G6_1 * (u[1] - u[2]);
    vector s2 = G6_2 * (u[3] + u[4]), d2 = G6_2 * (u[3] - u[4]);
    vector s3 = G6_HALF * (u[5] + u[6]), d3 = G6_HALF * (u[5] - u[6]);
    w[0] = u[0] + s1 + s2 + s3;
    w[1] = scaled_add(2, d2, scaled_add(0.5f, d3, d1));
    w[2] = scaled_add(4, s2, scaled_add(0.25f, s3, s1 + u[7]));
}

#endif
