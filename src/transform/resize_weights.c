/* With half-pixel centres, position i of the result lies at u = (i + 1/2) n / size. With a kernel k
 * of radius r
 *   y[i] = sum of x[j] k((j + 1/2 - u) / s) over |j + 1/2 - u| < r s, divided by the sum of the k
 * where s is 1, or with antialias max(n / size, 1). What lies outside is left out. nearest takes
 * element floor(u) alone; area is the mean over (i n / size, (i + 1) n / size), adaptive that of
 * all elements that this touches.
 * Source: tf.image.resize (tensorflow/core/kernels/image/resize_{bilinear,bicubic,area,
 * nearest_neighbor}_op.cc, scale_and_translate_op.cc): bicubic without antialias reads its kernel
 * from a table with steps of 1/1024, and nearest computes u in float32, which decides where u is
 * whole; Keys (1981), Duchon (1979), Mitchell and Netravali (1988). */
#include "transform/resize_weights.h"

#include <math.h>

static double triangle(double x) { return x < 1 ? 1 - x : 0; }

static double keys_cubic(double x) {
    if (x >= 2) return 0;
    return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
}

static double mitchell_cubic(double x) {
    if (x >= 2) return 0;
    return x >= 1 ? ((-7 * x / 18 + 2) * x - 10 / 3.0) * x + 16 / 9.0
                  : (7 * x / 6 - 2) * x * x + 8 / 9.0;
}

static double lanczos(double x, double radius) {
    if (x >= radius) return 0;
    double t = M_PI * x;
    return x == 0 ? 1 : radius * sin(t) * sin(t / radius) / (t * t);
}

static double lanczos3(double x) { return lanczos(x, 3); }
static double lanczos5(double x) { return lanczos(x, 5); }
static double gaussian(double x) { return x < 1.5 ? exp(-2 * x * x) : 0; } /* sigma 1/2 */

static const struct {
    double (*kernel)(double x); /* 0 from the radius on */
    double radius;
} kernels[] = {
    [MICA_RESIZE_BILINEAR] = {triangle, 1},   [MICA_RESIZE_BICUBIC] = {keys_cubic, 2},
    [MICA_RESIZE_LANCZOS3] = {lanczos3, 3},   [MICA_RESIZE_LANCZOS5] = {lanczos5, 5},
    [MICA_RESIZE_GAUSSIAN] = {gaussian, 1.5}, [MICA_RESIZE_MITCHELLCUBIC] = {mitchell_cubic, 2},
};

resize_axis resize_axis_of(mica_resize_method method, bool antialias, int64_t n, int64_t size) {
    double scale = (double)n / (double)size;
    return (resize_axis){method, n, size, antialias && scale > 1 ? scale : 1,
                         method == MICA_RESIZE_BICUBIC && !antialias};
}

static int64_t within(double at, int64_t n) {
    return at < 0 ? 0 : at > (double)(n - 1) ? n - 1 : (int64_t)at;
}

/* The share of element j in the mean over i n / size … (i + 1) n / size, times n: whole numbers. */
static double overlap(const resize_axis *r, const resize_source *s, int64_t j) {
    double low = s->centre - 0.5 * (double)r->n, high = s->centre + 0.5 * (double)r->n;
    double first = (double)(j * r->size), end = (double)((j + 1) * r->size);
    return fmin(high, end) - fmax(low, first);
}

static bool by_area(const resize_axis *r) {
    return r->method == MICA_RESIZE_AREA || r->method == MICA_RESIZE_ADAPTIVE;
}

int64_t resize_taps(const resize_axis *r) {
    int64_t taps = r->method == MICA_RESIZE_NEAREST ? 1
                   : by_area(r)                     ? (r->n + r->size - 1) / r->size + 1
                                : (int64_t)ceil(2 * kernels[r->method].radius * r->scale);
    return taps < r->n ? taps : r->n;
}

static double weight(const resize_axis *r, const resize_source *s, int64_t j) {
    if (r->method == MICA_RESIZE_NEAREST || r->method == MICA_RESIZE_ADAPTIVE) return 1;
    if (r->method == MICA_RESIZE_AREA) return overlap(r, s, j);
    return kernels[r->method].kernel(fabs((double)j + 0.5 - s->centre) / r->scale);
}

resize_source resize_source_of(const resize_axis *r, int64_t i) {
    resize_source s = {.centre = ((double)i + 0.5) * (double)r->n / (double)r->size};
    if (r->method == MICA_RESIZE_NEAREST) {
        s.first = within(floorf(((float)i + 0.5f) * ((float)r->n / (float)r->size)), r->n);
        s.end = s.first + 1;
    } else if (by_area(r)) { /* counted in parts of an element: exact */
        s.first = i * r->n / r->size;
        s.end = ((i + 1) * r->n + r->size - 1) / r->size;
        s.centre = ((double)i + 0.5) * (double)r->n;
    } else {
        double reach = kernels[r->method].radius * r->scale;
        if (r->coarse) s.centre = rint((s.centre - 0.5) * 1024) / 1024 + 0.5;
        s.first = within(floor(s.centre - reach - 0.5) + 1, r->n);
        s.end = within(ceil(s.centre + reach - 0.5) - 1, r->n) + 1;
    }
    for (int64_t j = s.first; j < s.end; j++) s.sum += weight(r, &s, j);
    return s;
}

double resize_share(const resize_axis *r, const resize_source *s, int64_t j) {
    return weight(r, s, j) / s->sum;
}

void resize_users(const resize_axis *r, int64_t j, int64_t *first, int64_t *end) {
    double reach = r->method == MICA_RESIZE_NEAREST ? 1
                   : by_area(r)                     ? (double)r->n / (double)r->size + 1
                                                    : kernels[r->method].radius * r->scale + 1;
    double scale = (double)r->size / (double)r->n, at = ((double)j + 0.5) * scale - 0.5;
    *first = within(floor(at - reach * scale), r->size);
    *end = within(ceil(at + reach * scale), r->size) + 1;
}
