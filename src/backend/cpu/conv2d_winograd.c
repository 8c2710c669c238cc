/* conv2d by Winograd's method: see winograd.h. */
#include "backend/cpu/winograd.h"

#include <stdlib.h>

static window window_of(const kernel_spec *s) {
    window g;
    conv2d_window(s->attrs, &s->in[0].shape, &s->in[1].shape, &g);
    return g;
}

static bool supports(const kernel_spec *s) {
    window g = window_of(s);
    return winograd_supports(s, &g);
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    window g = window_of(s);
    winograd_state *w = winograd_new(s, &g);
    if (!w) return fail_memory(err, sizeof *w, "winograd convolution");
    p->state = w;
    p->scratch_bytes = ((size_t)w->slots * w->slot_floats + w->weights_floats) * sizeof(float);
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

static void run_block(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const winograd_state *s = c->state;
    int64_t k = s->g.channels, n = s->g.filters;
    const float *u = winograd_weights_at(c), *bias = c->inputs > 2 ? c->in[2] : NULL;
    winograd_buffers b;
    int slot = winograd_take(c, &b);
    const float *at[WINOGRAD_PLACES];
    for (int64_t t = begin; t < end; t++) {
        winograd_pixels(s, c->in[0], t, b.zeros, at);
        s->table->input(at, k, b.v + (t - begin) * k, s->v_stride);
    }
    for (int64_t i = 0; i < WINOGRAD_PLACES; i++)
        s->table->product(end - begin, n, k, b.v + i * s->v_stride, k, u + i * k * n, n,
                          b.m + i * s->m_stride, n);
    for (int64_t t = begin; t < end; t++) {
        winograd_results(s, c->out[0], t, b.waste, at);
        s->table->output(b.m + (t - begin) * n, s->m_stride, n, bias, s->activation,
                         (float *const *)(uintptr_t)at);
    }
    winograd_give(c, slot);
}

static void run(const kernel_call *c) {
    const winograd_state *s = c->state;
    winograd_transform_weights(c, c->in[1]);
    parallel_for(c->team, s->tiles, s->block, run_block, (void *)(uintptr_t)c);
}

const kernel kernel_cpu_conv2d_winograd = {
    .name = "winograd conv2d",
    .op = &op_conv2d,
    .supports = supports,
    .prepare = prepare,
    .bind = winograd_bind,
    .unbind = free,
    .run = run,
    .release = free,
};
