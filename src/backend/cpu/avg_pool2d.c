/* avg_pool2d and its gradient in float32: images channels-last by vectors of channels;
 * channels-first ones as images of one channel. Windows of at most 256 places. */
#include "backend/cpu/pool.h"

#include "backend/kernel.h"

#include <string.h>

static bool supports(const kernel_spec *s) {
    if (s->op != &op_avg_pool2d && s->op != &op_avg_pool2d_backward) return false;
    const pool2d_attrs *a = s->attrs;
    return s->out[0].dtype == MICA_FLOAT32 && a->pool[0] * a->pool[1] <= LARGEST_WINDOW;
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

static float share(const avg_call *c, int64_t i, int64_t j) {
    return (float)(1.0 / (double)avg_pool2d_count(&c->g, i, j, c->count_padding));
}

/* Rows begin … end of all output rows (B * OH). */
static void forward_rows(void *arg, int64_t begin, int64_t end) {
    const avg_call *c = arg;
    const window *g = &c->g;
    int64_t place[LARGEST_WINDOW], n = g->channels, image = g->in[0] * g->in[1] * n;
    uint8_t number[LARGEST_WINDOW];
    for (int64_t row = begin; row < end; row++)
        for (int64_t j = 0; j < g->out[1]; j++) {
            int count = pool_places(g, row % g->out[0], j, place, number);
            c->table->average(n, count, c->from + row / g->out[0] * image, place,
                              share(c, row % g->out[0], j), c->to + (row * g->out[1] + j) * n);
        }
}

/* Whole images, so that overlapping windows meet in one thread and in one order. */
static void backward_images(void *arg, int64_t begin, int64_t end) {
    const avg_call *c = arg;
    const window *g = &c->g;
    int64_t place[LARGEST_WINDOW], n = g->channels, image = g->in[0] * g->in[1] * n;
    uint8_t number[LARGEST_WINDOW];
    for (int64_t b = begin; b < end; b++) {
        float *dx = c->to + b * image;
        memset(dx, 0, (size_t)image * sizeof *dx);
        for (int64_t i = 0; i < g->out[0]; i++)
            for (int64_t j = 0; j < g->out[1]; j++) {
                const float *dy = c->from + ((b * g->out[0] + i) * g->out[1] + j) * n;
                int count = pool_places(g, i, j, place, number);
                for (int k = 0; k < count; k++)
                    c->table->add_scaled(n, share(c, i, j), dy, dx + place[k]);
            }
    }
}

static void run(const kernel_call *k) {
    const pool2d_attrs *a = k->attrs;
    bool forward = k->op == &op_avg_pool2d;
    avg_call c = {.g = pool_window_of(a, forward ? &k->in_info[0].shape : &k->out_info[0].shape),
                  .table = k->state,
                  .count_padding = a->count_padding != 0,
                  .from = k->in[0],
                  .to = k->out[0]};
    const window *g = &c.g;
    int64_t row = g->out[1] * g->channels * g->kernel[0] * g->kernel[1];
    if (forward)
        parallel_for(k->team, g->batch * g->out[0], 1 + 32768 / (row + 1), forward_rows, &c);
    else parallel_for(k->team, g->batch, 1 + 32768 / (row * g->out[0] + 1), backward_images, &c);
}

extern const kernel kernel_cpu_avg_pool2d;
const kernel kernel_cpu_avg_pool2d = {
    .name = "cpu avg_pool2d", .supports = supports, .prepare = prepare, .run = run};
