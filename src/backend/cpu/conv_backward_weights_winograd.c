/* conv_backward_weights by Winograd's method: see winograd.h. The batch is cut into slices, by
 * shapes alone; each sums its own product for each place, and the slices are added in order. */
#include "backend/cpu/winograd.h"

#include <stdlib.h>

#define SLICES 4
#define SLICES_BYTES (16 << 20) /* at most, but for two slices */
#define GRAIN 512               /* weights that are finished together */

static window window_of(const kernel_spec *s) {
    window g;
    conv_window(s->attrs, &s->in[0].shape, &s->out[0].shape, &g);
    return g;
}

static bool supports(const kernel_spec *s) {
    window g = window_of(s);
    return winograd_supports(s, &g, false);
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    window g = window_of(s);
    winograd_state *w = winograd_new(s, &g, false);
    if (!w) return fail_memory(err, sizeof *w, "winograd convolution");
    int64_t slices = (int64_t)(SLICES_BYTES / (w->weights_floats * sizeof(float)));
    slices = slices < 2 ? 2 : slices > SLICES ? SLICES : slices;
    if (slices > g.batch) slices = g.batch;
    w->images = (g.batch + slices - 1) / slices;
    w->slices = (g.batch + w->images - 1) / w->images;
    size_t halves = w->half ? (size_t)(9 * g.channels * g.filters) : 0;
    p->state = w;
    p->scratch_bytes = winograd_scratch(w, (size_t)w->slices * w->weights_floats + halves);
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

static float *slice_at(const kernel_call *c, int64_t i) {
    const winograd_state *s = c->state;
    return winograd_behind_slots(c) + (size_t)i * s->weights_floats;
}

static void run_slice(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const winograd_state *s = c->state;
    int64_t k = s->g.channels, n = s->g.filters, of_image = s->tiles_high * s->tiles_wide;
    float *du = slice_at(c, begin / s->images);
    const void *at[WINOGRAD_MOST_PLACES];
    size_t size = winograd_size(s);
    winograd_buffers b;
    int slot = winograd_take(c, &b);
    for (int64_t first = begin * of_image; first < end * of_image; first += s->block) {
        int64_t count = end * of_image - first < s->block ? end * of_image - first : s->block;
        for (int64_t t = 0; t < count; t++) {
            winograd_pixels(s, c->in[0], size, first + t, b.zeros, at);
            s->tile->input(at, s->half, k, b.v + t * k, s->v_stride);
            winograd_results(s, c->in[1], size, first + t, b.zeros, at);
            s->tile->output_back(at, s->half, n, b.m + t * n, s->m_stride);
        }
        for (int64_t i = 0; i < s->tile->places; i++)
            s->table->product_transposed(k, n, count, b.v + i * s->v_stride, k,
                                         b.m + i * s->m_stride, n, du + i * k * n, n,
                                         first > begin * of_image);
    }
    winograd_give(c, slot);
}

static void finish(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const winograd_state *s = c->state;
    int64_t kn = s->g.channels * s->g.filters, n = end - begin;
    float *dw = s->half ? slice_at(c, s->slices) : c->out[0]; /* behind the slices */
    s->tile->weights_back(slice_at(c, 0) + begin, s->slices, (int64_t)s->weights_floats, kn, n,
                          dw + begin, kn);
    for (int tap = 0; s->half && tap < 9; tap++)
        blocks_to_bfloat16(s->blocks, n, dw + tap * kn + begin,
                           (uint16_t *)c->out[0] + tap * kn + begin);
}

static void run(const kernel_call *c) {
    const winograd_state *s = c->state;
    parallel_for(c->team, s->g.batch, s->images, run_slice, (void *)(uintptr_t)c);
    parallel_for(c->team, s->g.channels * s->g.filters, GRAIN, finish, (void *)(uintptr_t)c);
}

const kernel kernel_cpu_conv_backward_weights_winograd = {
    .name = "winograd conv_backward_weights",
    .op = &op_conv_backward_weights,
    .supports = supports,
    .prepare = prepare,
    .bind = winograd_bind,
    .unbind = winograd_unbind,
    .run = run,
    .release = free,
};
