/* What Winograd's kernels share: see winograd.h. */
#include "backend/cpu/winograd.h"

#include "base/memory.h"
#include "op/epilogue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES                                                                                \
    (320 << 10) /* of places that go through the steps together: they stay in L2                   \
                 */

static int activation_of(int64_t epilogue) {
    return epilogue == EPILOGUE_NONE    ? WINOGRAD_NONE
           : epilogue == EPILOGUE_RELU  ? WINOGRAD_RELU
           : epilogue == EPILOGUE_RELU6 ? WINOGRAD_RELU6
                                        : -1;
}

static int64_t tiles_along(const window *g, int axis, int out) {
    return (g->out[axis] + out - 1) / out;
}

/* By how much it must save multiplications. Those here are of float32, whatever lies in memory; the
 * direct way multiplies bfloat16 twice as fast on AVX512_BF16 (measured on one core: forward and
 * backward-data win from a gain of 1.85 on, weights' gradients from 1.35), and eight times on AMX,
 * where nothing wins. */
static double gain_needed(const kernel_spec *s) {
    if (s->out[0].dtype != MICA_BFLOAT16 || isa_bfloat16() == ISA_NO_BFLOAT16) return 1;
    if (isa_bfloat16() == ISA_BFLOAT16_TILES) return HUGE_VAL;
    return s->op == &op_conv_backward_weights ? 1.35 : 1.85;
}

/* Multiplications with tiles of that size, and what the transforms and the way of the weights cost
 * beside them. */
static double cost_of(const winograd_tile *t, const window *g, double weights) {
    double tiles = (double)(g->batch * tiles_along(g, 1, t->out) * tiles_along(g, 2, t->out));
    double k = (double)g->channels, n = (double)g->filters;
    return t->places * (tiles * (k * n + 8 * (k + n)) + weights * k * n);
}

#define WAY_OF_WEIGHTS 24 /* multiplications that bringing a weight to its place is worth */
#define WAY_OF_PACKED 6

/* The large tiles are for results that are rounded to bfloat16 anyway, and not for packed weights,
 * which would take five or seven times the memory and the caches. Packed weights are kept for
 * batches of all sizes alike, so those have no say. */
static const winograd_tile *best_tile(const kernel_spec *s, const window *g, bool packed) {
    const winograd_table *table = ISA_CHOOSE(winograd, isa_best());
    const winograd_tile *best = table->tile[0];
    double weights = packed ? 0 : WAY_OF_WEIGHTS;
    bool large = s->out[0].dtype == MICA_BFLOAT16 && !packed;
    int sizes = large ? WINOGRAD_TILES : WINOGRAD_TILES - WINOGRAD_LARGE;
    for (int i = 1; i < sizes; i++)
        if (cost_of(table->tile[i], g, weights) < cost_of(best, g, weights)) best = table->tile[i];
    return best;
}

bool winograd_supports(const kernel_spec *s, const window *g, bool packed) {
    mica_dtype dtype = s->out[0].dtype;
    if (dtype != MICA_FLOAT32 && dtype != MICA_BFLOAT16) return false;
    for (int i = 0; i < s->inputs; i++)
        if (s->in[i].dtype != dtype || shape_size(&s->in[i].shape) <= 0) return false;
    const conv_attrs *a = s->attrs;
    int lanes = ISA_CHOOSE(winograd, isa_best())->lanes;
    if (lanes < 8 || activation_of(a->activation) < 0 || g->channels_first || g->axes != 2 ||
        g->groups != 1 || g->channels % lanes || g->filters % lanes)
        return false;
    for (int i = 1; i < 3; i++)
        if (g->kernel[i] != 3 || g->strides[i] != 1 || g->dilations[i] != 1 || g->out[i] < 1)
            return false;
    double k = (double)g->channels, n = (double)g->filters;
    double direct = (double)(g->batch * g->out[1] * g->out[2]) * k * n + 6 * k * n;
    const winograd_tile *tile = best_tile(s, g, packed);
    double own = cost_of(tile, g, packed ? WAY_OF_PACKED : WAY_OF_WEIGHTS);
    return gain_needed(s) * own < 9 * direct;
}

/* Steps between places: no multiple of 4096 bytes, where all would meet in the same cache sets. */
static int64_t place_stride(int64_t floats) { return floats % 256 == 0 ? floats + 16 : floats; }

winograd_state *winograd_new(const kernel_spec *s, const window *g, bool packed) {
    winograd_state *w = allocate(1, sizeof *w);
    if (!w) return NULL;
    w->table = ISA_CHOOSE(winograd, isa_best());
    w->blocks = ISA_CHOOSE(blocks, isa_best());
    w->g = *g;
    w->tile = best_tile(s, g, packed);
    w->packed = packed;
    w->tiles_high = tiles_along(g, 1, w->tile->out);
    w->tiles_wide = tiles_along(g, 2, w->tile->out);
    w->tiles = g->batch * w->tiles_high * w->tiles_wide;
    w->activation = activation_of(((const conv_attrs *)s->attrs)->activation);
    w->half = s->out[0].dtype == MICA_BFLOAT16;
    int64_t both = g->channels + g->filters, rows = w->table->rows;
    int64_t block = BLOCK_BYTES / (w->tile->places * (int64_t)sizeof(float) * both) / rows * rows;
    w->block = block < rows ? rows : block;
    w->v_stride = place_stride(w->block * g->channels);
    w->m_stride = place_stride(w->block * g->filters);
    w->slots = s->threads < 1 ? 1 : s->threads;
    w->widest = g->channels > g->filters ? g->channels : g->filters;
    w->slot_floats = (size_t)(w->tile->places * (w->v_stride + w->m_stride) + 2 * w->widest);
    w->weights_floats = (size_t)(w->tile->places * g->channels * g->filters);
    return w;
}

size_t winograd_scratch(const winograd_state *w, size_t weights_floats) {
    return ((size_t)w->slots * w->slot_floats + weights_floats) * sizeof(float);
}

void winograd_unbind(void *run_state) {
    winograd_slots *slots = run_state;
    if (slots) release_aligned(slots->more);
    free(slots);
}

void *winograd_bind(const kernel_plan *p, int threads) {
    const winograd_state *w = p->state;
    winograd_slots *slots = allocate(1, sizeof *slots + (size_t)threads * sizeof(atomic_flag));
    if (!slots) return NULL;
    slots->count = threads;
    for (int i = 0; i < threads; i++) atomic_flag_clear(&slots->taken[i]);
    if (threads <= w->slots) return slots;
    size_t more = (size_t)(threads - w->slots);
    slots->more = allocate_aligned(more * w->slot_floats * sizeof(float));
    if (slots->more) return slots;
    winograd_unbind(slots);
    return NULL;
}

/* As many as threads of the team: one is free. */
int winograd_take(const kernel_call *c, winograd_buffers *b) {
    const winograd_state *w = c->state;
    winograd_slots *slots = c->run_state;
    int i = 0;
    while (atomic_flag_test_and_set_explicit(&slots->taken[i], memory_order_acquire))
        i = (i + 1) % slots->count;
    b->v = i < w->slots ? (float *)c->scratch + (size_t)i * w->slot_floats
                        : slots->more + (size_t)(i - w->slots) * w->slot_floats;
    b->m = b->v + w->tile->places * w->v_stride;
    b->zeros = b->m + w->tile->places * w->m_stride;
    b->waste = b->zeros + w->widest;
    b->images = b->waste + w->widest;
    memset(b->zeros, 0, (size_t)w->widest * sizeof(float));
    return i;
}

void winograd_give(const kernel_call *c, int slot) {
    winograd_slots *slots = c->run_state;
    atomic_flag_clear_explicit(&slots->taken[slot], memory_order_release);
}

float *winograd_behind_slots(const kernel_call *c) {
    const winograd_state *w = c->state;
    return (float *)c->scratch + (size_t)w->slots * w->slot_floats;
}

static void put_name(const winograd_tile *t, char out[16]) {
    memset(out, 0, 16);
    snprintf(out, 16, "winograd %dx%d", t->side, t->side);
}

/* The blob: the name, channels, filters. */
void winograd_layout(const winograd_state *w, layout *out) {
    int64_t dims[] = {w->g.channels, w->g.filters};
    char name[16];
    put_name(w->tile, name);
    memset(out, 0, sizeof *out);
    memcpy(out->name, name, sizeof name);
    memcpy(out->blob, name, sizeof name);
    memcpy(out->blob + sizeof name, dims, sizeof dims);
    out->bytes = w->weights_floats * sizeof(float);
}

static const winograd_tile *tile_of(const layout *l) {
    const winograd_table *table = ISA_CHOOSE(winograd, isa_best());
    for (int i = 0; i < WINOGRAD_TILES; i++) {
        char name[16];
        put_name(table->tile[i], name);
        if (memcmp(l->blob, name, sizeof name) == 0) return table->tile[i];
    }
    return NULL;
}

mica_status winograd_reorder(const operand *what, const layout *from, const void *in,
                             const layout *to, void *out, team *team, mica_error *err) {
    int64_t dims[2];
    const winograd_tile *tile = from || !to ? NULL : tile_of(to);
    if (!tile)
        return fail(err, MICA_INTERNAL, "cpu reorder: from %s to %s, expected weights to winograd",
                    from ? from->name : "row-major", to ? to->name : "row-major");
    memcpy(dims, to->blob + 16, sizeof dims);
    int64_t n = dims[0] * dims[1];
    const float *w = in;
    float *floats = NULL;
    if (what->dtype == MICA_BFLOAT16) {
        size_t bytes = (size_t)(9 * n) * sizeof(float);
        if (!(floats = allocate_aligned(bytes))) return fail_memory(err, bytes, "weights");
        blocks_from_bfloat16(ISA_CHOOSE(blocks, isa_best()), 9 * n, in, floats);
        w = floats;
    }
    tile->weights(w, n, n, out, n);
    release_aligned(floats);
    return MICA_OK;
}

const float *winograd_floats(const winograd_state *s, const void *w, int64_t n, float *to) {
    if (!s->half) return w;
    blocks_from_bfloat16(s->blocks, n, w, to);
    return to;
}

typedef struct weights_job {
    const winograd_tile *tile;
    const float *w;
    float *u;
    int64_t n;
} weights_job;

static void transform_some(void *arg, int64_t begin, int64_t end) {
    const weights_job *j = arg;
    j->tile->weights(j->w + begin, j->n, end - begin, j->u + begin, j->n);
}

void winograd_transform_weights(const kernel_call *c, const float *w, float *u) {
    const winograd_state *s = c->state;
    weights_job j = {s->tile, w, u, s->g.channels * s->g.filters};
    parallel_for(c->team, j.n, 1024, transform_some, &j);
}

/* Pixel (h, w) of an image, or `outside`; `pixel` bytes each. */
static void list_pixels(const char *image, const int64_t extent[2], size_t pixel, int64_t top,
                        int64_t left, int side, const void *outside, const void **at) {
    for (int64_t h = top; h < top + side; h++)
        for (int64_t w = left; w < left + side; w++) {
            bool inside = h >= 0 && h < extent[0] && w >= 0 && w < extent[1];
            *at++ = inside ? image + (size_t)(h * extent[1] + w) * pixel : outside;
        }
}

void winograd_pixels(const winograd_state *s, const void *x, size_t size, int64_t t,
                     const void *outside, const void **at) {
    const window *g = &s->g;
    int64_t of_image = s->tiles_high * s->tiles_wide, i = t % of_image;
    size_t pixel = (size_t)g->channels * size;
    const char *image = (const char *)x + (size_t)(t / of_image * g->in[1] * g->in[2]) * pixel;
    list_pixels(image, g->in + 1, pixel, i / s->tiles_wide * s->tile->out - g->before[1],
                i % s->tiles_wide * s->tile->out - g->before[2], s->tile->side, outside, at);
}

void winograd_results(const winograd_state *s, const void *y, size_t size, int64_t t,
                      const void *outside, const void **at) {
    const window *g = &s->g;
    int64_t of_image = s->tiles_high * s->tiles_wide, i = t % of_image;
    size_t pixel = (size_t)g->filters * size;
    const char *image = (const char *)y + (size_t)(t / of_image * g->out[1] * g->out[2]) * pixel;
    list_pixels(image, g->out + 1, pixel, i / s->tiles_wide * s->tile->out,
                i % s->tiles_wide * s->tile->out, s->tile->out, outside, at);
}
