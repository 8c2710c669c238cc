/* conv in float32: a product of the patches, read where they lie in the (padded) image, with the
 * weights packed into panels (gemm.h). Bands of output pixels are worked on by one thread; k is cut
 * into stretches whose panel stays in the first-level cache. */
#include "backend/cpu/conv_plan.h"

#include <stdlib.h>
#include <string.h>

#define STRETCH 320
#define FEW 1024 /* weights of a group, at most, that are all kept in the first-level cache */

static bool supports(const kernel_spec *s) { return s->op == &op_conv && cpu_conv_supports(s); }

/* Where element (p, q, c) of a patch lies, from its first float. */
static bool plan_offsets(conv_plan *p) {
    const window *g = &p->g;
    p->offset = allocate((size_t)p->k, sizeof *p->offset);
    if (!p->offset) return false;
    int32_t *at = p->offset;
    for (int64_t place = 0; place < space_of(g->kernel); place++)
        for (int64_t c = 0; c < p->depth; c++) *at++ = (int32_t)(conv_place_at(p, place) + c);
    return true;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *plan, mica_error *err) {
    conv_plan *p = conv_plan_new(s, &s->in[0].shape, &s->in[1].shape);
    if (!p || !plan_offsets(p)) {
        if (p) conv_plan_free(p);
        return fail_memory(err, sizeof *p, "conv");
    }
    const window *g = &p->g;
    int64_t columns = p->table->columns;
    p->bias = s->inputs > 2;
    p->panels = (p->width + columns - 1) / columns;
    p->panel_floats = p->k * columns;
    p->at_packed = conv_reserve(p, g->groups * p->panels * p->panel_floats);
    p->at_bias = conv_reserve(p, p->bias ? g->groups * p->panels * columns : 0);
    p->at_x = conv_reserve(p, p->copied ? g->batch * space_of(p->extent) * g->channels : 0);
    p->at_y = conv_reserve(p, g->channels_first ? g->batch * space_of(g->out) * g->filters : 0);
    plan->state = p;
    plan->scratch_bytes = p->scratch_floats * sizeof(float);
    plan->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct conv_call {
    const conv_plan *p;
    const float *x, *w;
    const float *bias; /* of all groups, filled up to whole panels */
    float *y, *scratch;
} conv_call;

/* Weights (K, F): panel i % panels of group i / panels. */
static void pack_weights(void *arg, int64_t begin, int64_t end) {
    const conv_call *c = arg;
    const conv_plan *p = c->p;
    for (int64_t i = begin; i < end; i++) {
        int64_t column = i % p->panels * p->table->columns, left = p->width - column;
        p->table->pack(p->k, left < p->table->columns ? left : p->table->columns,
                       c->w + i / p->panels * p->width + column, p->g.filters, 1,
                       c->scratch + p->at_packed + i * p->panel_floats);
    }
}

/* The rows of a band: where patch and output pixel begin. */
typedef struct band {
    const float *x[CONV_BAND_ROWS];
    float *y[CONV_BAND_ROWS];
    int64_t rows;
} band;

static void fill_band(const conv_call *c, int64_t row, band *b) {
    const window *g = &c->p->g;
    int64_t all = g->batch * space_of(g->out), most = CONV_BAND * c->p->table->rows;
    b->rows = all - row < most ? all - row : most;
    conv_pixel y = conv_pixel_of(g, row);
    for (int64_t r = 0; r < b->rows; r++, conv_next_pixel(g, &y)) {
        b->x[r] = c->x + conv_patch_at(c->p, &y);
        b->y[r] = c->y + (row + r) * g->filters;
    }
}

static void run_panel(const conv_call *c, const band *b, int64_t group, int64_t panel, int64_t k,
                      int64_t length) {
    const conv_plan *p = c->p;
    int64_t columns = p->table->columns, number = group * p->panels + panel;
    int64_t left = p->width - panel * columns, first = group * p->width + panel * columns;
    bool last = k + length == p->k;
    gemm_tile t = {.k = length,
                   .offset = p->offset + k,
                   .b_step = columns,
                   .accumulate = k > 0,
                   .b = c->scratch + p->at_packed + number * p->panel_floats + k * columns,
                   .bias = last && c->bias ? c->bias + number * columns : NULL,
                   .columns = (int)(left < columns ? left : columns),
                   .relu = last && p->epilogue.relu};
    for (int64_t row = 0; row < b->rows; row += p->table->rows) {
        t.rows = (int)(b->rows - row < p->table->rows ? b->rows - row : p->table->rows);
        for (int r = 0; r < p->table->rows; r++) {
            int64_t own = row + (r < t.rows ? r : 0);
            t.a[r] = b->x[own] + group * p->depth;
            t.c[r] = b->y[own] + first;
        }
        p->table->tile(&t);
    }
}

static void run_group(const conv_call *c, const band *b, int64_t group) {
    const conv_plan *p = c->p;
    if (p->k * p->width > FEW) {
        for (int64_t k = 0; k < p->k; k += STRETCH)
            for (int64_t panel = 0; panel < p->panels; panel++)
                run_panel(c, b, group, panel, k, p->k - k < STRETCH ? p->k - k : STRETCH);
        return;
    }
    const float *x[CONV_BAND_ROWS];
    float *y[CONV_BAND_ROWS];
    for (int64_t r = 0; r < b->rows; r++)
        x[r] = b->x[r] + group * p->depth, y[r] = b->y[r] + group * p->width;
    int64_t panel = group * p->panels;
    p->table->band(&(gemm_band){.x = x,
                                .y = y,
                                .rows = b->rows,
                                .offset = p->offset,
                                .k = p->k,
                                .n = p->width,
                                .b = c->scratch + p->at_packed + panel * p->panel_floats,
                                .bias = c->bias ? c->bias + panel * p->table->columns : NULL,
                                .relu = p->epilogue.relu});
}

static void run_bands(void *arg, int64_t begin, int64_t end) {
    const conv_call *c = arg;
    const conv_plan *p = c->p;
    for (int64_t i = begin; i < end; i++) {
        band b;
        fill_band(c, i * CONV_BAND * p->table->rows, &b);
        for (int64_t group = 0; group < p->g.groups; group++) run_group(c, &b, group);
        epilogue_run(&p->epilogue, b.rows * p->g.filters, b.y[0]);
    }
}

static const float *fill_bias(const conv_plan *p, const float *bias, float *scratch) {
    int64_t columns = p->table->columns;
    float *to = scratch + p->at_bias;
    memset(to, 0, (size_t)(p->g.groups * p->panels * columns) * sizeof *to);
    for (int64_t i = 0; i < p->g.groups; i++)
        memcpy(to + i * p->panels * columns, bias + i * p->width, (size_t)p->width * sizeof *to);
    return to;
}

static void run(const kernel_call *k) {
    const conv_plan *p = k->state;
    const window *g = &p->g;
    conv_call c = {.p = p, .w = k->in[1], .scratch = k->scratch, .y = k->out[0]};
    if (p->bias) c.bias = fill_bias(p, k->in[2], c.scratch);
    if (g->channels_first) c.y = c.scratch + p->at_y;
    parallel_for(k->team, g->groups * p->panels, 1 + 65536 / p->panel_floats, pack_weights, &c);
    c.x = conv_wide_images(p, k->in[0], c.scratch, k->team);
    int64_t high = CONV_BAND * p->table->rows, rows = g->batch * space_of(g->out);
    int64_t work = high * p->k * g->filters / g->groups;
    parallel_for(k->team, (rows + high - 1) / high, 1 + 262144 / work, run_bands, &c);
    if (!g->channels_first) return;
    conv_images turned = {.from = c.y,
                          .to = k->out[0],
                          .batch = g->batch,
                          .extent = {g->out[0], g->out[1], g->out[2]},
                          .channels = g->filters};
    conv_turn_images(k->team, &turned);
}

extern const kernel kernel_cpu_conv;
const kernel kernel_cpu_conv = {.name = "cpu conv",
                                .op = &op_conv,
                                .supports = supports,
                                .prepare = prepare,
                                .run = run,
                                .release = conv_plan_free};
