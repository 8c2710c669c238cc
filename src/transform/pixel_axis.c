/* The weights of resize_weights.c, as floats in rows of one length: elements outside have weight 0.
 */
#include "transform/pixel_axis.h"

#include "base/memory.h"
#include "transform/resize_weights.h"

#include <stdlib.h>

static void fill(pixel_axis *a, const resize_axis *r, int64_t i) {
    resize_source s = resize_source_of(r, i);
    int64_t last = a->in - a->taps;
    a->start[i] = s.first < last ? s.first : last;
    float *weight = a->weight + i * a->taps;
    for (int64_t j = s.first; j < s.end; j++)
        weight[j - a->start[i]] = (float)resize_share(r, &s, j);
}

pixel_axis *pixel_axis_for(pixel_axis **axis, int64_t in, int64_t out, mica_resize_method method) {
    pixel_axis *a = *axis;
    if (a && a->in == in && a->out == out && a->method == method) return a;
    pixel_axis_free(a);
    const resize_axis r = resize_axis_of(method, false, in, out);
    int64_t taps = resize_taps(&r);
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
    for (int64_t i = 0; i < out; i++) fill(a, &r, i);
    return a;
}

void pixel_axis_free(pixel_axis *a) {
    if (!a) return;
    free(a->start);
    free(a->weight);
    free(a);
}
