/* See served_batch.h. */
#include "serve/served_batch.h"

#include "tensor/dtype.h"
#include "train/program.h"

#include <string.h>

/* ---- extents are fixed: plans are there, and each lane has room for a batch ---- */

static mica_status run_together(served *s, int lane, const gathered *g, mica_error *err) {
    const served_room *r = &s->room[lane];
    const contract *c = &s->contract;
    if (!served_batch_room(s, lane)) return fail_no_memory(err, "a batch");
    int64_t at = 0;
    for (inference *x = g->first; x; at += x->rows, x = x->next) {
        TRY(served_place_outputs(s, x, err));
        for (int i = 0; i < c->inputs; i++)
            memcpy((char *)r->in[i] + (size_t)at * s->row_in[i], x->in[i],
                   (size_t)x->rows * s->row_in[i]);
    }
    TRY(served_run(s, lane, g->rows, r->in, r->out, err));
    at = 0;
    for (inference *x = g->first; x; at += x->rows, x = x->next)
        for (int i = 0; i < c->outputs; i++)
            memcpy(x->out[i], (char *)r->out[i] + (size_t)at * s->row_out[i],
                   (size_t)x->rows * s->row_out[i]);
    return MICA_OK;
}

static mica_status run_fixed(served *s, int lane, const gathered *g, mica_error *err) {
    inference *x = g->first;
    if (g->count > 1) return run_together(s, lane, g, err);
    TRY(served_place_outputs(s, x, err));
    return served_run(s, lane, x->rows, x->in, x->out, err);
}

/* ---- extents are free: a plan for each that comes along, of a bounded number (plan/function.h)
 * ---- */

/* The whole batch: buffers of all rows, and what a row takes of them. */
typedef struct free_batch {
    function *function;
    shape in_shape[MAX_MODEL_INPUTS], out_shape[MAX_MODEL_OUTPUTS];
    void *in[MAX_MODEL_INPUTS], *out[MAX_MODEL_OUTPUTS];
    size_t row_in[MAX_MODEL_INPUTS], row_out[MAX_MODEL_OUTPUTS];
    int64_t most; /* rows of a run, a power of two */
} free_batch;

static size_t row_bytes(const shape *s, mica_dtype dtype) {
    shape row = *s;
    row.dims[0] = 1;
    return (size_t)shape_size(&row) * mica_dtype_size(dtype);
}

static void set_rows(const served *s, free_batch *b, int64_t rows) {
    for (int i = 0; i < s->contract.inputs; i++) b->in_shape[i].dims[0] = rows;
}

/* What one row gives, and how many may run at once: so many that their arena stays small. */
static mica_status look(const served *s, free_batch *b, mica_error *err) {
    enum { MOST_ARENA = 64 << 20 };
    const plan *p;
    set_rows(s, b, 1);
    TRY(function_plan(b->function, b->in_shape, &p, err));
    for (int i = 0; i < s->contract.outputs; i++) {
        const operand y = plan_output(p, i);
        if (!y.shape.rank || y.shape.dims[0] != 1)
            return fail(err, MICA_UNSUPPORTED, "model %s: output \"%s\" has no row for each sample",
                        s->contract.name, s->contract.out[i].name);
        b->out_shape[i] = y.shape;
        b->row_out[i] = row_bytes(&y.shape, y.dtype);
    }
    b->most = s->batch;
    while (b->most > 1 && plan_arena_bytes(p) > MOST_ARENA / (size_t)b->most) b->most /= 2;
    return MICA_OK;
}

/* In pieces of powers of two, so that few numbers of rows have plans. */
static mica_status run_pieces(const served *s, free_batch *b, int64_t rows, mica_error *err) {
    const void *from[MAX_MODEL_INPUTS];
    void *to[MAX_MODEL_OUTPUTS];
    for (int64_t at = 0, step; at < rows; at += step) {
        for (step = b->most; step > rows - at;) step /= 2;
        for (int i = 0; i < s->contract.inputs; i++)
            from[i] = (const char *)b->in[i] + (size_t)at * b->row_in[i];
        for (int i = 0; i < s->contract.outputs; i++)
            to[i] = (char *)b->out[i] + (size_t)at * b->row_out[i];
        set_rows(s, b, step);
        TRY(function_run(b->function, b->in_shape, from, to, err));
    }
    return MICA_OK;
}

static mica_status gather_inputs(const served *s, free_batch *b, const gathered *g,
                                 mica_error *err) {
    for (int i = 0; i < s->contract.inputs; i++) {
        char *to = b->in[i] = allocate_aligned((size_t)g->rows * b->row_in[i]);
        if (!to) return fail_no_memory(err, "a batch");
        for (const inference *x = g->first; x; x = x->next) {
            const size_t bytes = (size_t)x->rows * b->row_in[i];
            memcpy(to, x->in[i], bytes);
            to += bytes;
        }
    }
    for (int i = 0; i < s->contract.outputs; i++)
        if (!(b->out[i] = allocate_aligned((size_t)g->rows * b->row_out[i])))
            return fail_no_memory(err, "a batch");
    return MICA_OK;
}

static void scatter_outputs(const served *s, const free_batch *b, const gathered *g) {
    for (int i = 0; i < s->contract.outputs; i++) {
        const char *from = b->out[i];
        for (inference *x = g->first; x; x = x->next) {
            const size_t bytes = (size_t)x->rows * b->row_out[i];
            memcpy(x->out[i], from, bytes);
            from += bytes;
        }
    }
}

static mica_status run_several(const served *s, free_batch *b, const gathered *g, mica_error *err) {
    mica_status status = gather_inputs(s, b, g, err);
    if (status == MICA_OK) status = run_pieces(s, b, g->rows, err);
    if (status == MICA_OK) scatter_outputs(s, b, g);
    for (int i = 0; i < s->contract.inputs; i++) release_aligned(b->in[i]);
    for (int i = 0; i < s->contract.outputs; i++) release_aligned(b->out[i]);
    return status;
}

static mica_status run_free(served *s, const gathered *g, mica_error *err) {
    const contract *c = &s->contract;
    step_program *program;
    free_batch b = {0};
    inference *one = g->first;
    TRY(step_program_of(s->model, STEP_PREDICT, NULL, &program, err));
    b.function = program->function;
    for (int i = 0; i < c->inputs; i++) {
        b.in_shape[i] = one->in_shape[i];
        b.row_in[i] = row_bytes(&b.in_shape[i], c->in[i].dtype);
    }
    TRY(look(s, &b, err));
    for (inference *x = one; x; x = x->next)
        for (int i = 0; i < c->outputs; i++)
            TRY(inference_place_output(x, i, &b.out_shape[i], b.row_out[i], err));
    if (g->count > 1) return run_several(s, &b, g, err);
    for (int i = 0; i < c->inputs; i++) b.in[i] = one->in[i];
    for (int i = 0; i < c->outputs; i++) b.out[i] = one->out[i];
    return run_pieces(s, &b, g->rows, err);
}

mica_status served_run_batch(served *s, int lane, const gathered *g, mica_error *err) {
    return s->powers ? run_fixed(s, lane, g, err) : run_free(s, g, err);
}
