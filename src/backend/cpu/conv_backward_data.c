/* conv_backward_data in float32. For every place (p, q) of the kernel each row of dy, times the
 * weights there (packed as (filters, channels)), is added to the pixel of dx that it came from: no
 * work is spent on padding, and strides and dilations are only another place to add to. */
#include "backend/cpu/conv_plan.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_OF_A_PIECE 48 /* at least, in whole images */

static bool supports(const kernel_spec *s) {
    return s->op == &op_conv_backward_data && cpu_conv_supports(s) &&
           ((const conv_attrs *)s->attrs)->activation == EPILOGUE_NONE;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *plan, mica_error *err) {
    conv_plan *p = conv_plan_new(s, &s->out[0].shape, &s->in[1].shape);
    if (!p) return fail_memory(err, sizeof *p, "conv_backward_data");
    const window *g = &p->g;
    int64_t columns = p->table->columns;
    p->panels = (p->depth + columns - 1) / columns;
    p->panel_floats = p->width * columns;
    p->at_packed = conv_reserve(p, g->groups * space_of(g->kernel) * p->panels * p->panel_floats);
    bool first = g->channels_first;
    p->at_y = conv_reserve(p, first ? g->batch * space_of(g->out) * g->filters : 0);
    p->at_x = conv_reserve(p, first ? g->batch * space_of(g->in) * g->channels : 0);
    plan->state = p;
    plan->scratch_bytes = p->scratch_floats * sizeof(float);
    plan->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct data_call {
    const conv_plan *p;
    const float *dy, *w;
    float *dx, *scratch;
    int64_t together; /* images of a piece */
} data_call;

/* Packed operand i: place, group, panel: w[p, q, c, f] as (f, c). */
static void pack_weights(void *arg, int64_t begin, int64_t end) {
    const data_call *c = arg;
    const conv_plan *p = c->p;
    for (int64_t i = begin; i < end; i++) {
        int64_t panel = i % p->panels, group = i / p->panels % p->g.groups;
        int64_t place = i / p->panels / p->g.groups, column = panel * p->table->columns;
        int64_t left = p->depth - column;
        p->table->pack(p->width, left < p->table->columns ? left : p->table->columns,
                       c->w + (place * p->depth + column) * p->g.filters + group * p->width, 1,
                       p->g.filters, c->scratch + p->at_packed + i * p->panel_floats);
    }
}

/* The rows of a band that meet a place of the kernel: where dy and dx begin. */
typedef struct data_rows {
    const float *dy[CONV_BAND_ROWS];
    float *dx[CONV_BAND_ROWS];
    int64_t count;
} data_rows;

static void fill_rows(const data_call *c, int64_t row, int64_t end, const int64_t place[3],
                      data_rows *d) {
    const window *g = &c->p->g;
    d->count = 0;
    conv_pixel y = conv_pixel_of(g, row);
    for (int64_t from[3]; row < end; row++, conv_next_pixel(g, &y)) {
        if (!window_reads(g, y.at, place, from)) continue;
        d->dy[d->count] = c->dy + row * g->filters;
        d->dx[d->count++] = c->dx + conv_pixel_at(g->in, y.image, from) * g->channels;
    }
}

static void run_place(const data_call *c, const data_rows *d, int64_t place) {
    const conv_plan *p = c->p;
    const gemm_table *table = p->table;
    int64_t columns = table->columns;
    for (int64_t i = 0; i < p->g.groups * p->panels; i++) {
        int64_t group = i / p->panels, column = i % p->panels * columns, left = p->depth - column;
        gemm_tile t = {.k = p->width,
                       .a_step = 1,
                       .b_step = columns,
                       .accumulate = true,
                       .columns = (int)(left < columns ? left : columns),
                       .b = c->scratch + p->at_packed +
                            (place * p->g.groups * p->panels + i) * p->panel_floats};
        for (int64_t row = 0; row < d->count; row += table->rows) {
            t.rows = (int)(d->count - row < table->rows ? d->count - row : table->rows);
            for (int r = 0; r < table->rows; r++) {
                int64_t own = row + (r < t.rows ? r : 0);
                t.a[r] = d->dy[own] + group * p->width;
                t.c[r] = d->dx[own] + group * p->depth + column;
            }
            table->tile(&t);
        }
    }
}

/* Whole images, so that what is added to one pixel comes in one order. */
static void run_images(void *arg, int64_t begin, int64_t end) {
    const data_call *c = arg;
    const window *g = &c->p->g;
    int64_t pixels = space_of(g->out), image = space_of(g->in) * g->channels;
    int64_t high = CONV_BAND * c->p->table->rows;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i * c->together, last = first + c->together;
        if (last > g->batch) last = g->batch;
        memset(c->dx + first * image, 0, (size_t)((last - first) * image) * sizeof(float));
        for (int64_t row = first * pixels; row < last * pixels; row += high) {
            int64_t row_end = row + high < last * pixels ? row + high : last * pixels;
            for (int64_t place = 0; place < space_of(g->kernel); place++) {
                data_rows d;
                int64_t of_rows = place / g->kernel[2];
                fill_rows(c, row, row_end,
                          (int64_t[]){of_rows / g->kernel[1], of_rows % g->kernel[1],
                                      place % g->kernel[2]},
                          &d);
                run_place(c, &d, place);
            }
        }
    }
}

static void run(const kernel_call *k) {
    const conv_plan *p = k->state;
    const window *g = &p->g;
    data_call c = {.p = p, .dy = k->in[0], .w = k->in[1], .dx = k->out[0], .scratch = k->scratch};
    int64_t pixels = space_of(g->out), places = space_of(g->kernel);
    conv_images dy = {.from = k->in[0],
                      .to = c.scratch + p->at_y,
                      .batch = g->batch,
                      .extent = {g->out[0], g->out[1], g->out[2]},
                      .channels = g->filters,
                      .padded = {g->out[0], g->out[1], g->out[2]},
                      .first = true};
    if (g->channels_first) {
        conv_pad_images(k->team, &dy);
        c.dy = dy.to, c.dx = c.scratch + p->at_x;
    }
    parallel_for(k->team, places * g->groups * p->panels, 1 + 65536 / p->panel_floats, pack_weights,
                 &c);
    c.together = (ROWS_OF_A_PIECE + pixels - 1) / pixels;
    int64_t pieces = (g->batch + c.together - 1) / c.together;
    int64_t work = c.together * pixels * p->k * g->filters / g->groups;
    parallel_for(k->team, pieces, 1 + 262144 / work, run_images, &c);
    if (!g->channels_first) return;
    conv_images dx = {.from = c.dx,
                      .to = k->out[0],
                      .batch = g->batch,
                      .extent = {g->in[0], g->in[1], g->in[2]},
                      .channels = g->channels};
    conv_turn_images(k->team, &dx);
}

extern const kernel kernel_cpu_conv_backward_data;
const kernel kernel_cpu_conv_backward_data = {.name = "cpu conv_backward_data",
                                              .op = &op_conv_backward_data,
                                              .supports = supports,
                                              .prepare = prepare,
                                              .run = run,
                                              .release = conv_plan_free};
