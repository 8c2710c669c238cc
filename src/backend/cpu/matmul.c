/* matmul in float32, with bias and activation.
 *
 * k is cut into stretches. Panels of B, as wide as a tile (gemm.h) and as long as a stretch, are
 * packed on the stack by the piece of C that needs them; the one in use stays in the first-level
 * cache. A's rows are read where they lie, its columns (transpose_a) are copied to rows first.
 * Products of one or two rows read B where it lies. Pieces depend on shapes alone, and each element
 * is summed in one order. */
#include "backend/cpu/epilogue.h"
#include "backend/cpu/gemm.h"

#include "backend/kernel.h"
#include "op/matmul.h"

#include <stdlib.h>
#include <string.h>

#define STRETCH 256         /* of k */
#define ROWS_OF_A_PIECE 128 /* about: a stretch of them stays in the second-level cache */
#define COLUMNS_OF_A_PIECE 64
#define FEW_ROWS 2

typedef struct product {
    const gemm_table *table;
    cpu_epilogue epilogue;
    int64_t m, n, k, batch;
    bool transpose_a, transpose_b, bias;
    bool few;                          /* rows: no tiles */
    bool packed;                       /* B; else it is read where it lies */
    bool turned;                       /* A is copied row by row */
    int64_t high, wide;                /* a piece's rows and panels */
    int64_t row_pieces, column_pieces; /* of one matrix */
    int batch_rank;
    int64_t dims[MAX_RANK], a_strides[MAX_RANK],
        b_strides[MAX_RANK];    /* of the batch, in matrices */
    int64_t a_count, b_count;   /* different matrices */
    int64_t panels;             /* of one B */
    size_t at_a, scratch_bytes; /* floats of bias in scratch, before A */
} product;

/* The strides of the batch dims of an operand in matrices; returns how many matrices it has. */
static int64_t batch_strides(const shape *s, int rank, int64_t *strides) {
    int64_t count = 1;
    for (int d = rank - 1, k = s->rank - 3; d >= 0; d--, k--) {
        int64_t extent = k >= 0 ? s->dims[k] : 1;
        strides[d] = extent == 1 ? 0 : count;
        count *= extent;
    }
    return count;
}

static void measure(const kernel_spec *s, product *p) {
    const matmul_attrs *attrs = s->attrs;
    const shape *a = &s->in[0].shape, *y = &s->out[0].shape;
    p->transpose_a = attrs->transpose_a, p->transpose_b = attrs->transpose_b;
    p->bias = s->inputs > 2;
    p->m = y->dims[y->rank - 2], p->n = y->dims[y->rank - 1];
    p->k = a->dims[a->rank - (p->transpose_a ? 2 : 1)];
    p->batch_rank = y->rank - 2;
    p->batch = 1;
    for (int d = 0; d < p->batch_rank; d++) p->batch *= p->dims[d] = y->dims[d];
    p->a_count = batch_strides(a, p->batch_rank, p->a_strides);
    p->b_count = batch_strides(&s->in[1].shape, p->batch_rank, p->b_strides);
    if (p->b_count == 1 && p->a_count == p->batch && !p->transpose_a) /* one tall product */
        p->m *= p->batch, p->batch = p->a_count = 1, p->batch_rank = 0;
}

static void plan(product *p) {
    int64_t columns = p->table->columns, rows = p->table->rows;
    p->few = p->m <= FEW_ROWS;
    p->panels = (p->n + columns - 1) / columns;
    p->packed = p->transpose_b || p->n % columns != 0 || p->m > 4 * rows;
    p->turned = p->transpose_a && !p->few && p->panels > 1;
    int64_t high = p->k <= STRETCH / 2 ? 2 * ROWS_OF_A_PIECE : ROWS_OF_A_PIECE;
    p->row_pieces = (p->m + high - 1) / high;
    int64_t tiles = (p->m + rows - 1) / rows;
    p->high = (tiles + p->row_pieces - 1) / p->row_pieces * rows;
    p->row_pieces = (p->m + p->high - 1) / p->high;
    p->wide = COLUMNS_OF_A_PIECE / columns;
    p->column_pieces = (p->panels + p->wide - 1) / p->wide;
    p->at_a = p->bias && !p->few ? (size_t)(p->panels * columns) : 0;
    size_t floats = p->at_a + (p->turned ? (size_t)(p->a_count * p->m * p->k) : 0);
    p->scratch_bytes = floats * sizeof(float);
}

static bool matmul_supports(const kernel_spec *s) {
    cpu_epilogue e;
    for (int i = 0; i < s->inputs; i++)
        if (s->in[i].dtype != MICA_FLOAT32 || shape_size(&s->in[i].shape) == 0) return false;
    return shape_size(&s->out[0].shape) > 0 &&
           epilogue_plan(((const matmul_attrs *)s->attrs)->activation, isa_best(), &e);
}

static mica_status matmul_prepare(const kernel_spec *s, kernel_plan *plan_, mica_error *err) {
    product *p = allocate(1, sizeof *p);
    if (!p) return fail_memory(err, sizeof *p, "matmul");
    isa set = isa_best();
    p->table = ISA_CHOOSE(gemm, set);
    epilogue_plan(((const matmul_attrs *)s->attrs)->activation, set, &p->epilogue);
    measure(s, p);
    plan(p);
    plan_->state = p;
    plan_->scratch_bytes = p->scratch_bytes;
    plan_->detail = isa_name(set);
    return MICA_OK;
}

/* ---- running ---- */

typedef struct matmul_call {
    const product *p;
    const float *a, *b;
    const float *bias; /* filled up to whole panels, unless few */
    float *c, *scratch;
} matmul_call;

/* The number of the matrix that batch `i` takes. */
static int64_t matrix_of_batch(const product *p, const int64_t *strides, int64_t i) {
    int64_t number = 0;
    for (int d = p->batch_rank - 1; d >= 0; d--)
        number += i % p->dims[d] * strides[d], i /= p->dims[d];
    return number;
}

/* Stripes begin … end of A, which lies column by column, each 16 rows of one matrix. */
static void turn_rows(void *arg, int64_t begin, int64_t end) {
    const matmul_call *c = arg;
    const product *p = c->p;
    int64_t stripes = (p->m + 15) / 16;
    for (int64_t i = begin; i < end; i++) {
        int64_t at = i / stripes * p->m * p->k, row = i % stripes * 16;
        p->table->turn(p->k, p->m - row < 16 ? p->m - row : 16, c->a + at + row, p->m,
                       c->scratch + p->at_a + at + row * p->k, p->k);
    }
}

typedef struct block { /* of C, and what makes it */
    const float *a, *b;
    float *c;
    int64_t row, row_end, panel, panel_end;
} block;

/* Stretch k … k + length of one panel for all rows of the block; b: its first row, b_step apart. */
static void run_panel(const matmul_call *m, const block *w, int64_t panel, int64_t k,
                      int64_t length, const float *b, int64_t b_step) {
    const product *p = m->p;
    int64_t column = panel * p->table->columns, columns = p->n - column;
    bool last = k + length == p->k, by_rows = !p->transpose_a || p->turned;
    int64_t a_row = by_rows ? p->k : 1, a_step = by_rows ? 1 : p->m;
    gemm_panel t = {.a = w->a + w->row * a_row + k * a_step,
                    .b = b,
                    .c = w->c + w->row * p->n + column,
                    .rows = w->row_end - w->row,
                    .k = length,
                    .a_row = a_row,
                    .a_step = a_step,
                    .b_step = b_step,
                    .c_row = p->n,
                    .columns = (int)(columns < p->table->columns ? columns : p->table->columns),
                    .accumulate = k > 0,
                    .relu = last && p->epilogue.relu,
                    .bias = last && m->bias ? m->bias + column : NULL};
    p->table->panel(&t);
}

/* A stretch of all panels of the block, packed together: each row of B is met once. */
static void run_stretch(const matmul_call *m, const block *w, int64_t k, int64_t length) {
    const product *p = m->p;
    int64_t wide = p->table->columns, column = w->panel * wide, end = w->panel_end * wide;
    int64_t k_step = p->transpose_b ? 1 : p->n, n_step = p->transpose_b ? p->k : 1;
    const float *b = w->b + k * k_step + column * n_step;
    _Alignas(64) float packed[STRETCH * COLUMNS_OF_A_PIECE];
    if (p->packed)
        p->table->pack(length, (end < p->n ? end : p->n) - column, b, k_step, n_step, packed);
    for (int64_t panel = w->panel; panel < w->panel_end; panel++)
        run_panel(m, w, panel, k, length,
                  p->packed ? packed + (panel - w->panel) * length * wide
                            : b + (panel - w->panel) * wide,
                  p->packed ? wide : p->n);
}

static void run_block(const matmul_call *m, const block *w) {
    const product *p = m->p;
    for (int64_t k = 0; k < p->k; k += STRETCH)
        run_stretch(m, w, k, p->k - k < STRETCH ? p->k - k : STRETCH);
    if (!p->epilogue.activation) return;
    int64_t first = w->panel * p->table->columns, end = w->panel_end * p->table->columns;
    if (end > p->n) end = p->n;
    for (int64_t row = w->row; row < w->row_end; row++)
        epilogue_run(&p->epilogue, end - first, w->c + row * p->n + first);
}

static void run_pieces(void *arg, int64_t begin, int64_t end) {
    const matmul_call *m = arg;
    const product *p = m->p;
    int64_t each = p->row_pieces * p->column_pieces;
    for (int64_t i = begin; i < end; i++) {
        int64_t batch = i / each, at = i % each;
        int64_t a = matrix_of_batch(p, p->a_strides, batch),
                b = matrix_of_batch(p, p->b_strides, batch);
        block w = {.a = (p->turned ? m->scratch + p->at_a : m->a) + a * p->m * p->k,
                   .b = m->b + b * p->k * p->n,
                   .c = m->c + batch * p->m * p->n,
                   .row = at % p->row_pieces * p->high,
                   .panel = at / p->row_pieces * p->wide};
        w.row_end = w.row + p->high < p->m ? w.row + p->high : p->m;
        w.panel_end = w.panel + p->wide < p->panels ? w.panel + p->wide : p->panels;
        run_block(m, &w);
    }
}

/* Columns begin … end (in panels) of the few rows of all batches. */
static void run_few(void *arg, int64_t begin, int64_t end) {
    const matmul_call *m = arg;
    const product *p = m->p;
    for (int64_t i = begin; i < end; i++) {
        int64_t batch = i / p->panels, j = i % p->panels * p->table->columns;
        int64_t n = p->n - j < p->table->columns ? p->n - j : p->table->columns;
        while (i + 1 < end && (i + 1) / p->panels == batch) { /* the panels of this batch at once */
            i++;
            n = p->n - j < n + p->table->columns ? p->n - j : n + p->table->columns;
        }
        const float *a = m->a + matrix_of_batch(p, p->a_strides, batch) * p->m * p->k;
        const float *b = m->b + matrix_of_batch(p, p->b_strides, batch) * p->k * p->n;
        for (int64_t row = 0; row < p->m; row++) {
            const float *x = a + row * (p->transpose_a ? 1 : p->k);
            float *y = m->c + (batch * p->m + row) * p->n + j;
            int64_t step = p->transpose_a ? p->m : 1;
            if (p->transpose_b && step == 1)
                for (int64_t v = 0; v < n; v++) y[v] = p->table->dot(p->k, x, b + (j + v) * p->k);
            else if (p->transpose_b)
                for (int64_t v = 0; v < n; v++) {
                    y[v] = 0;
                    for (int64_t k = 0; k < p->k; k++) y[v] += x[k * step] * b[(j + v) * p->k + k];
                }
            else p->table->row(n, p->k, x, step, b + j, p->n, y, false);
            p->table->finish(n, m->bias ? m->bias + j : NULL, p->epilogue.relu, y);
            epilogue_run(&p->epilogue, n, y);
        }
    }
}

static void matmul_run(const kernel_call *c) {
    const product *p = c->state;
    matmul_call m = {.p = p,
                     .a = c->in[0],
                     .b = c->in[1],
                     .c = c->out[0],
                     .scratch = c->scratch,
                     .bias = p->bias ? c->in[2] : NULL};
    int64_t columns = p->table->columns, work = p->m * p->k * columns;
    if (p->few) {
        parallel_for(c->team, p->batch * p->panels, 1 + 131072 / work, run_few, &m);
        return;
    }
    if (p->bias) {
        memset(m.scratch, 0, p->at_a * sizeof *m.scratch);
        memcpy(m.scratch, c->in[2], (size_t)p->n * sizeof *m.scratch);
        m.bias = m.scratch;
    }
    if (p->turned)
        parallel_for(c->team, p->a_count * ((p->m + 15) / 16), 1 + 4096 / p->k, turn_rows, &m);
    int64_t wide = p->wide * columns;
    work = (p->m < p->high ? p->m : p->high) * p->k * (p->n < wide ? p->n : wide);
    parallel_for(c->team, p->batch * p->row_pieces * p->column_pieces, 1 + 262144 / work,
                 run_pieces, &m);
}

extern const kernel kernel_cpu_matmul;
const kernel kernel_cpu_matmul = {.name = "cpu matmul",
                                  .op = &op_matmul,
                                  .supports = matmul_supports,
                                  .prepare = matmul_prepare,
                                  .run = matmul_run,
                                  .release = free};
