/* conv_backward_data by Winograd's method: see winograd.h. A piece is a few whole images, whose
 * tiles are added where they overlap, in order. */
#include "backend/cpu/winograd.h"

#include <stdlib.h>
#include <string.h>

static window window_of(const kernel_spec *s) {
    window g;
    conv_window(s->attrs, &s->out[0].shape, &s->in[1].shape, &g);
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
    int64_t of_image = w->tiles_high * w->tiles_wide;
    w->images = w->block > of_image ? w->block / of_image : 1;
    if (w->half) w->image_floats = (size_t)(w->images * g.in[1] * g.in[2] * g.channels);
    w->slot_floats += w->image_floats;
    p->state = w;
    p->scratch_bytes = winograd_scratch(w,
                                        w->weights_floats + (size_t)(9 * g.channels * g.filters));
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

static void run_images(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const winograd_state *s = c->state;
    int64_t k = s->g.channels, n = s->g.filters, image = s->g.in[1] * s->g.in[2] * k;
    int64_t of_image = s->tiles_high * s->tiles_wide, pixels = (end - begin) * image;
    const float *u = winograd_behind_slots(c); /* [place][filter][channel] */
    const void *at[WINOGRAD_MOST_PLACES];
    winograd_buffers b;
    int slot = winograd_take(c, &b);
    float *dx = s->half ? b.images : (float *)c->out[0] + begin * image; /* from image `begin` on */
    memset(dx, 0, (size_t)pixels * sizeof *dx);
    for (int64_t first = begin * of_image; first < end * of_image; first += s->block) {
        int64_t count = end * of_image - first < s->block ? end * of_image - first : s->block;
        for (int64_t t = 0; t < count; t++) {
            winograd_results(s, c->in[0], winograd_size(s), first + t, b.zeros, at);
            s->tile->output_back(at, s->half, n, b.m + t * n, s->m_stride);
        }
        for (int64_t i = 0; i < s->tile->places; i++)
            s->table->product(count, k, n, b.m + i * s->m_stride, n, u + i * k * n, k,
                              b.v + i * s->v_stride, k);
        for (int64_t t = 0; t < count; t++) {
            winograd_pixels(s, dx, sizeof *dx, first + t - begin * of_image, b.waste, at);
            s->tile->input_back(b.v + t * k, s->v_stride, k, (float *const *)(uintptr_t)at);
        }
    }
    if (s->half) blocks_to_bfloat16(s->blocks, pixels, dx, (uint16_t *)c->out[0] + begin * image);
    winograd_give(c, slot);
}

/* Weights (3, 3, K, N) as (3, 3, N, K). */
static void transpose_taps(const float *w, int64_t k, int64_t n, float *out) {
    for (int tap = 0; tap < 9; tap++, w += k * n, out += k * n)
        for (int64_t i = 0; i < k; i += 8)
            for (int64_t j = 0; j < n; j++)
                for (int64_t e = 0; e < 8; e++) out[j * k + i + e] = w[(i + e) * n + j];
}

static void run(const kernel_call *c) {
    const winograd_state *s = c->state;
    int64_t k = s->g.channels, n = s->g.filters;
    float *u = winograd_behind_slots(c), *turned = u + s->weights_floats;
    transpose_taps(winograd_floats(s, c->in[1], 9 * k * n, u), k, n, turned); /* u is free so far */
    winograd_transform_weights(c, turned, u);
    parallel_for(c->team, s->g.batch, s->images, run_images, (void *)(uintptr_t)c);
}

const kernel kernel_cpu_conv_backward_data_winograd = {
    .name = "winograd conv_backward_data",
    .op = &op_conv_backward_data,
    .supports = supports,
    .prepare = prepare,
    .bind = winograd_bind,
    .unbind = winograd_unbind,
    .run = run,
    .release = free,
};
