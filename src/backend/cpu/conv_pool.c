/* What both kernels share: see conv_pool.h. */
#include "backend/cpu/conv_pool.h"

#include "base/memory.h"
#include "op/epilogue.h"

#include <string.h>

static void windows_of(const conv_pool_attrs *a, const shape *x, const shape *w, window *conv,
                       window *pool) {
    conv_window(&a->conv, x, w, conv);
    shape y = {4, {conv->batch, conv->out[1], conv->out[2], conv->filters}};
    pool_window(&a->pool, &y, pool);
}

bool conv_pool_supports(const kernel_spec *s, const shape *x, const shape *w) {
    const conv_pool_attrs *a = s->attrs;
    window c, p;
    if (s->in[0].dtype != MICA_FLOAT32 || x->rank != 4 || a->conv.layout != MICA_CHANNELS_LAST ||
        a->pool.layout != MICA_CHANNELS_LAST)
        return false;
    windows_of(a, x, w, &c, &p);
    for (int i = 1; i < 3; i++)
        if (c.kernel[i] != 3 || c.strides[i] != 1 || c.dilations[i] != 1 || p.kernel[i] != 2 ||
            p.strides[i] != 2 || p.before[i] || 2 * p.out[i] > c.out[i] || p.out[i] < 1)
            return false;
    return c.batch > 0 && c.groups == 1 && c.channels <= CONV_POOL_CHANNELS &&
           c.filters % ISA_CHOOSE(conv_pools, isa_best())->lanes == 0 &&
           (a->conv.activation == EPILOGUE_NONE || a->conv.activation == EPILOGUE_RELU);
}

conv_pool_state *conv_pool_new(const kernel_spec *s, const shape *x, const shape *w,
                               int64_t pieces) {
    const conv_pool_attrs *a = s->attrs;
    conv_pool_state *t = allocate(1, sizeof *t);
    if (!t) return NULL;
    windows_of(a, x, w, &t->conv, &t->pool);
    t->table = ISA_CHOOSE(conv_pools, isa_best());
    t->activation = a->conv.activation == EPILOGUE_RELU ? CONV_POOL_RELU : CONV_POOL_NONE;
    t->height = t->conv.out[1] + 2;
    t->width = t->conv.out[2] + 2;
    if (pieces > t->conv.batch) pieces = t->conv.batch;
    t->images = (t->conv.batch + pieces - 1) / pieces;
    t->pieces = (t->conv.batch + t->images - 1) / t->images;
    t->piece_floats = (size_t)(t->height * t->width * t->conv.channels + 16);
    return t;
}

void conv_pool_pad(const conv_pool_state *s, const float *x, int64_t b, float *to) {
    const window *g = &s->conv;
    int64_t channels = g->channels;
    x += b * g->in[1] * g->in[2] * channels;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < s->height; i++, to += s->width) {
            int64_t h = i - g->before[1];
            bool inside = h >= 0 && h < g->in[1];
            if (inside && channels == 1 && g->before[2] == 0 && s->width <= g->in[2]) {
                memcpy(to, x + h * g->in[2], (size_t)s->width * sizeof *to);
                continue;
            }
            for (int64_t j = 0; j < s->width; j++) {
                int64_t w = j - g->before[2];
                to[j] = inside && w >= 0 && w < g->in[2] ? x[(h * g->in[2] + w) * channels + c] : 0;
            }
        }
}
