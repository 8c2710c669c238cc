/* Plans and images of convolutions: see conv_plan.h. */
#include "backend/cpu/conv_plan.h"

#include <stdlib.h>
#include <string.h>

bool cpu_conv_supports(const kernel_spec *s) {
    const conv_attrs *a = s->attrs;
    cpu_epilogue e;
    for (int i = 0; i < s->inputs; i++)
        if (s->in[i].dtype != MICA_FLOAT32 || shape_size(&s->in[i].shape) == 0) return false;
    if (shape_size(&s->out[0].shape) == 0) return false;
    for (int i = 0; i < s->inputs; i++) /* offsets within a few images are of 32 bits */
        if (shape_size(&s->in[i].shape) > INT32_MAX / 8) return false;
    return shape_size(&s->out[0].shape) <= INT32_MAX / 8 &&
           epilogue_plan(a->activation, isa_best(), &e);
}

conv_plan *conv_plan_new(const kernel_spec *s, const shape *x, const shape *w) {
    const conv_attrs *a = s->attrs;
    conv_plan *p = allocate(1, sizeof *p);
    if (!p) return NULL;
    isa set = isa_best();
    conv_window(a, x, w, &p->g);
    p->table = ISA_CHOOSE(gemm, set);
    epilogue_plan(a->activation, set, &p->epilogue);
    window *g = &p->g;
    p->copied = g->channels_first;
    for (int i = 0; i < WINDOW_AXES; i++) {
        p->extent[i] = g->in[i] + g->before[i] + g->after[i];
        p->copied = p->copied || p->extent[i] > g->in[i];
    }
    p->depth = g->channels / g->groups;
    p->width = g->filters / g->groups;
    p->k = space_of(g->kernel) * p->depth;
    return p;
}

void conv_plan_free(void *state) {
    conv_plan *p = state;
    free(p->offset);
    free(p);
}

size_t conv_reserve(conv_plan *p, int64_t floats) {
    size_t at = p->scratch_floats;
    p->scratch_floats += ((size_t)floats + 15) & ~(size_t)15;
    return at;
}

/* One row of one padded image. */
static void pad_rows(void *arg, int64_t begin, int64_t end) {
    const conv_images *s = arg;
    int64_t c = s->channels, row = s->padded[2] * c, width = s->extent[2];
    for (int64_t i = begin; i < end; i++) {
        float *to = s->to + i * row;
        int64_t plane = i / s->padded[1], h = i % s->padded[1] - s->before[1];
        int64_t b = plane / s->padded[0], d = plane % s->padded[0] - s->before[0];
        if (h < 0 || h >= s->extent[1] || d < 0 || d >= s->extent[0]) {
            memset(to, 0, (size_t)row * sizeof *to);
            continue;
        }
        int64_t left = s->before[2] * c, right = row - left - width * c;
        memset(to, 0, (size_t)left * sizeof *to);
        memset(to + row - right, 0, (size_t)right * sizeof *to);
        if (!s->first) {
            memcpy(to + left, s->from + ((b * s->extent[0] + d) * s->extent[1] + h) * width * c,
                   (size_t)(width * c) * sizeof *to);
            continue;
        }
        const float *from = s->from + ((b * c * s->extent[0] + d) * s->extent[1] + h) * width;
        for (int64_t k = 0; k < c; k++, from += space_of(s->extent))
            for (int64_t w = 0; w < width; w++) to[left + w * c + k] = from[w];
    }
}

void conv_pad_images(team *t, const conv_images *s) {
    int64_t row = s->padded[2] * s->channels;
    parallel_for(t, s->batch * s->padded[0] * s->padded[1], 1 + 16384 / (row + 1), pad_rows,
                 (void *)s);
}

static void turn_rows(void *arg, int64_t begin, int64_t end) {
    const conv_images *s = arg;
    int64_t c = s->channels, width = s->extent[2];
    for (int64_t i = begin; i < end; i++) {
        int64_t rows = s->extent[0] * s->extent[1], b = i / rows, row = i % rows;
        const float *from = s->from + i * width * c;
        float *to = s->to + (b * c * rows + row) * width;
        for (int64_t k = 0; k < c; k++, to += rows * width)
            for (int64_t w = 0; w < width; w++) to[w] = from[w * c + k];
    }
}

void conv_turn_images(team *t, const conv_images *s) {
    int64_t row = s->extent[2] * s->channels;
    parallel_for(t, s->batch * s->extent[0] * s->extent[1], 1 + 16384 / (row + 1), turn_rows,
                 (void *)s);
}

const float *conv_wide_images(const conv_plan *p, const float *x, float *scratch, team *t) {
    if (!p->copied) return x;
    const window *g = &p->g;
    conv_images s = {.from = x,
                     .to = scratch + p->at_x,
                     .batch = g->batch,
                     .extent = {g->in[0], g->in[1], g->in[2]},
                     .channels = g->channels,
                     .before = {g->before[0], g->before[1], g->before[2]},
                     .padded = {p->extent[0], p->extent[1], p->extent[2]},
                     .first = g->channels_first};
    conv_pad_images(t, &s);
    return s.to;
}
