/* rgb_to_hsv and hsv_to_rgb in float32, a pixel at a time, where no gradient is asked. */
#include "backend/kernel.h"
#include "op/array.h"

#include <math.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3") /* vectors: at -O2 gcc 12 makes none of these loops */
#endif

static bool supports(const kernel_spec *s) {
    return (s->op == &op_rgb_to_hsv || s->op == &op_hsv_to_rgb) && s->out[0].dtype == MICA_FLOAT32;
}

static inline float most(float a, float b) { return a > b ? a : b; }
static inline float least(float a, float b) { return a < b ? a : b; }

static inline void to_hsv(const float rgb[3], float hsv[3]) {
    float r = rgb[0], g = rgb[1], b = rgb[2], v = most(r, most(g, b));
    float range = v - least(r, least(g, b)), sixth = 1 / (6 * (range > 0 ? range : 1));
    float h = g == v ? sixth * (b - r) + 2 / 6.0f : sixth * (r - g) + 4 / 6.0f;
    h = r == v ? sixth * (g - b) : h;
    h = range > 0 ? h : 0;
    hsv[0] = h < 0 ? h + 1 : h;
    hsv[1] = v > 0 ? range / v : 0;
    hsv[2] = v;
}

static inline float within(float x) { return least(most(x, 0), 1); }

static inline void to_rgb(const float hsv[3], float rgb[3]) {
    float h = 6 * hsv[0], s = hsv[1], v = hsv[2], grey = 1 - s;
    rgb[0] = (grey + s * within(fabsf(h - 3) - 1)) * v;
    rgb[1] = (grey + s * within(2 - fabsf(h - 2))) * v;
    rgb[2] = (grey + s * within(2 - fabsf(h - 4))) * v;
}

typedef struct colours_call {
    const float *from;
    float *to;
    int64_t inner; /* behind the axis: how far the colours of a pixel are apart */
    bool to_hsv;
} colours_call;

static void run_pixels(void *arg, int64_t begin, int64_t end) {
    const colours_call *c = arg;
    for (int64_t i = begin; i < end; i++) {
        int64_t at = i / c->inner * 3 * c->inner + i % c->inner;
        float x[3], y[3];
        for (int k = 0; k < 3; k++) x[k] = c->from[at + k * c->inner];
        (c->to_hsv ? to_hsv : to_rgb)(x, y);
        for (int k = 0; k < 3; k++) c->to[at + k * c->inner] = y[k];
    }
}

/* The same where they are neighbours. */
static void run_neighbours(void *arg, int64_t begin, int64_t end) {
    const colours_call *c = arg;
    if (c->to_hsv)
        for (int64_t i = begin; i < end; i++) to_hsv(c->from + 3 * i, c->to + 3 * i);
    else
        for (int64_t i = begin; i < end; i++) to_rgb(c->from + 3 * i, c->to + 3 * i);
}

static void run(const kernel_call *k) {
    const shape *s = &k->out_info[0].shape;
    colours_call c = {k->in[0], k->out[0], 1, k->op == &op_rgb_to_hsv};
    int axis = 0;
    axis_resolve(((const along_attrs *)k->attrs)->axis, s->rank, &axis);
    for (int i = axis + 1; i < s->rank; i++) c.inner *= s->dims[i];
    if (shape_size(s) == 0) return;
    parallel_for(k->team, shape_size(s) / 3, 4096, c.inner == 1 ? run_neighbours : run_pixels, &c);
}

extern const kernel kernel_cpu_colours;
const kernel kernel_cpu_colours = {.name = "cpu colours", .supports = supports, .run = run};
