/* max_pool2d and its gradient in float32: images channels-last by vectors of channels; channels-first
 * ones as images of one channel. Windows of at most 256 places. */
#include "backend/cpu/pool.h"

#include "backend/kernel.h"
#include "op/window.h"

#include <string.h>

#define LARGEST_WINDOW 256

/* The window's numbers with channels-first folded into the batch. */
static window window_of(const pool2d_attrs *a, const shape *x) {
    window g;
    pool2d_window(a, x, &g);
    if (g.channels_first) g.batch *= g.channels, g.channels = g.filters = 1, g.channels_first = false;
    return g;
}

static bool pool_supports(const kernel_spec *s) {
    const pool2d_attrs *a = s->attrs;
    mica_dtype dtype = s->op == &op_max_pool2d ? s->out[1].dtype : s->in[1].dtype;
    return s->out[0].dtype == MICA_FLOAT32 && dtype == MICA_UINT8 &&
           a->pool[0] * a->pool[1] <= LARGEST_WINDOW;
}

static mica_status pool_prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    p->state = (void *)ISA_CHOOSE(pools, isa_best()); /* a constant: nothing to release */
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct pool_call {
    window g;
    const pool_table *table;
    const float *x; /* or dy */
    float *y;       /* or dx */
    uint8_t *index;
} pool_call;

/* The places of window (i, j) that lie in the image: offsets in an image, and their numbers. */
static int places(const window *g, int64_t i, int64_t j, int64_t *place, uint8_t *number) {
    int count = 0;
    for (int64_t p = 0; p < g->kernel[0]; p++)
        for (int64_t q = 0; q < g->kernel[1]; q++) {
            int64_t h = i * g->strides[0] - g->before[0] + p;
            int64_t w = j * g->strides[1] - g->before[1] + q;
            if (h < 0 || h >= g->in[0] || w < 0 || w >= g->in[1]) continue;
            place[count] = (h * g->in[1] + w) * g->channels;
            number[count++] = (uint8_t)(p * g->kernel[1] + q);
        }
    return count;
}

/* Rows begin … end of all output rows (B * OH). */
static void forward_rows(void *arg, int64_t begin, int64_t end) {
    const pool_call *c = arg;
    const window *g = &c->g;
    int64_t place[LARGEST_WINDOW], n = g->channels, image = g->in[0] * g->in[1] * n;
    uint8_t number[LARGEST_WINDOW];
    for (int64_t row = begin; row < end; row++) {
        const float *x = c->x + row / g->out[0] * image;
        for (int64_t j = 0; j < g->out[1]; j++) {
            int64_t at = (row * g->out[1] + j) * n;
            int count = places(g, row % g->out[0], j, place, number);
            c->table->max(n, count, x, place, number, c->y + at, c->index ? c->index + at : NULL);
        }
    }
}

static void max_pool_run(const kernel_call *c) {
    pool_call call = {.g = window_of(c->attrs, &c->in_info[0].shape), .table = c->state,
                      .x = c->in[0], .y = c->out[0], .index = c->out[1]};
    int64_t row = call.g.out[1] * call.g.channels * call.g.kernel[0] * call.g.kernel[1];
    parallel_for(c->team, call.g.batch * call.g.out[0], 1 + 32768 / (row + 1), forward_rows, &call);
}

/* Whole images, so that overlapping windows meet in one thread and in one order. */
static void backward_images(void *arg, int64_t begin, int64_t end) {
    const pool_call *c = arg;
    const window *g = &c->g;
    int64_t place[LARGEST_WINDOW], n = g->channels, image = g->in[0] * g->in[1] * n;
    uint8_t number[LARGEST_WINDOW];
    bool overlap = g->strides[0] < g->kernel[0] || g->strides[1] < g->kernel[1];
    bool covered = !overlap && g->out[0] * g->kernel[0] == g->in[0] &&
                   g->out[1] * g->kernel[1] == g->in[1];
    for (int64_t b = begin; b < end; b++) {
        float *dx = c->y + b * image;
        if (!covered) memset(dx, 0, (size_t)image * sizeof *dx);
        for (int64_t i = 0; i < g->out[0]; i++)
            for (int64_t j = 0; j < g->out[1]; j++) {
                int64_t at = ((b * g->out[0] + i) * g->out[1] + j) * n;
                int count = places(g, i, j, place, number);
                for (int k = 0; k < count; k++)
                    c->table->spread(n, c->x + at, c->index + at, number[k], dx + place[k], overlap);
            }
    }
}

static void max_pool_backward_run(const kernel_call *c) {
    pool_call call = {.g = window_of(c->attrs, &c->out_info[0].shape), .table = c->state,
                      .x = c->in[0], .y = c->out[0], .index = (uint8_t *)c->in[1]};
    int64_t image = call.g.in[0] * call.g.in[1] * call.g.channels;
    parallel_for(c->team, call.g.batch, 1 + 32768 / (image + 1), backward_images, &call);
}

static bool max_pool_supports(const kernel_spec *s) {
    return (s->op == &op_max_pool2d || s->op == &op_max_pool2d_backward) && pool_supports(s);
}

static void run(const kernel_call *c) {
    if (c->op == &op_max_pool2d) max_pool_run(c);
    else max_pool_backward_run(c);
}

extern const kernel kernel_cpu_max_pool2d;
const kernel kernel_cpu_max_pool2d = {.name = "cpu max_pool2d", .supports = max_pool_supports,
                                      .prepare = pool_prepare, .run = run};
