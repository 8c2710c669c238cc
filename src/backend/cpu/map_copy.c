/* pad, tile and slice_backward of any dtype: every axis of the output has its own map to positions
 * of the input, or to none, which is filled with one element. Axes at the end that are copied whole
 * become one block of bytes; along the last axis before them the map is a list of runs. */
#include "backend/kernel.h"
#include "op/array.h"
#include "op/pad.h"

#include <stdlib.h>
#include <string.h>

typedef struct run_of_blocks {
    int64_t to, from, count; /* in blocks; from -1: filled */
} run_of_blocks;

typedef struct map_state {
    int rank; /* axes before the blocks, at least 1 */
    int64_t extent[MAX_RANK], stride[MAX_RANK], rows, runs;
    size_t block; /* bytes */
    int64_t element_size;
    unsigned char fill[8]; /* one element */
    const run_of_blocks *run;
    const int64_t *map[MAX_RANK]; /* of all axes but the last */
    int64_t numbers[];            /* the runs, then the maps */
} map_state;

static bool supports(const kernel_spec *s) {
    return (s->op == &op_pad || s->op == &op_tile || s->op == &op_slice_backward) &&
           s->in[0].dtype == s->out[0].dtype && s->out[0].shape.rank > 0 &&
           shape_size(&s->in[0].shape) > 0 && shape_size(&s->out[0].shape) > 0;
}

/* Position p along an axis of the output, in the input; -1: none. */
static int64_t source(const kernel_spec *s, int axis, int64_t p) {
    int64_t n = s->in[0].shape.dims[axis];
    if (s->op == &op_tile) return p % n;
    if (s->op == &op_pad) {
        const pad_attrs *a = s->attrs;
        return pad_source(a->mode, p, a->low.dims[axis], n);
    }
    const slice_attrs *a = s->attrs;
    int64_t first, count, step = a->step.dims[axis];
    slice_range(a->begin.dims[axis], a->end.dims[axis], step, s->out[0].shape.dims[axis], &first,
                &count);
    int64_t at = (p - first) / step;
    return (p - first) % step == 0 && at >= 0 && at < count ? at : -1;
}

static bool copied_whole(const kernel_spec *s, int axis) {
    int64_t n = s->out[0].shape.dims[axis];
    if (s->in[0].shape.dims[axis] != n) return false;
    for (int64_t p = 0; p < n; p++)
        if (source(s, axis, p) != p) return false;
    return true;
}

/* The runs of the last axis, into `run` unless it is NULL; how many. */
static int64_t list_runs(const kernel_spec *s, int axis, run_of_blocks *run) {
    int64_t count = 0, before = -2;
    for (int64_t p = 0; p < s->out[0].shape.dims[axis]; p++) {
        int64_t from = source(s, axis, p);
        bool goes_on = p > 0 && (before < 0 ? from < 0 : from == before + 1);
        if (!goes_on) {
            if (run) run[count] = (run_of_blocks){p, from, 0};
            count++;
        }
        if (run) run[count - 1].count++;
        before = from;
    }
    return count;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    const shape *x = &s->in[0].shape, *y = &s->out[0].shape;
    size_t block = mica_dtype_size(s->out[0].dtype);
    int rank = y->rank;
    for (; rank > 1 && copied_whole(s, rank - 1); rank--) block *= (size_t)y->dims[rank - 1];
    int64_t runs = list_runs(s, rank - 1, NULL), numbers = runs * 3, rows = 1;
    for (int d = 0; d < rank - 1; d++) numbers += y->dims[d], rows *= y->dims[d];
    map_state *m = allocate(1, sizeof *m + (size_t)numbers * sizeof(int64_t));
    if (!m) return fail_memory(err, (size_t)numbers * sizeof(int64_t), s->op->name);
    m->rank = rank, m->rows = rows, m->runs = runs, m->block = block;
    m->element_size = (int64_t)mica_dtype_size(s->out[0].dtype);
    if (s->op == &op_pad)
        dtype_store(s->out[0].dtype, m->fill, ((const pad_attrs *)s->attrs)->value);
    list_runs(s, rank - 1, (run_of_blocks *)m->numbers);
    m->run = (const run_of_blocks *)m->numbers;
    int64_t *at = m->numbers + runs * 3, stride = 1;
    for (int d = rank - 1; d >= 0; d--) {
        m->extent[d] = y->dims[d], m->stride[d] = stride;
        stride *= x->dims[d];
        if (d == rank - 1) continue;
        m->map[d] = at;
        for (int64_t i = 0; i < y->dims[d]; i++) *at++ = source(s, d, i);
    }
    p->state = m;
    return MICA_OK;
}

static void fill(const map_state *m, char *to, size_t bytes) {
    static const unsigned char zeros[8] = {0};
    if (!memcmp(m->fill, zeros, sizeof zeros)) {
        memset(to, 0, bytes);
        return;
    }
    for (size_t i = 0; i < bytes; i += (size_t)m->element_size)
        memcpy(to + i, m->fill, (size_t)m->element_size);
}

typedef struct map_call {
    const map_state *m;
    const char *in;
    char *out;
} map_call;

static void copy_rows(void *arg, int64_t begin, int64_t end) {
    const map_call *c = arg;
    const map_state *m = c->m;
    size_t row_bytes = (size_t)m->extent[m->rank - 1] * m->block;
    for (int64_t row = begin; row < end; row++) {
        char *to = c->out + (size_t)row * row_bytes;
        int64_t from = 0, rest = row;
        bool inside = true;
        for (int d = m->rank - 2; d >= 0; d--) {
            int64_t at = m->map[d][rest % m->extent[d]];
            inside &= at >= 0;
            from += at * m->stride[d];
            rest /= m->extent[d];
        }
        if (!inside) {
            fill(m, to, row_bytes);
            continue;
        }
        for (int64_t i = 0; i < m->runs; i++) {
            const run_of_blocks *r = &m->run[i];
            size_t bytes = (size_t)r->count * m->block;
            if (r->from < 0) fill(m, to + (size_t)r->to * m->block, bytes);
            else
                memcpy(to + (size_t)r->to * m->block, c->in + (size_t)(from + r->from) * m->block,
                       bytes);
        }
    }
}

static void run(const kernel_call *k) {
    const map_state *m = k->state;
    map_call c = {.m = m, .in = k->in[0], .out = k->out[0]};
    int64_t row = m->extent[m->rank - 1] * (int64_t)m->block;
    parallel_for(k->team, m->rows, 1 + 262144 / (row + 1), copy_rows, &c);
}

extern const kernel kernel_cpu_map_copy;
const kernel kernel_cpu_map_copy = {
    .name = "cpu map_copy", .supports = supports, .prepare = prepare, .run = run, .release = free};
