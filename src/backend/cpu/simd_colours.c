/* Pixels between RGB and HSV: see colours.h. Neighbours are first taken apart, some at a time, so
 * that vectors are of one colour each. */
#include "backend/cpu/colours.h"

#include "backend/cpu/simd.h"

#include <math.h>

#define AT_ONCE 256 /* pixels: both sides fit the first-level cache */

static inline float most(float a, float b) { return a > b ? a : b; }
static inline float least(float a, float b) { return a < b ? a : b; }
static inline float within(float x) { return least(most(x, 0), 1); }

static void planes_to_hsv(int64_t n, int64_t apart, const float *restrict rgb,
                          float *restrict hsv) {
    const float *restrict green = rgb + apart, *restrict blue = green + apart;
    float *restrict saturation = hsv + apart, *restrict value = saturation + apart;
    for (int64_t i = 0; i < n; i++) {
        float r = rgb[i], g = green[i], b = blue[i], v = most(r, most(g, b));
        float range = v - least(r, least(g, b)), sixth = 1 / (6 * (range > 0 ? range : 1));
        float h = g == v ? sixth * (b - r) + 2 / 6.0f : sixth * (r - g) + 4 / 6.0f;
        h = r == v ? sixth * (g - b) : h;
        h = range > 0 ? h : 0;
        hsv[i] = h < 0 ? h + 1 : h;
        saturation[i] = v > 0 ? range / v : 0;
        value[i] = v;
    }
}

static void planes_to_rgb(int64_t n, int64_t apart, const float *restrict hsv,
                          float *restrict rgb) {
    const float *restrict saturation = hsv + apart, *restrict value = saturation + apart;
    float *restrict green = rgb + apart, *restrict blue = green + apart;
    for (int64_t i = 0; i < n; i++) {
        float h = 6 * hsv[i], s = saturation[i], v = value[i], grey = 1 - s;
        rgb[i] = (grey + s * within(fabsf(h - 3) - 1)) * v;
        green[i] = (grey + s * within(2 - fabsf(h - 2))) * v;
        blue[i] = (grey + s * within(2 - fabsf(h - 4))) * v;
    }
}

static inline void neighbours(int64_t n, const float *from, float *to, colours_function *planes) {
    float in[3 * AT_ONCE], out[3 * AT_ONCE];
    while (n > 0) {
        int64_t some = n < AT_ONCE ? n : AT_ONCE;
        for (int64_t i = 0; i < some; i++)
            for (int k = 0; k < 3; k++) in[k * AT_ONCE + i] = from[3 * i + k];
        planes(some, AT_ONCE, in, out);
        for (int64_t i = 0; i < some; i++)
            for (int k = 0; k < 3; k++) to[3 * i + k] = out[k * AT_ONCE + i];
        from += 3 * some, to += 3 * some, n -= some;
    }
}

static void to_hsv(int64_t n, int64_t apart, const float *from, float *to) {
    if (apart == 1) neighbours(n, from, to, planes_to_hsv);
    else planes_to_hsv(n, apart, from, to);
}

static void to_rgb(int64_t n, int64_t apart, const float *from, float *to) {
    if (apart == 1) neighbours(n, from, to, planes_to_rgb);
    else planes_to_rgb(n, apart, from, to);
}

extern const colours_table SIMD_NAME(colours);
const colours_table SIMD_NAME(colours) = {.to_hsv = to_hsv, .to_rgb = to_rgb};
