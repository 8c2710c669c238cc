/* conv_max_pool of a first layer: see conv_pool.h. */
#include "backend/cpu/conv_pool.h"

#include <stdlib.h>
#include <string.h>

static bool supports(const kernel_spec *s) {
    return conv_pool_supports(s, &s->in[0].shape, &s->in[1].shape);
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    conv_pool_state *t = conv_pool_new(s, &s->in[0].shape, &s->in[1].shape, 16);
    if (!t) return fail_memory(err, sizeof *t, "convolution with pooling");
    p->state = t;
    t->parts = t->conv.batch < 3 ? 2 : 1;
    size_t weights = (size_t)conv_pool_weights(t),
           floats = t->half ? weights + (size_t)t->conv.filters : 0;
    p->scratch_bytes = ((size_t)(t->pieces * t->parts) * t->piece_floats + weights + floats) *
                       sizeof(float);
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

/* Packed weights: behind the padded images; of bfloat16, then bias and weights as float32. */
static float *packed_weights_at(const kernel_call *c) {
    const conv_pool_state *s = c->state;
    return (float *)c->scratch + (size_t)(s->pieces * s->parts) * s->piece_floats;
}

/* (3, 3, C, F) as the loops want them, filters by two vectors. */
static void pack(const conv_pool_state *s, const float *w, float *to) {
    int64_t filters = s->conv.filters, channels = s->conv.channels, both = 2 * s->table->lanes;
    for (int64_t f = 0; f < filters; f += both) {
        int64_t some = filters - f < both ? filters - f : both;
        for (int64_t c = 0; c < channels; c++)
            for (int64_t tap = 0; tap < 9; tap++, to += some)
                memcpy(to, w + (tap * channels + c) * filters + f, (size_t)some * sizeof *to);
    }
}

/* Images of a piece, or of few images some rows. */
static void run_piece(const kernel_call *c, int64_t piece, int64_t first_row, int64_t last_row) {
    const conv_pool_state *s = c->state;
    float *image = (float *)c->scratch + (size_t)piece * s->piece_floats;
    float *packed = packed_weights_at(c);
    const float *bias = c->inputs < 3 ? NULL : s->half ? packed + conv_pool_weights(s) : c->in[2];
    int64_t row = s->pool.out[2] * s->conv.filters, begin = piece / s->parts * s->images;
    int64_t end = begin + s->images < s->conv.batch ? begin + s->images : s->conv.batch;
    uint8_t *index = c->out[1];
    for (int64_t b = begin; b < end; b++) {
        conv_pool_pad(s, c->in[0], b, image);
        for (int64_t i = first_row; i < last_row; i++) {
            int64_t at = (b * s->pool.out[1] + i) * row;
            s->table->forward(image + 2 * i * s->width, s->width, s->height * s->width,
                              s->conv.channels, s->pool.out[2], s->conv.filters, packed, bias,
                              s->activation, (char *)c->out[0] + at * (s->half ? 2 : 4), s->half,
                              index ? index + at : NULL);
        }
    }
}

static void run_pieces(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const conv_pool_state *s = c->state;
    int64_t rows = (s->pool.out[1] + s->parts - 1) / s->parts;
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t first = piece % s->parts * rows, last = first + rows;
        run_piece(c, piece, first, last < s->pool.out[1] ? last : s->pool.out[1]);
    }
}

static void run(const kernel_call *c) {
    const conv_pool_state *s = c->state;
    float *packed = packed_weights_at(c), *bias = packed + conv_pool_weights(s),
          *w = bias + s->conv.filters;
    if (s->half) blocks_from_bfloat16(s->blocks, conv_pool_weights(s), c->in[1], w);
    if (s->half && c->inputs > 2) blocks_from_bfloat16(s->blocks, s->conv.filters, c->in[2], bias);
    pack(s, s->half ? w : c->in[1], packed);
    parallel_for(c->team, s->pieces * s->parts, 1, run_pieces, (void *)(uintptr_t)c);
}

extern const kernel kernel_cpu_conv_max_pool;
const kernel kernel_cpu_conv_max_pool = {
    .name = "cpu conv_max_pool",
    .op = &op_conv_max_pool,
    .supports = supports,
    .prepare = prepare,
    .run = run,
    .release = free,
};
