/* resize and its gradient in float32: a matrix with few numbers in each row, in one stretch, times
 * the axis; each is a sum of few vectors of all that lies behind the axis. */
#include "op/resize.h"
#include "backend/cpu/gemm.h"
#include "backend/kernel.h"

#include <stdlib.h>
#include <string.h>

/* Row r of the matrix: `count` numbers from weights + at, for elements `first` … of the axis. */
typedef struct resize_row {
    int64_t first, count;
    size_t at;
} resize_row;

typedef struct resize_plan {
    const gemm_table *table;
    int64_t outer, inner, rows, columns;
    resize_row *row;
    float *weights;
    size_t count, room;
} resize_plan;

static bool supports(const kernel_spec *s) {
    return (s->op == &op_resize || s->op == &op_resize_backward) &&
           s->out[0].dtype == MICA_FLOAT32 && shape_size(&s->out[0].shape) > 0;
}

static bool add_weight(resize_plan *p, resize_row *row, int64_t column, double weight) {
    if (!grow(&p->weights, &p->room, p->count + 1, sizeof *p->weights)) return false;
    if (row->count == 0) row->first = column, row->at = p->count;
    p->weights[p->count++] = (float)weight;
    row->count++;
    return true;
}

/* The rows of y. */
static bool plan_forward(resize_plan *p, const resize_axis *r) {
    for (int64_t i = 0; i < p->rows; i++) {
        resize_source s = resize_source_of(r, i);
        for (int64_t j = s.first; j < s.end; j++)
            if (!add_weight(p, &p->row[i], j, resize_share(r, &s, j))) return false;
    }
    return true;
}

/* The rows of dx: the same matrix, transposed. */
static bool plan_backward(resize_plan *p, const resize_axis *r) {
    for (int64_t j = 0; j < p->rows; j++) {
        int64_t i, end;
        for (resize_users(r, j, &i, &end); i < end; i++) {
            resize_source s = resize_source_of(r, i);
            if (j >= s.first && j < s.end && !add_weight(p, &p->row[j], i, resize_share(r, &s, j)))
                return false;
        }
    }
    return true;
}

static void release(void *state) {
    resize_plan *p = state;
    free(p->row);
    free(p->weights);
    free(p);
}

static mica_status prepare(const kernel_spec *s, kernel_plan *plan, mica_error *err) {
    const resize_attrs *a = s->attrs;
    const shape *from = &s->in[0].shape, *to = &s->out[0].shape;
    int axis = (int)(a->axis < 0 ? a->axis + to->rank : a->axis);
    bool forward = s->op == &op_resize;
    resize_plan *p = allocate(1, sizeof *p);
    if (!p) return fail_memory(err, sizeof *p, "resize");
    *p = (resize_plan){.table = ISA_CHOOSE(gemm, isa_best()), .outer = 1, .inner = 1};
    for (int i = 0; i < axis; i++) p->outer *= to->dims[i];
    for (int i = axis + 1; i < to->rank; i++) p->inner *= to->dims[i];
    p->rows = to->dims[axis], p->columns = from->dims[axis];
    p->row = allocate((size_t)p->rows, sizeof *p->row);
    resize_axis r = forward ? resize_axis_for(a, p->columns, p->rows)
                            : resize_axis_for(a, p->rows, p->columns);
    if (!p->row || !(forward ? plan_forward(p, &r) : plan_backward(p, &r))) {
        size_t bytes = (size_t)p->rows * sizeof *p->row;
        release(p);
        return fail_memory(err, bytes, "resize");
    }
    plan->state = p;
    plan->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct resize_call {
    const resize_plan *p;
    const float *from;
    float *to;
} resize_call;

/* Few elements behind the axis, as an image's colours: no vector is filled by them. Unrolled where
 * the numbers are constants. */
static inline __attribute__((always_inline)) void
few_of(int64_t count, const float *w, const float *from, int64_t inner, float *to) {
#pragma GCC unroll 4
    for (int64_t e = 0; e < inner; e++) {
        float sum = w[0] * from[e];
        for (int64_t i = 1; i < count; i++) sum += w[i] * from[i * inner + e];
        to[e] = sum;
    }
}

static void few(int64_t count, const float *w, const float *from, int64_t inner, float *to) {
    if (inner == 3 && count == 2) few_of(2, w, from, 3, to);
    else if (inner == 3) few_of(count, w, from, 3, to);
    else few_of(count, w, from, inner, to);
}

static void run_rows(void *arg, int64_t begin, int64_t end) {
    const resize_call *c = arg;
    const resize_plan *p = c->p;
    int64_t outer = begin / p->rows, r = begin % p->rows;
    for (int64_t i = begin; i < end; i++, r++) {
        if (r == p->rows) outer++, r = 0;
        const resize_row *row = &p->row[r];
        const float *w = p->weights + row->at;
        const float *from = c->from + (outer * p->columns + row->first) * p->inner;
        float *to = c->to + i * p->inner;
        if (row->count == 0) memset(to, 0, (size_t)p->inner * sizeof *to);
        else if (row->count == 1 && w[0] == 1) memcpy(to, from, (size_t)p->inner * sizeof *to);
        else if (p->inner == 1) *to = p->table->dot(row->count, w, from);
        else if (p->inner < 8) few(row->count, w, from, p->inner, to);
        else p->table->row(p->inner, row->count, w, 1, from, p->inner, to, false);
    }
}

static void run(const kernel_call *k) {
    resize_call c = {k->state, k->in[0], k->out[0]};
    parallel_for(k->team, c.p->outer * c.p->rows, 1 + 16384 / c.p->inner, run_rows, &c);
}

extern const kernel kernel_cpu_resize;
const kernel kernel_cpu_resize = {
    .name = "cpu resize", .supports = supports, .prepare = prepare, .run = run, .release = release};
