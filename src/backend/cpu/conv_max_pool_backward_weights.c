/* conv_max_pool_backward_weights of a first layer: see conv_pool.h. Pieces of the batch, by
 * shapes alone, have sums of their own, which are added in order. */
#include "backend/cpu/conv_pool.h"

#include <stdlib.h>
#include <string.h>

static bool supports(const kernel_spec *s) {
    return conv_pool_supports(s, &s->in[0].shape, &s->out[0].shape);
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    conv_pool_state *t = conv_pool_new(s, &s->in[0].shape, &s->out[0].shape, 8);
    if (!t) return fail_memory(err, sizeof *t, "convolution with pooling");
    t->piece_floats += (size_t)(conv_pool_weights(t) + 36 * t->pool.out[2]);
    p->state = t;
    p->scratch_bytes = (size_t)t->pieces * t->piece_floats * sizeof(float);
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

/* A piece's sum, [channel][tap][filter]: first in its scratch. */
static float *sum_of_piece(const kernel_call *c, int64_t piece) {
    const conv_pool_state *s = c->state;
    return (float *)c->scratch + (size_t)piece * s->piece_floats;
}

static void run_images(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const conv_pool_state *s = c->state;
    int64_t filters = s->conv.filters, row = s->pool.out[2] * filters, plane = s->height * s->width;
    float *sum = sum_of_piece(c, begin / s->images), *choices = sum + conv_pool_weights(s);
    float *image = choices + 36 * s->pool.out[2];
    memset(sum, 0, (size_t)conv_pool_weights(s) * sizeof *sum);
    for (int64_t b = begin; b < end; b++) {
        conv_pool_pad(s, c->in[0], b, image);
        for (int64_t i = 0; i < s->pool.out[1]; i++)
            for (int64_t k = 0; k < s->conv.channels; k++) {
                int64_t at = (b * s->pool.out[1] + i) * row;
                s->table->backward(image + k * plane + 2 * i * s->width, s->width, s->pool.out[2],
                                   filters, (const char *)c->in[1] + at * (s->half ? 2 : 4),
                                   s->half, (const uint8_t *)c->in[2] + at, choices,
                                   sum + 9 * filters * k);
            }
    }
}

static void run(const kernel_call *c) {
    const conv_pool_state *s = c->state;
    int64_t channels = s->conv.channels, filters = s->conv.filters;
    parallel_for(c->team, s->conv.batch, s->images, run_images, (void *)(uintptr_t)c);
    for (int64_t k = 0; k < channels; k++)
        for (int64_t tap = 0; tap < 9; tap++) {
            int64_t at = (tap * channels + k) * filters;
            float *total = sum_of_piece(c, 0) + (9 * k + tap) * filters;
            for (int64_t piece = 1; piece < s->pieces; piece++) {
                const float *sum = sum_of_piece(c, piece) + (9 * k + tap) * filters;
                for (int64_t f = 0; f < filters; f++) total[f] += sum[f];
            }
            if (s->half) blocks_to_bfloat16(s->blocks, filters, total, (uint16_t *)c->out[0] + at);
            else memcpy((float *)c->out[0] + at, total, (size_t)filters * sizeof *total);
        }
}

extern const kernel kernel_cpu_conv_max_pool_backward_weights;
const kernel kernel_cpu_conv_max_pool_backward_weights = {
    .name = "cpu conv_max_pool_backward_weights",
    .op = &op_conv_max_pool_backward_weights,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .release = free,
};
