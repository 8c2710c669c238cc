/* Depthwise convolution (as many groups as channels and filters, channels last) and its gradients
 * in float32, by vectors of channels: each pixel of y, or of dx, is a sum over the places of the
 * kernel; dw is summed over slices of the batch, which are added in order, so that its bits do not
 * depend on the number of threads. Kernels of at most 256 places. */
#include "backend/cpu/depthwise.h"

#include "backend/cpu/conv_plan.h"
#include "backend/cpu/pool.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SLICES 8

static bool supports(const kernel_spec *s) {
    bool forward = s->op == &op_conv, data = s->op == &op_conv_backward_data;
    if (!forward && !data && s->op != &op_conv_backward_weights) return false;
    if (!cpu_conv_supports(s)) return false;
    window g;
    conv_window(s->attrs, data ? &s->out[0].shape : &s->in[0].shape,
                forward || data ? &s->in[1].shape : &s->out[0].shape, &g);
    int64_t places = 1;
    for (int i = 0; i < WINDOW_AXES && places <= LARGEST_WINDOW; i++) places *= g.kernel[i];
    return g.groups == g.channels && g.groups == g.filters && !g.channels_first &&
           places <= LARGEST_WINDOW;
}

typedef struct depthwise_state {
    window g;
    const depthwise_table *table;
    const gemm_table *gemm; /* for bias and ReLU */
    cpu_epilogue epilogue;
    int64_t places, slices, per_slice;
} depthwise_state;

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    bool data = s->op == &op_conv_backward_data, weights = s->op == &op_conv_backward_weights;
    depthwise_state *t = allocate(1, sizeof *t);
    if (!t) return fail_memory(err, sizeof *t, "depthwise convolution");
    window *g = &t->g;
    conv_window(s->attrs, data ? &s->out[0].shape : &s->in[0].shape,
                weights ? &s->out[0].shape : &s->in[1].shape, g);
    t->table = ISA_CHOOSE(depthwise, isa_best());
    t->gemm = ISA_CHOOSE(gemm, isa_best());
    epilogue_plan(((const conv_attrs *)s->attrs)->activation, isa_best(), &t->epilogue);
    t->places = space_of(g->kernel);
    t->per_slice = (g->batch + MOST_SLICES - 1) / MOST_SLICES;
    t->slices = (g->batch + t->per_slice - 1) / t->per_slice;
    if (weights) p->scratch_bytes = (size_t)(t->slices * t->places * g->channels) * sizeof(float);
    p->state = t;
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct depthwise_call {
    const depthwise_state *t;
    const float *x, *w, *bias; /* x: or dy */
    float *y;                  /* or dx, or the slices of dw */
    const float *dy;           /* of the weights' gradient */
} depthwise_call;

/* The places p of the kernel whose window reads the pixel `from` of x: where these stand in dy. */
static int readers(const window *g, const int64_t from[3], int64_t *place, uint8_t *number) {
    int64_t p[MAX_RANK] = {0}, at[3];
    const shape places = window_places(g);
    int count = 0;
    for (int64_t k = 0, n = shape_size(&places); k < n; k++, next_index(&places, p)) {
        if (!window_reading(g, from, p, at)) continue;
        place[count] = image_at(g, g->out, g->filters, 0, at, 0);
        number[count++] = (uint8_t)k;
    }
    return count;
}

/* Rows begin … end of all rows of y (B * OD * OH). */
static void forward_rows(void *arg, int64_t begin, int64_t end) {
    const depthwise_call *c = arg;
    const depthwise_state *t = c->t;
    const window *g = &t->g;
    int64_t n = g->channels, rows = g->out[0] * g->out[1];
    pool_alike a;
    for (int64_t row = begin; row < end; row++) {
        float *y = c->y + row * g->out[2] * n, *to = y;
        const float *image = c->x + row / rows * space_of(g->in) * n;
        for (int64_t j = 0; j < g->out[2]; j += a.row.windows) {
            pool_find_alike(g, row, j, &a);
            for (int64_t w = 0; w < a.row.windows; w++, to += n) {
                t->table->sum(n, a.row.count, image + w * a.row.step, a.place, c->w, a.number, to);
                if (c->bias || t->epilogue.relu) t->gemm->finish(n, c->bias, t->epilogue.relu, to);
            }
        }
        epilogue_run(&t->epilogue, g->out[2] * n, y);
    }
}

/* How many pixels of dx from `at` on along its row are read alike, each by dy one further. */
static int64_t alike_readers(const window *g, int64_t at) {
    int64_t last = at + g->before[2], first = last - (g->kernel[2] - 1) * g->dilations[2];
    if (g->strides[2] != 1 || first < 0 || last >= g->out[2]) return 1;
    int64_t whole = g->out[2] - last, left = g->in[2] - at;
    return whole < left ? whole : left;
}

/* Rows begin … end of all rows of dx (B * D * H). */
static void data_rows(void *arg, int64_t begin, int64_t end) {
    const depthwise_call *c = arg;
    const window *g = &c->t->g;
    int64_t n = g->channels, rows = g->in[0] * g->in[1], place[LARGEST_WINDOW];
    uint8_t number[LARGEST_WINDOW];
    for (int64_t row = begin; row < end; row++) {
        int64_t at[3] = {row % rows / g->in[1], row % g->in[1], 0}, alike;
        const float *image = c->x + row / rows * space_of(g->out) * n;
        float *to = c->y + row * g->in[2] * n;
        for (; at[2] < g->in[2]; at[2] += alike) {
            int count = readers(g, at, place, number);
            alike = alike_readers(g, at[2]);
            for (int64_t w = 0; w < alike; w++, to += n)
                c->t->table->sum(n, count, image + w * n, place, c->w, number, to);
        }
    }
}

static void weight_slices(void *arg, int64_t begin, int64_t end) {
    const depthwise_call *c = arg;
    const depthwise_state *t = c->t;
    const window *g = &t->g;
    int64_t n = g->channels, rows = g->out[0] * g->out[1];
    pool_alike a;
    for (int64_t i = begin; i < end; i++) {
        float *dw = c->y + i * t->places * n;
        memset(dw, 0, (size_t)(t->places * n) * sizeof *dw);
        int64_t first = i * t->per_slice, last = first + t->per_slice;
        if (last > g->batch) last = g->batch;
        for (int64_t row = first * rows; row < last * rows; row++)
            for (int64_t j = 0; j < g->out[2]; j += a.row.windows) {
                const float *x = c->x + row / rows * space_of(g->in) * n;
                const float *dy = c->dy + (row * g->out[2] + j) * n;
                pool_find_alike(g, row, j, &a);
                for (int64_t w = 0; w < a.row.windows; w++)
                    t->table->add(n, a.row.count, x + w * a.row.step, a.place, dy + w * n, a.number,
                                  dw);
            }
    }
}

static void run_weights(const kernel_call *k) {
    const depthwise_state *t = k->state;
    int64_t size = t->places * t->g.channels;
    depthwise_call c = {.t = t, .x = k->in[0], .dy = k->in[1], .y = k->scratch};
    float *dw = k->out[0];
    parallel_for(k->team, t->slices, 1, weight_slices, &c);
    memcpy(dw, c.y, (size_t)size * sizeof *dw);
    for (int64_t i = 1; i < t->slices; i++) t->gemm->finish(size, c.y + i * size, false, dw);
}

static void run(const kernel_call *k) {
    const depthwise_state *t = k->state;
    const window *g = &t->g;
    if (k->op == &op_conv_backward_weights) {
        run_weights(k);
        return;
    }
    bool forward = k->op == &op_conv;
    depthwise_call c = {.t = t,
                        .x = k->in[0],
                        .w = k->in[1],
                        .bias = forward && k->inputs > 2 ? k->in[2] : NULL,
                        .y = k->out[0]};
    const int64_t *extent = forward ? g->out : g->in;
    int64_t work = extent[2] * g->channels * t->places;
    parallel_for(k->team, g->batch * extent[0] * extent[1], 1 + 32768 / work,
                 forward ? forward_rows : data_rows, &c);
}

extern const kernel kernel_cpu_depthwise;
const kernel kernel_cpu_depthwise = {
    .name = "cpu depthwise", .supports = supports, .prepare = prepare, .run = run, .release = free};
