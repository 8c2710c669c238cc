/* avg_pool and its gradient in float32: images channels-last by vectors of channels;
 * channels-first ones as images of one channel. Windows of at most 256 places. */
#include "backend/cpu/pool.h"

#include "backend/kernel.h"

#include <string.h>

static bool supports(const kernel_spec *s) {
    if (s->op != &op_avg_pool && s->op != &op_avg_pool_backward) return false;
    const pool_attrs *a = s->attrs;
    return s->out[0].dtype == MICA_FLOAT32 && pool_window_fits(a);
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    p->state = (void *)ISA_CHOOSE(pools, isa_best()); /* a constant: nothing to release */
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct avg_call {
    window g;
    const pool_table *table;
    bool count_padding;
    const float *from;
    float *to;
} avg_call;

/* The windows alike from column j of a row on, and the share of one element in their means. */
static float find_alike(const avg_call *c, int64_t row, int64_t j, pool_alike *a) {
    const window *g = &c->g;
    const int64_t at[3] = {row / g->out[1] % g->out[0], row % g->out[1], j};
    pool_find_alike(g, row, j, a);
    return (float)(1.0 / (double)avg_pool_count(g, at, c->count_padding));
}

/* Rows begin … end of all output rows. */
static void forward_rows(void *arg, int64_t begin, int64_t end) {
    const avg_call *c = arg;
    const window *g = &c->g;
    int64_t n = g->channels, image = space_of(g->in) * n, rows = g->out[0] * g->out[1];
    pool_alike a;
    for (int64_t row = begin; row < end; row++)
        for (int64_t j = 0; j < g->out[2]; j += a.row.windows) {
            float share = find_alike(c, row, j, &a);
            const float *from = c->from + row / rows * image;
            float *to = c->to + (row * g->out[2] + j) * n;
            for (int64_t w = 0; w < a.row.windows; w++)
                c->table->average(n, a.row.count, from + w * a.row.step, a.place, share,
                                  to + w * n);
        }
}

/* Whole images, so that overlapping windows meet in one thread and in one order. */
static void backward_images(void *arg, int64_t begin, int64_t end) {
    const avg_call *c = arg;
    const window *g = &c->g;
    int64_t n = g->channels, image = space_of(g->in) * n, rows = g->out[0] * g->out[1];
    pool_alike a;
    for (int64_t b = begin; b < end; b++) {
        float *dx = c->to + b * image;
        memset(dx, 0, (size_t)image * sizeof *dx);
        for (int64_t row = b * rows; row < (b + 1) * rows; row++)
            for (int64_t j = 0; j < g->out[2]; j += a.row.windows) {
                const float *dy = c->from + (row * g->out[2] + j) * n;
                float share = find_alike(c, row, j, &a);
                for (int64_t w = 0; w < a.row.windows; w++)
                    for (int k = 0; k < a.row.count; k++)
                        c->table->add_scaled(n, share, dy + w * n,
                                             dx + w * a.row.step + a.place[k]);
            }
    }
}

static void run(const kernel_call *k) {
    const pool_attrs *a = k->attrs;
    bool forward = k->op == &op_avg_pool;
    avg_call c = {.g = pool_window_of(a, forward ? &k->in_info[0].shape : &k->out_info[0].shape),
                  .table = k->state,
                  .count_padding = a->count_padding != 0,
                  .from = k->in[0],
                  .to = k->out[0]};
    const window *g = &c.g;
    int64_t row = g->out[2] * g->channels * space_of(g->kernel), rows = g->out[0] * g->out[1];
    if (forward) parallel_for(k->team, g->batch * rows, 1 + 32768 / (row + 1), forward_rows, &c);
    else parallel_for(k->team, g->batch, 1 + 32768 / (row * rows + 1), backward_images, &c);
}

extern const kernel kernel_cpu_avg_pool;
const kernel kernel_cpu_avg_pool = {
    .name = "cpu avg_pool", .supports = supports, .prepare = prepare, .run = run};
