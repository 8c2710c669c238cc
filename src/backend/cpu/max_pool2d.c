/* max_pool2d and its gradient in float32: images channels-last by vectors of channels;
 * channels-first ones as images of one channel. Windows of at most 256 places. */
#include "backend/cpu/pool.h"

#include "backend/kernel.h"

#include <string.h>

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

/* The windows of an output row that begin at its column j, as many as lie alike: all that lie whole
 * within the width, or one. */
typedef struct alike {
    pool_row row;
    int64_t place[LARGEST_WINDOW];
    uint8_t number[LARGEST_WINDOW];
} alike;

static void find_alike(const window *g, int64_t i, int64_t j, alike *a) {
    int64_t left = j * g->strides[1] - g->before[1], whole = 1;
    if (left >= 0 && left + g->kernel[1] <= g->in[1])
        whole = (g->in[1] - g->kernel[1] + g->before[1]) / g->strides[1] + 1 - j;
    if (whole > g->out[1] - j) whole = g->out[1] - j;
    a->row = (pool_row){.windows = whole,
                        .step = g->strides[1] * g->channels,
                        .n = g->channels,
                        .place = a->place,
                        .number = a->number};
    a->row.count = pool_places(g, i, j, a->place, a->number);
}

/* Rows begin … end of all output rows (B * OH). */
static void forward_rows(void *arg, int64_t begin, int64_t end) {
    const pool_call *c = arg;
    const window *g = &c->g;
    int64_t n = g->channels, image = g->in[0] * g->in[1] * n;
    alike a;
    for (int64_t row = begin; row < end; row++)
        for (int64_t j = 0; j < g->out[1]; j += a.row.windows) {
            int64_t at = (row * g->out[1] + j) * n;
            find_alike(g, row % g->out[0], j, &a);
            c->table->max(&a.row, c->x + row / g->out[0] * image, c->y + at,
                          c->index ? c->index + at : NULL);
        }
}

static void max_pool_run(const kernel_call *c) {
    pool_call call = {.g = pool_window_of(c->attrs, &c->in_info[0].shape),
                      .table = c->state,
                      .x = c->in[0],
                      .y = c->out[0],
                      .index = c->out[1]};
    int64_t row = call.g.out[1] * call.g.channels * call.g.kernel[0] * call.g.kernel[1];
    parallel_for(c->team, call.g.batch * call.g.out[0], 1 + 32768 / (row + 1), forward_rows, &call);
}

/* Whole images, so that overlapping windows meet in one thread and in one order. */
static void backward_images(void *arg, int64_t begin, int64_t end) {
    const pool_call *c = arg;
    const window *g = &c->g;
    int64_t n = g->channels, image = g->in[0] * g->in[1] * n;
    bool overlap = g->strides[0] < g->kernel[0] || g->strides[1] < g->kernel[1];
    bool covered = !overlap && g->out[0] * g->kernel[0] == g->in[0] &&
                   g->out[1] * g->kernel[1] == g->in[1];
    alike a;
    for (int64_t b = begin; b < end; b++) {
        float *dx = c->y + b * image;
        if (!covered) memset(dx, 0, (size_t)image * sizeof *dx);
        for (int64_t i = 0; i < g->out[0]; i++)
            for (int64_t j = 0; j < g->out[1]; j += a.row.windows) {
                int64_t at = ((b * g->out[0] + i) * g->out[1] + j) * n;
                find_alike(g, i, j, &a);
                c->table->spread(&a.row, c->x + at, c->index + at, dx, overlap);
            }
    }
}

static void max_pool_backward_run(const kernel_call *c) {
    pool_call call = {.g = pool_window_of(c->attrs, &c->out_info[0].shape),
                      .table = c->state,
                      .x = c->in[0],
                      .y = c->out[0],
                      .index = (uint8_t *)c->in[1]};
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
const kernel kernel_cpu_max_pool2d = {
    .name = "cpu max_pool2d", .supports = max_pool_supports, .prepare = pool_prepare, .run = run};
