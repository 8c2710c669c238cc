/* conv_backward_weights in float32: dw (K, F) = patches^T dy, the patches read where they lie in
 * the (padded) images. The batch is cut into slices by its size alone; each slice sums into weights
 * of its own, and these are added in order: the bits do not depend on the number of threads. */
#include "backend/cpu/conv_plan.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SLICES 8
#define LENGTH_OF_A_SUM 256 /* pixels of one sum in registers, about */
#define TILES_OF_A_CHUNK 16

static bool supports(const kernel_spec *s) {
    return s->op == &op_conv_backward_weights && cpu_conv_supports(s);
}

/* Where the patch of pixel (image, i, j) begins, from the first image's first float. */
static bool plan_offsets(conv_plan *p) {
    const window *g = &p->g;
    p->offset = allocate((size_t)(p->together * space_of(g->out)), sizeof *p->offset);
    if (!p->offset) return false;
    int32_t *at = p->offset;
    for (conv_pixel y = {0}; y.image < p->together; conv_next_pixel(g, &y))
        *at++ = (int32_t)conv_patch_at(p, &y);
    return true;
}

static void plan_sums(conv_plan *p) {
    const window *g = &p->g;
    int64_t pixels = space_of(g->out), columns = p->table->columns;
    p->slices = g->batch < MOST_SLICES ? g->batch : MOST_SLICES;
    p->per_slice = (g->batch + p->slices - 1) / p->slices;
    p->slices = (g->batch + p->per_slice - 1) / p->per_slice;
    p->together = pixels < LENGTH_OF_A_SUM ? LENGTH_OF_A_SUM / pixels : 1;
    if (p->together > p->per_slice) p->together = p->per_slice;
    int64_t high = TILES_OF_A_CHUNK * p->table->rows;
    p->chunks = (p->k + high - 1) / high;
    p->panels = (p->width + columns - 1) / columns;
    p->panel_floats = g->batch * pixels * columns; /* of dy, where it is packed */
}

/* dy may be read where it lies if its groups are whole panels. */
static bool dy_as_it_is(const conv_plan *p) {
    return p->width % p->table->columns == 0 && !p->g.channels_first;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *plan, mica_error *err) {
    conv_plan *p = conv_plan_new(s, &s->in[0].shape, &s->in[2].shape);
    if (p) plan_sums(p);
    if (!p || !plan_offsets(p)) {
        if (p) conv_plan_free(p);
        return fail_memory(err, sizeof *p, "conv_backward_weights");
    }
    const window *g = &p->g;
    p->at_x = conv_reserve(p, p->copied ? g->batch * space_of(p->extent) * g->channels : 0);
    p->at_y = conv_reserve(p, g->channels_first ? g->batch * space_of(g->out) * g->filters : 0);
    p->at_packed = conv_reserve(p, dy_as_it_is(p) ? 0 : g->groups * p->panels * p->panel_floats);
    p->at_partial = conv_reserve(p, p->slices > 1 ? p->slices * p->k * g->filters : 0);
    plan->state = p;
    plan->scratch_bytes = p->scratch_floats * sizeof(float);
    plan->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct weights_call {
    const conv_plan *p;
    const float *x, *dy, *packed; /* packed NULL: dy as it is */
    float *dw, *partial, *scratch;
} weights_call;

static void pack_dy(void *arg, int64_t begin, int64_t end) {
    const weights_call *c = arg;
    const conv_plan *p = c->p;
    int64_t columns = p->table->columns, rows = p->g.batch * space_of(p->g.out);
    for (int64_t i = begin; i < end; i++) {
        int64_t column = i % p->panels * columns, left = p->width - column;
        p->table->pack(rows, left < columns ? left : columns,
                       c->dy + i / p->panels * p->width + column, p->g.filters, 1,
                       c->scratch + p->at_packed + i * p->panel_floats);
    }
}

/* Images first … last: one panel of filters, rows (kernel place and channel) row … row_end of dw.
 */
static void run_panel(const weights_call *c, int64_t number, const int64_t images[2],
                      const int64_t rows[2], bool accumulate, float *dw) {
    const conv_plan *p = c->p;
    const window *g = &p->g;
    const gemm_table *table = p->table;
    int64_t pixels = space_of(g->out), group = number / p->panels;
    int64_t column = number % p->panels * table->columns, left = p->width - column;
    int64_t filter = group * p->width + column, image = space_of(p->extent) * g->channels;
    gemm_tile t = {.k = (images[1] - images[0]) * pixels,
                   .offset = p->offset,
                   .columns = (int)(left < table->columns ? left : table->columns),
                   .accumulate = accumulate};
    t.b = c->packed ? c->packed + number * p->panel_floats + images[0] * pixels * table->columns
                    : c->dy + images[0] * pixels * g->filters + filter;
    t.b_step = c->packed ? table->columns : g->filters;
    const float *x = c->x + images[0] * image + group * p->depth;
    for (int64_t row = rows[0]; row < rows[1]; row += table->rows) {
        t.rows = (int)(rows[1] - row < table->rows ? rows[1] - row : table->rows);
        for (int r = 0; r < table->rows; r++) {
            int64_t own = row + (r < t.rows ? r : 0);
            t.a[r] = x + conv_place_at(p, own / p->depth) + own % p->depth;
            t.c[r] = dw + own * g->filters + filter;
        }
        table->tile(&t);
    }
}

/* A piece: one slice of the batch, one chunk of the rows of dw. */
static void run_pieces(void *arg, int64_t begin, int64_t end) {
    const weights_call *c = arg;
    const conv_plan *p = c->p;
    for (int64_t i = begin; i < end; i++) {
        int64_t slice = i / p->chunks, chunk = i % p->chunks;
        int64_t high = TILES_OF_A_CHUNK * p->table->rows,
                rows[2] = {chunk * high, chunk * high + high};
        if (rows[1] > p->k) rows[1] = p->k;
        int64_t image = slice * p->per_slice, last = image + p->per_slice;
        if (last > p->g.batch) last = p->g.batch;
        float *dw = p->slices > 1 ? c->partial + slice * p->k * p->g.filters : c->dw;
        for (bool accumulate = false; image < last; image += p->together, accumulate = true) {
            int64_t images[2] = {image, image + p->together < last ? image + p->together : last};
            for (int64_t panel = 0; panel < p->g.groups * p->panels; panel++)
                run_panel(c, panel, images, rows, accumulate, dw);
        }
    }
}

static void add_slices(void *arg, int64_t begin, int64_t end) {
    const weights_call *c = arg;
    int64_t size = c->p->k * c->p->g.filters;
    for (int64_t i = begin; i < end; i += 1024) {
        int64_t n = end - i < 1024 ? end - i : 1024;
        memcpy(c->dw + i, c->partial + i, (size_t)n * sizeof(float));
        for (int64_t s = 1; s < c->p->slices; s++)
            c->p->table->finish(n, c->partial + s * size + i, false, c->dw + i);
    }
}

static void run(const kernel_call *k) {
    const conv_plan *p = k->state;
    const window *g = &p->g;
    weights_call c = {.p = p, .dy = k->in[1], .dw = k->out[0], .scratch = k->scratch};
    c.partial = c.scratch + p->at_partial;
    c.x = conv_wide_images(p, k->in[0], c.scratch, k->team);
    if (g->channels_first) {
        conv_images dy = {.from = k->in[1],
                          .to = c.scratch + p->at_y,
                          .batch = g->batch,
                          .extent = {g->out[0], g->out[1], g->out[2]},
                          .channels = g->filters,
                          .padded = {g->out[0], g->out[1], g->out[2]},
                          .first = true};
        conv_pad_images(k->team, &dy);
        c.dy = dy.to;
    }
    if (!dy_as_it_is(p)) {
        parallel_for(k->team, g->groups * p->panels, 1, pack_dy, &c);
        c.packed = c.scratch + p->at_packed;
    }
    int64_t work = p->per_slice * space_of(g->out) * p->k * g->filters / (g->groups * p->chunks);
    parallel_for(k->team, p->slices * p->chunks, 1 + 262144 / (work + 1), run_pieces, &c);
    if (p->slices > 1) parallel_for(k->team, p->k * g->filters, 16384, add_slices, &c);
}

extern const kernel kernel_cpu_conv_backward_weights;
const kernel kernel_cpu_conv_backward_weights = {.name = "cpu conv_backward_weights",
                                                 .op = &op_conv_backward_weights,
                                                 .supports = supports,
                                                 .prepare = prepare,
                                                 .run = run,
                                                 .release = conv_plan_free};
