/* conv_backward_weights: x, dy, (w) to dw (KH, KW, C/groups, F).
 *
 * The batch is cut into slices; each has a gradient of its own in the scratch, and they are added
 * in the order of the slices. How many there are depends on shapes alone: so the sum has the same
 * bits for any number of threads, which oneDNN's own split of the sum has not. Slices of bfloat16
 * have float32 gradients: their sum is rounded once. */
#include "backend/onednn/conv.h"
#include "base/memory.h"

#include <stdlib.h>

#define SLICES_BYTES (16 << 20) /* all slices together take about as much at most */
#define MAX_SLICES 8
#define GRAIN 4096 /* elements of one piece of the sum */

typedef struct slices_state {
    primitives primitives; /* first: primitives_bind reads it */
    int unpack; /* the step that brings dw into the plain layout and type; -1: it has them */
    dnnl_data_type_t type; /* of x, dy and dw; gradients of slices are float32 */
    int count;
    int step[2];                  /* of all slices, and of a last one that is smaller */
    int64_t images, batch, x, dy; /* images of a slice, of all; elements of an image */
    size_t slice_bytes;           /* of one gradient */
    size_t piece_bytes;           /* of a primitive's scratch */
} slices_state;

/* Adds the primitive for `batch` images; *dw is what the first one wants its gradient to be. */
static mica_status add_step(slices_state *s, const window *g, int64_t batch, desc *dw, int *step,
                            mica_error *err) {
    primitives *p = &s->primitives;
    conv_geometry geometry = conv_geometry_of(g);
    desc x = desc_x(g, s->type, batch, g->in), y = desc_y(g, s->type, batch, g->out);
    desc w = *dw ? *dw : desc_weights(g, dnnl_f32, true);
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = dnnl_out_of_memory;
    if (x && y && w)
        status = pd_conv_backward_weights(&pd, p->engine, x, w, NULL, y, &geometry, p->attr);
    desc_free(x);
    desc_free(y);
    if (!*dw) desc_free(w);
    if (status) return fail_dnnl(err, status, "weight gradient");
    const char *name = "";
    if (!implementation_is_fast(pd, &name)) {
        dnnl_primitive_desc_destroy(pd);
        return fail(err, MICA_UNSUPPORTED, "oneDNN: weight gradient has only %s", name);
    }
    if (!*dw && !(*dw = desc_of_argument(pd, DNNL_ARG_DIFF_WEIGHTS))) {
        dnnl_primitive_desc_destroy(pd);
        return fail_memory(err, sizeof(desc), "a memory descriptor");
    }
    const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS};
    TRY(primitives_add(p, pd, arguments, 3, step, err));
    size_t bytes = primitives_scratch(p, *step);
    if (bytes > s->piece_bytes) s->piece_bytes = bytes;
    return MICA_OK;
}

static void cut(slices_state *s, const window *g) {
    size_t bytes = sizeof(float) *
                   (size_t)(space_of(g->kernel) * (g->channels / g->groups) * g->filters);
    int64_t limit = (int64_t)(SLICES_BYTES / bytes);
    if (limit > MAX_SLICES) limit = MAX_SLICES;
    if (limit < 2) limit = 2;
    if (limit > g->batch) limit = g->batch;
    s->images = images_of_piece(g->batch, pieces_for(conv_work(g), 8e6, limit));
    s->count = (int)((g->batch + s->images - 1) / s->images);
    s->batch = g->batch;
    s->x = space_of(g->in) * g->channels;
    s->dy = space_of(g->out) * g->filters;
}

static mica_status add_unpack(slices_state *s, const window *g, desc dw, mica_error *err) {
    primitives *p = &s->primitives;
    desc plain = desc_weights(g, s->type, false);
    if (!plain) return fail_memory(err, sizeof(desc), "a memory descriptor");
    s->unpack = -1;
    mica_status status = MICA_OK;
    if (!desc_equal(plain, dw)) {
        dnnl_primitive_desc_t pd = NULL;
        dnnl_status_t r = pd_reorder(&pd, p->engine, dw, plain, p->plain_attr);
        status = r ? fail_dnnl(err, r, "reorder of a weight gradient")
                   : primitives_add(p, pd, (int[]){DNNL_ARG_FROM, DNNL_ARG_TO}, 2, &s->unpack, err);
    }
    desc_free(plain);
    return status;
}

static mica_status prepare_slices(slices_state *s, const window *g, desc *dw, mica_error *err) {
    TRY(primitives_open(&s->primitives, err));
    cut(s, g);
    TRY(add_step(s, g, s->images, dw, &s->step[0], err));
    int64_t rest = g->batch % s->images;
    if (rest) TRY(add_step(s, g, rest, dw, &s->step[1], err));
    s->slice_bytes = whole_lines(desc_bytes(*dw));
    return add_unpack(s, g, *dw, err);
}

static void release(void *state) {
    slices_state *s = state;
    primitives_close(&s->primitives);
    free(s);
}

static mica_status prepare(const kernel_spec *spec, kernel_plan *p, mica_error *err) {
    window g;
    conv_window(spec->attrs, &spec->in[0].shape, &spec->out[0].shape, &g);
    slices_state *s = allocate(1, sizeof *s);
    if (!s) return fail_memory(err, sizeof *s, "oneDNN weight gradient");
    s->type = element_type(spec);
    desc dw = NULL;
    int threads = alone_begin();
    mica_status status = prepare_slices(s, &g, &dw, err);
    alone_end(threads);
    desc_free(dw);
    if (status != MICA_OK) {
        release(s);
        return status;
    }
    p->state = s;
    p->detail = s->primitives.detail;
    p->scratch_bytes = (size_t)s->count * (s->slice_bytes + s->piece_bytes);
    if (s->unpack >= 0) p->scratch_bytes += primitives_scratch(&s->primitives, s->unpack);
    return MICA_OK;
}

/* Where the gradient of a slice is made: the first of a plain layout in its place already. */
static float *gradient_of_slice(const kernel_call *c, int64_t i) {
    const slices_state *s = c->state;
    if (i == 0 && s->unpack < 0) return c->out[0];
    return (float *)((char *)c->scratch + (size_t)i * s->slice_bytes);
}

static void run_slices(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const slices_state *s = c->state;
    char *scratch = (char *)c->scratch + (size_t)s->count * s->slice_bytes;
    size_t size = element_bytes(s->type);
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i * s->images;
        bool smaller = first + s->images > s->batch;
        const void *pointers[] = {element_at(c->in[0], first * s->x, size),
                                  element_at(c->in[1], first * s->dy, size),
                                  gradient_of_slice(c, i)};
        primitives_run(&s->primitives, c->run_state, s->step[smaller], pointers,
                       scratch + (size_t)i * s->piece_bytes);
    }
}

static void add_slices(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const slices_state *s = c->state;
    float *restrict sum = gradient_of_slice(c, 0);
    for (int i = 1; i < s->count; i++) {
        const float *restrict more = gradient_of_slice(c, i);
        for (int64_t k = begin; k < end; k++) sum[k] += more[k];
    }
}

static void run(const kernel_call *c) {
    const slices_state *s = c->state;
    parallel_for(c->team, s->count, 1, run_slices, (void *)(uintptr_t)c);
    int64_t elements = (int64_t)(s->primitives.steps[s->step[0]].bytes / sizeof(float));
    if (s->count > 1) parallel_for(c->team, elements, GRAIN, add_slices, (void *)(uintptr_t)c);
    if (s->unpack < 0) return;
    char *scratch = (char *)c->scratch + (size_t)s->count * (s->slice_bytes + s->piece_bytes);
    primitives_run(&s->primitives, c->run_state, s->unpack,
                   (const void *[]){gradient_of_slice(c, 0), c->out[0]}, scratch);
}

static bool supports(const kernel_spec *s) { return conv_supports(s, prepare, release); }

const kernel kernel_onednn_conv_backward_weights = {
    .name = "onednn conv_backward_weights",
    .op = &op_conv_backward_weights,
    .supports = supports,
    .prepare = prepare,
    .bind = primitives_bind,
    .unbind = primitives_unbind,
    .run = run,
    .release = release,
};
