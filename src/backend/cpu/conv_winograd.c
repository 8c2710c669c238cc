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

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    window g = window_of(s);
    winograd_state *w = winograd_new(s, &g);
    if (!w) return fail_memory(err, sizeof *w, "winograd convolution");
    w->packed = weights_stay(s);
    if (w->packed) winograd_layout(&g, &p->in_layout[1]);
    int64_t blocks = (w->tiles + w->block - 1) / w->block, wide = 2 * w->table->lanes;
    w->parts = 1; /* of few tiles, threads take some of the filters each */
    while (blocks * w->parts < 4 && g.filters % (2 * w->parts * wide) == 0) w->parts *= 2;
    size_t weights = w->packed ? 0 : w->weights_floats;
    p->state = w;
    p->scratch_bytes = ((size_t)w->slots * w->slot_floats + weights) * sizeof(float);
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

/* A block of tiles and a part of the filters. */
static void run_piece(const kernel_call *c, int64_t block, int64_t part) {
    const winograd_state *s = c->state;
    int64_t k = s->g.channels, n = s->g.filters, some = n / s->parts, f = part * some;
    int64_t first = block * s->block, count = s->tiles - first;
    if (count > s->block) count = s->block;
    const float *u = s->packed ? c->in[1] : winograd_weights_at(c);
    const float *bias = c->inputs > 2 ? (const float *)c->in[2] + f : NULL;
    winograd_buffers b;
    int slot = winograd_take(c, &b);
    const float *at[WINOGRAD_PLACES];
    for (int64_t t = 0; t < count; t++) {
        winograd_pixels(s, c->in[0], first + t, b.zeros, at);
        s->table->input(at, k, b.v + t * k, s->v_stride);
    }
    for (int64_t i = 0; i < WINOGRAD_PLACES; i++)
        s->table->product(count, some, k, b.v + i * s->v_stride, k, u + i * k * n + f, n,
                          b.m + i * s->m_stride, some);
    for (int64_t t = 0; t < count; t++) {
        winograd_results(s, c->out[0], first + t, b.waste, at);
        for (int i = 0; i < WINOGRAD_OUT * WINOGRAD_OUT; i++) at[i] += at[i] != b.waste ? f : 0;
        s->table->output(b.m + t * some, s->m_stride, some, bias, s->activation,
                         (float *const *)(uintptr_t)at);
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
    if (!s->packed) winograd_transform_weights(c, c->in[1]);
    int64_t blocks = (s->tiles + s->block - 1) / s->block;
    parallel_for(c->team, blocks * s->parts, 1, run_pieces, (void *)(uintptr_t)c);
}

const kernel kernel_cpu_conv_winograd = {
    .name = "winograd conv",
    .op = &op_conv,
    .supports = supports,
    .prepare = prepare,
    .bind = winograd_bind,
    .unbind = free,
    .run = run,
    .release = free,
};
