/* What both kernels share: see conv_pool.h. */
#include "backend/cpu/conv_pool.h"

#include "base/memory.h"
#include "op/epilogue.h"
#include "tensor/dtype.h"

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
    mica_dtype dtype = s->out[0].dtype;
    if ((dtype != MICA_FLOAT32 && dtype != MICA_BFLOAT16) || x->rank != 4 ||
        a->conv.layout != MICA_CHANNELS_LAST || a->pool.layout != MICA_CHANNELS_LAST)
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
    t->blocks = ISA_CHOOSE(blocks, isa_best());
    t->half = s->out[0].dtype == MICA_BFLOAT16;
    t->activation = a->conv.activation == EPILOGUE_RELU ? CONV_POOL_RELU : CONV_POOL_NONE;
    t->height = t->conv.out[1] + 2;
    t->width = t->conv.out[2] + 2;
    if (pieces > t->conv.batch) pieces = t->conv.batch;
    t->images = (t->conv.batch + pieces - 1) / pieces;
    t->pieces = (t->conv.batch + t->images - 1) / t->images;
    t->piece_floats = (size_t)(t->height * t->width * t->conv.channels + 16);
    return t;
}

/* Pixels w, w + 1 … of a row that starts with element `from` of x; zeros outside of the image. */
static void pad_row(const conv_pool_state *s, const void *x, int64_t from, float *to) {
    const window *g = &s->conv;
    const uint16_t *halves = x;
    const float *floats = x;
    for (int64_t j = 0; j < s->width; j++) {
        int64_t w = j - g->before[2], at = from + w * g->channels;
        bool inside = w >= 0 && w < g->in[2];
        if (!inside) to[j] = 0;
        else if (s->half) to[j] = bfloat16_to(halves[at]);
        else to[j] = floats[at];
    }
}

void conv_pool_pad(const conv_pool_state *s, const void *x, int64_t b, float *to) {
    const window *g = &s->conv;
    int64_t channels = g->channels, image = b * g->in[1] * g->in[2] * channels;
    bool whole = channels == 1 && g->before[2] == 0 && s->width <= g->in[2];
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = 0; i < s->height; i++, to += s->width) {
            int64_t h = i - g->before[1], from = image + h * g->in[2] * channels + c;
            if (h < 0 || h >= g->in[1]) memset(to, 0, (size_t)s->width * sizeof *to);
            else if (whole && s->half)
                blocks_from_bfloat16(s->blocks, s->width, (const uint16_t *)x + from, to);
            else if (whole) memcpy(to, (const float *)x + from, (size_t)s->width * sizeof *to);
            else pad_row(s, x, from, to);
        }
}
