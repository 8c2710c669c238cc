/* max_pool and its gradient in float32, and in bfloat16 where windows do not overlap: images
 * channels-last by vectors of channels; channels-first ones as images of one channel. Windows of at
 * most 256 places. */
#include "backend/cpu/pool.h"

#include "backend/kernel.h"

#include <string.h>

static bool pool_supports(const kernel_spec *s) {
    const pool_attrs *a = s->attrs;
    bool forward = s->op == &op_max_pool, half = s->out[0].dtype == MICA_BFLOAT16;
    mica_dtype index = forward ? s->out[1].dtype : s->in[1].dtype;
    if (half ? !forward && pool_overlaps(a) : s->out[0].dtype != MICA_FLOAT32) return false;
    return index == MICA_UINT8 && pool_window_fits(a);
}

static mica_status pool_prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    p->state = (void *)ISA_CHOOSE(pools, isa_best()); /* a constant: nothing to release */
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct pool_call {
    window g;
    const pool_table *table;
    bool half;     /* bfloat16 */
    const char *x; /* or dy */
    char *y;       /* or dx */
    uint8_t *index;
} pool_call;

/* Rows begin … end of all output rows. */
static void forward_rows(void *arg, int64_t begin, int64_t end) {
    const pool_call *c = arg;
    const window *g = &c->g;
    int64_t n = g->channels, image = space_of(g->in) * n, rows = g->out[0] * g->out[1];
    size_t size = c->half ? 2 : 4;
    pool_alike a;
    for (int64_t row = begin; row < end; row++)
        for (int64_t j = 0; j < g->out[2]; j += a.row.windows) {
            int64_t at = (row * g->out[2] + j) * n;
            pool_find_alike(g, row, j, &a);
            c->table->max(&a.row, c->half, c->x + (size_t)(row / rows * image) * size,
                          c->y + (size_t)at * size, c->index ? c->index + at : NULL);
        }
}

static void max_pool_run(const kernel_call *c) {
    pool_call call = {.g = pool_window_of(c->attrs, &c->in_info[0].shape),
                      .table = c->state,
                      .half = c->out_info[0].dtype == MICA_BFLOAT16,
                      .x = c->in[0],
                      .y = c->out[0],
                      .index = c->out[1]};
    int64_t row = call.g.out[2] * call.g.channels * space_of(call.g.kernel);
    parallel_for(c->team, call.g.batch * call.g.out[0] * call.g.out[1], 1 + 32768 / (row + 1),
                 forward_rows, &call);
}

/* Whole images, so that overlapping windows meet in one thread and in one order. */
static void backward_images(void *arg, int64_t begin, int64_t end) {
    const pool_call *c = arg;
    const window *g = &c->g;
    int64_t n = g->channels, image = space_of(g->in) * n, rows = g->out[0] * g->out[1];
    size_t size = c->half ? 2 : 4;
    bool overlap = false, covered = true;
    for (int i = 0; i < WINDOW_AXES; i++) {
        overlap |= g->strides[i] < g->kernel[i];
        covered &= g->out[i] * g->kernel[i] == g->in[i];
    }
    covered &= !overlap;
    pool_alike a;
    for (int64_t b = begin; b < end; b++) {
        char *dx = c->y + (size_t)(b * image) * size;
        if (!covered) memset(dx, 0, (size_t)image * size);
        for (int64_t row = b * rows; row < (b + 1) * rows; row++)
            for (int64_t j = 0; j < g->out[2]; j += a.row.windows) {
                int64_t at = (row * g->out[2] + j) * n;
                pool_find_alike(g, row, j, &a);
                c->table->spread(&a.row, c->half, c->x + (size_t)at * size, c->index + at, dx,
                                 overlap);
            }
    }
}

static void max_pool_backward_run(const kernel_call *c) {
    pool_call call = {.g = pool_window_of(c->attrs, &c->out_info[0].shape),
                      .table = c->state,
                      .half = c->out_info[0].dtype == MICA_BFLOAT16,
                      .x = c->in[0],
                      .y = c->out[0],
                      .index = (uint8_t *)c->in[1]};
    int64_t image = space_of(call.g.in) * call.g.channels;
    parallel_for(c->team, call.g.batch, 1 + 32768 / (image + 1), backward_images, &call);
}

static bool max_pool_supports(const kernel_spec *s) {
    return (s->op == &op_max_pool || s->op == &op_max_pool_backward) && pool_supports(s);
}

static void run(const kernel_call *c) {
    if (c->op == &op_max_pool) max_pool_run(c);
    else max_pool_backward_run(c);
}

extern const kernel kernel_cpu_max_pool;
const kernel kernel_cpu_max_pool = {
    .name = "cpu max_pool", .supports = max_pool_supports, .prepare = pool_prepare, .run = run};
