/* Weights of every method, as TensorFlow's kernels have them. With i an output element, s = in /
 * out and p = (i + 0.5) s the place in the input: nearest: element floor(p). bilinear: between
 * floor(p - 0.5) and the next, held inside. bicubic: Keys 1981 with a = -0.5 at p - 0.5, whose
 * fraction is rounded to 1/1024; what lies outside is left out. area: how much of each element lies
 * in i s … (i + 1) s. the others: kernel(|j + 0.5 - p|) of all j within its radius. Lanczos 3 and
 * 5; a Gaussian of radius 1.5, deviation 0.5; Mitchell and Netravali 1988, radius 2. Weights that
 * may fall short of 1 are divided by their sum. Source: tensorflow/core/kernels/image/
 * resize_{bilinear,bicubic,area,nearest_neighbor}_op.cc, scale_and_translate_op.cc. */
#include "transform/pixel_axis.h"

#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static float keys_near(float x) { return ((1.5f * x - 2.5f) * x) * x + 1; }
static float keys_far(float x) { return ((-0.5f * x + 2.5f) * x - 4) * x + 2; } /* x from 1 to 2 */

static void divide_by_sum(float *weight, int64_t n) {
    float sum = 0;
    for (int64_t k = 0; k < n; k++) sum += weight[k];
    if (fabsf(sum) < 1000 * FLT_MIN) return;
    for (int64_t k = 0; k < n; k++) weight[k] /= sum;
}

static float lanczos(float x, float radius) {
    if (x > radius) return 0;
    if (x <= 1e-3f) return 1;
    float pi = acosf(-1);
    return radius * sinf(pi * x) * sinf(pi * x / radius) / (pi * pi * x * x);
}

static float kernel_at(resize_method method, float x) {
    switch (method) {
    case RESIZE_LANCZOS3: return lanczos(x, 3);
    case RESIZE_LANCZOS5: return lanczos(x, 5);
    case RESIZE_GAUSSIAN: return x >= 1.5f ? 0 : expf(-x * x / (2 * 0.5f * 0.5f));
    default:
        if (x >= 2) return 0;
        if (x >= 1) return ((-7.0f / 18 * x + 2) * x - 10.0f / 3) * x + 16.0f / 9;
        return ((7.0f / 6 * x - 2) * x) * x + 8.0f / 9;
    }
}

static int64_t held(int64_t at, int64_t in) { return at < 0 ? 0 : at < in ? at : in - 1; }

/* How many elements one of `out` can need. */
static int64_t taps_of(resize_method method, int64_t in, int64_t out) {
    int64_t n = 1;
    switch (method) {
    case RESIZE_NEAREST: break;
    case RESIZE_BILINEAR: n = 2; break;
    case RESIZE_BICUBIC: n = 4; break;
    case RESIZE_AREA: n = (in + out - 1) / out + 1; break;
    case RESIZE_LANCZOS3: n = 7; break;
    case RESIZE_LANCZOS5: n = 11; break;
    case RESIZE_GAUSSIAN: n = 5; break;
    case RESIZE_MITCHELLCUBIC: n = 5; break;
    }
    return n < in ? n : in;
}

/* Where element i begins; adds its weights, from there on, to those of `a`. */
typedef struct filler {
    pixel_axis *a;
    int64_t i;
    float scale;
} filler;

static void put(const filler *f, int64_t at, float weight) {
    int64_t k = at - f->a->start[f->i];
    if (k >= 0 && k < f->a->taps) f->a->weight[f->i * f->a->taps + k] += weight;
}

static void begin(const filler *f, int64_t first) {
    int64_t last = f->a->in - f->a->taps;
    f->a->start[f->i] = first < 0 ? 0 : first < last ? first : last;
}

static void fill_bilinear(const filler *f) {
    float at = ((float)f->i + 0.5f) * f->scale - 0.5f, low = floorf(at), fraction = at - low;
    begin(f, held((int64_t)low, f->a->in));
    put(f, held((int64_t)low, f->a->in), 1 - fraction);
    put(f, held((int64_t)ceilf(at), f->a->in), fraction);
}

static void fill_bicubic(const filler *f) {
    float at = ((float)f->i + 0.5f) * f->scale - 0.5f;
    int64_t low = (int64_t)floorf(at);
    float x = (float)lrintf((at - (float)low) * 1024) / 1024;
    const float weight[4] = {keys_far(1 + x), keys_near(x), keys_near(1 - x), keys_far(2 - x)};
    begin(f, low - 1);
    for (int k = 0; k < 4; k++)
        if (low - 1 + k >= 0 && low - 1 + k < f->a->in) put(f, low - 1 + k, weight[k]);
    divide_by_sum(f->a->weight + f->i * f->a->taps, f->a->taps);
}

static void fill_area(const filler *f) {
    float from = (float)f->i * f->scale, to = (float)(f->i + 1) * f->scale;
    int64_t first = (int64_t)floorf(from), end = (int64_t)ceilf(to);
    begin(f, held(first, f->a->in));
    for (int64_t j = first; j < end; j++) {
        float part = (float)j < from       ? (float)(j + 1) > to ? f->scale : (float)(j + 1) - from
                     : (float)(j + 1) > to ? to - (float)j
                                           : 1;
        put(f, held(j, f->a->in), part / f->scale);
    }
}

static void fill_kernel(const filler *f) {
    static const float radii[] = {[RESIZE_LANCZOS3] = 3,
                                  [RESIZE_LANCZOS5] = 5,
                                  [RESIZE_GAUSSIAN] = 1.5f,
                                  [RESIZE_MITCHELLCUBIC] = 2};
    float at = ((float)f->i + 0.5f) * f->scale, radius = radii[f->a->method];
    int64_t first = held((int64_t)ceilf(at - radius - 0.5f), f->a->in),
            last = held((int64_t)floorf(at + radius - 0.5f), f->a->in);
    begin(f, first);
    for (int64_t j = first; j <= last; j++)
        put(f, j, kernel_at(f->a->method, fabsf((float)j + 0.5f - at)));
    divide_by_sum(f->a->weight + f->i * f->a->taps, f->a->taps);
}

static void fill(const filler *f) {
    switch (f->a->method) {
    case RESIZE_NEAREST:
        begin(f, (int64_t)floorf(((float)f->i + 0.5f) * f->scale));
        put(f, f->a->start[f->i], 1);
        break;
    case RESIZE_BILINEAR: fill_bilinear(f); break;
    case RESIZE_BICUBIC: fill_bicubic(f); break;
    case RESIZE_AREA: fill_area(f); break;
    default: fill_kernel(f);
    }
}

pixel_axis *pixel_axis_for(pixel_axis **axis, int64_t in, int64_t out, resize_method method) {
    pixel_axis *a = *axis;
    if (a && a->in == in && a->out == out && a->method == method) return a;
    pixel_axis_free(a);
    int64_t taps = taps_of(method, in, out);
    *axis = a = allocate(1, sizeof *a);
    if (!a) return NULL;
    *a = (pixel_axis){in,
                      out,
                      method,
                      (int)taps,
                      allocate((size_t)out, sizeof *a->start),
                      allocate((size_t)(out * taps), sizeof *a->weight)};
    if (!a->start || !a->weight) {
        pixel_axis_free(a);
        return *axis = NULL;
    }
    for (int64_t i = 0; i < out; i++) fill(&(filler){a, i, (float)in / (float)out});
    return a;
}

void pixel_axis_free(pixel_axis *a) {
    if (!a) return;
    free(a->start);
    free(a->weight);
    free(a);
}
