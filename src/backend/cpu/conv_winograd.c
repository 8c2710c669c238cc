/* conv by Winograd's method: see winograd.h. */
#include "backend/cpu/winograd.h"

#include <stdlib.h>

static window window_of(const kernel_spec *s) {
    window g;
    conv_window(s->attrs, &s->in[0].shape, &s->in[1].shape, &g);
    return g;
}

static bool weights_stay(const kernel_spec *s) {
    return !s->plain && (s->in_constant[1] || (s->inference && s->in_variable[1]));
}

static bool supports(const kernel_spec *s) {
    window g = window_of(s);
    return winograd_supports(s, &g, weights_stay(s));
}

static size_t taps_of(const winograd_state *w) {
    return (size_t)(9 * w->g.channels * w->g.filters);
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    window g = window_of(s);
    winograd_state *w = winograd_new(s, &g, weights_stay(s));
    if (!w) return fail_memory(err, sizeof *w, "winograd convolution");
    if (w->packed) winograd_layout(w, &p->in_layout[1]);
    int64_t blocks = (w->tiles + w->block - 1) / w->block, wide = 2 * w->table->lanes;
    w->parts = 1; /* of few tiles, threads take some of the filters each */
    while (blocks * w->parts < 4 && g.filters % (2 * w->parts * wide) == 0) w->parts *= 2;
    size_t bias = w->half ? (size_t)g.filters : 0, plain = w->half ? taps_of(w) : 0;
    p->state = w;
    p->scratch_bytes = winograd_scratch(w, bias + (w->packed ? 0 : w->weights_floats + plain));
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

/* In the scratch behind the slots: of bfloat16, the bias as float32; the weights as places, unless
 * they come so; and, of bfloat16, as float32. */
static float *weights_at(const kernel_call *c) {
    const winograd_state *s = c->state;
    return winograd_behind_slots(c) + (s->half ? s->g.filters : 0);
}

static const float *bias_of(const kernel_call *c) {
    const winograd_state *s = c->state;
    if (c->inputs < 3) return NULL;
    return s->half ? winograd_behind_slots(c) : c->in[2];
}

/* A block of tiles and a part of the filters. */
static void run_piece(const kernel_call *c, int64_t block, int64_t part) {
    const winograd_state *s = c->state;
    int64_t k = s->g.channels, n = s->g.filters, some = n / s->parts, f = part * some;
    int64_t first = block * s->block, count = s->tiles - first;
    if (count > s->block) count = s->block;
    const float *u = s->packed ? c->in[1] : weights_at(c), *bias = bias_of(c);
    winograd_buffers b;
    int slot = winograd_take(c, &b);
    const void *at[WINOGRAD_MOST_PLACES];
    size_t size = winograd_size(s);
    for (int64_t t = 0; t < count; t++) {
        winograd_pixels(s, c->in[0], size, first + t, b.zeros, at);
        s->tile->input(at, s->half, k, b.v + t * k, s->v_stride);
    }
    for (int64_t i = 0; i < s->tile->places; i++)
        s->table->product(count, some, k, b.v + i * s->v_stride, k, u + i * k * n + f, n,
                          b.m + i * s->m_stride, some);
    for (int64_t t = 0; t < count; t++) {
        winograd_results(s, c->out[0], size, first + t, b.waste, at);
        for (int i = 0; i < s->tile->out * s->tile->out; i++)
            if (at[i] != b.waste) at[i] = (const char *)at[i] + (size_t)f * size;
        s->tile->output(b.m + t * some, s->m_stride, some, bias ? bias + f : NULL, s->activation,
                        (void *const *)(uintptr_t)at, s->half);
    }
    winograd_give(c, slot);
}

static void run_pieces(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const winograd_state *s = c->state;
    for (int64_t i = begin; i < end; i++) run_piece(c, i / s->parts, i % s->parts);
}

static void run(const kernel_call *c) {
    const winograd_state *s = c->state;
    if (s->half && c->inputs > 2)
        blocks_from_bfloat16(s->blocks, s->g.filters, c->in[2], winograd_behind_slots(c));
    if (!s->packed) {
        float *u = weights_at(c), *plain = u + s->weights_floats;
        winograd_transform_weights(c, winograd_floats(s, c->in[1], (int64_t)taps_of(s), plain), u);
    }
    int64_t blocks = (s->tiles + s->block - 1) / s->block;
    parallel_for(c->team, blocks * s->parts, 1, run_pieces, (void *)(uintptr_t)c);
}

const kernel kernel_cpu_conv_winograd = {
    .name = "winograd conv",
    .op = &op_conv,
    .supports = supports,
    .prepare = prepare,
    .bind = winograd_bind,
    .unbind = winograd_unbind,
    .run = run,
    .release = free,
};
