/* sum, mean, max, min over any axes that form at most two runs, and sum_to_like; float32, float64,
 * and bfloat16, whose partial results are float32 and rounded once.
 *
 * The input is seen as (A, R, B, S): A and B kept, R and S reduced. Long reductions are cut into
 * chunks that depend on the shape alone; each chunk gives a row of B partial results, and these are
 * put together in order, in double: the bits do not depend on the number of threads. */
#include "backend/cpu/reduce.h"

#include "backend/cpu/blocks.h"
#include "backend/kernel.h"
#include "op/reduce.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 16384 /* elements of a chunk, about */

typedef struct reduction {
    int kind, type;           /* REDUCE_SUM …; REDUCE_FLOAT32 … */
    size_t size, partial;     /* bytes of an element, of a partial result */
    mica_dtype partial_dtype; /* float32 for bfloat16 */
    int64_t a, r, b, s;
    int64_t chunk, chunks; /* along r, or along s where r is 1 */
    bool direct;           /* the partial results are the results */
    double divisor;
    const reduce_table *table;
    const block_table *blocks;
} reduction;

/* Neighbouring axes of one kind together: extents with alternating kinds, beginning with a kept one
 * (perhaps 1). False for more than A, R, B, S. */
static bool collapse(const shape *x, const bool reduced[MAX_RANK], int64_t extents[4]) {
    int at = 0;
    for (int i = 0; i < 4; i++) extents[i] = 1;
    for (int d = 0; d < x->rank; d++) {
        if (x->dims[d] == 1) continue;
        if (reduced[d] != (at % 2 == 1) && ++at == 4) return false;
        extents[at] *= x->dims[d];
    }
    return true;
}

static bool axes_of(const kernel_spec *s, bool reduced[MAX_RANK]) {
    const shape *x = &s->in[0].shape;
    if (s->op != &op_sum_to_like) return mark_axes(s->attrs, x->rank, reduced);
    const shape *y = &s->out[0].shape;
    for (int d = 0; d < x->rank; d++) {
        int k = d - (x->rank - y->rank);
        reduced[d] = k < 0 || (y->dims[k] == 1 && x->dims[d] != 1);
    }
    return true;
}

static int type_of(mica_dtype dtype) {
    return dtype == MICA_FLOAT32    ? REDUCE_FLOAT32
           : dtype == MICA_FLOAT64  ? REDUCE_FLOAT64
           : dtype == MICA_BFLOAT16 ? REDUCE_BFLOAT16
                                    : -1;
}

static bool reduce_supports(const kernel_spec *s) {
    bool reduced[MAX_RANK] = {false};
    int64_t extents[4];
    mica_dtype dtype = s->in[0].dtype;
    bool known = s->op == &op_sum || s->op == &op_mean || s->op == &op_max || s->op == &op_min ||
                 s->op == &op_sum_to_like;
    return known && type_of(dtype) >= 0 && shape_size(&s->in[0].shape) > 0 && axes_of(s, reduced) &&
           collapse(&s->in[0].shape, reduced, extents);
}

static mica_status reduce_prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    bool reduced[MAX_RANK] = {false};
    int64_t e[4];
    reduction *r = allocate(1, sizeof *r);
    if (!r) return fail_memory(err, sizeof *r, "reduction");
    axes_of(s, reduced);
    collapse(&s->in[0].shape, reduced, e);
    if (e[2] == 1) e[3] *= e[1], e[1] = 1; /* nothing kept in between: one run */
    mica_dtype dtype = s->in[0].dtype, partial = dtype == MICA_BFLOAT16 ? MICA_FLOAT32 : dtype;
    int kind = s->op == &op_max ? REDUCE_MAX : s->op == &op_min ? REDUCE_MIN : REDUCE_SUM;
    *r = (reduction){.kind = kind,
                     .type = type_of(dtype),
                     .size = mica_dtype_size(dtype),
                     .partial = mica_dtype_size(partial),
                     .partial_dtype = partial,
                     .a = e[0],
                     .r = e[1],
                     .b = e[2],
                     .s = e[3],
                     .divisor = 1,
                     .table = ISA_CHOOSE(reductions, isa_best()),
                     .blocks = ISA_CHOOSE(blocks, isa_best())};
    if (s->op == &op_mean) r->divisor = (double)(r->r * r->s);
    int64_t along = r->r > 1 ? r->r : r->s, step = r->r > 1 ? r->b * r->s : r->b;
    r->chunk = r->a >= 64 ? along : CHUNK / step; /* many rows need no chunks */
    if (r->chunk < 16) r->chunk = 16;
    if (r->chunk > along) r->chunk = along;
    r->chunks = (along + r->chunk - 1) / r->chunk;
    p->state = r;
    r->direct = r->chunks == 1 && partial == dtype;
    if (!r->direct) p->scratch_bytes = (size_t)(r->a * r->chunks * r->b) * r->partial;
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct reduce_call {
    const reduction *r;
    const char *x;
    char *partial;
} reduce_call;

/* One row of B partial results: chunk `piece % chunks` of row `piece / chunks` of A. */
static void reduce_piece(const reduce_call *c, int64_t piece) {
    const reduction *r = c->r;
    int64_t a = piece / r->chunks, begin = piece % r->chunks * r->chunk;
    int64_t along = r->r > 1 ? r->r : r->s, n = along - begin < r->chunk ? along - begin : r->chunk;
    size_t size = r->size;
    const char *x = c->x + (size_t)(a * r->r * r->b * r->s) * size;
    char *out = c->partial + (size_t)(piece * r->b) * r->partial;
    if (r->r == 1) { /* rows of S */
        for (int64_t b = 0; b < r->b; b++)
            r->table->row[r->kind][r->type](n, x + (size_t)(b * r->s + begin) * size,
                                            out + (size_t)b * r->partial);
        return;
    }
    x += (size_t)(begin * r->b * r->s) * size;
    if (r->s == 1) { /* rows of B added up */
        if (r->type == REDUCE_BFLOAT16)
            blocks_from_bfloat16(r->blocks, r->b, x, (float *)(void *)out);
        else memcpy(out, x, (size_t)r->b * size);
        r->table->add[r->kind][r->type](n - 1, r->b, x + (size_t)r->b * size, out);
        return;
    }
    int partial_type = r->type == REDUCE_FLOAT64 ? REDUCE_FLOAT64 : REDUCE_FLOAT32;
    for (int64_t i = 0; i < n; i++)
        for (int64_t b = 0; b < r->b; b++, x += (size_t)r->s * size) {
            double each;
            char *to = out + (size_t)b * r->partial;
            r->table->row[r->kind][r->type](r->s, x, &each);
            if (i == 0) memcpy(to, &each, r->partial);
            else r->table->add[r->kind][partial_type](1, 1, &each, to);
        }
}

static void reduce_pieces(void *arg, int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; piece++) reduce_piece(arg, piece);
}

static double fold(const reduction *r, double y, double x) {
    if (r->kind == REDUCE_SUM) return y + x;
    if (x != x) return x;
    return r->kind == REDUCE_MAX ? (x > y ? x : y) : (x < y ? x : y);
}

/* Without chunks the partial results stand in the output already. */
static void divide_all(const reduction *r, void *out) {
    if (r->divisor == 1) return;
    for (int64_t i = 0; i < r->a * r->b; i++) {
        if (r->type == REDUCE_FLOAT64) ((double *)out)[i] /= r->divisor;
        else ((float *)out)[i] = (float)(((float *)out)[i] / r->divisor);
    }
}

static void reduce_run(const kernel_call *c) {
    const reduction *r = c->state;
    reduce_call call = {.r = r, .x = c->in[0], .partial = r->direct ? c->out[0] : c->scratch};
    int64_t pieces = r->a * r->chunks, each = r->r * r->s / r->chunks * r->b;
    mica_dtype dtype = r->partial_dtype, result = c->out_info[0].dtype;
    parallel_for(c->team, pieces, 1 + 2 * CHUNK / (each + 1), reduce_pieces, &call);
    if (r->direct) {
        divide_all(r, c->out[0]);
        return;
    }
    for (int64_t a = 0; a < r->a; a++)
        for (int64_t b = 0; b < r->b; b++) {
            int64_t at = a * r->chunks * r->b + b;
            double y = dtype_load(dtype, element_of(c->scratch, dtype, at));
            for (int64_t i = 1; i < r->chunks; i++)
                y = fold(r, y, dtype_load(dtype, element_of(c->scratch, dtype, at + i * r->b)));
            dtype_store(result, element_of(c->out[0], result, a * r->b + b), y / r->divisor);
        }
}

extern const kernel kernel_cpu_reduce;
const kernel kernel_cpu_reduce = {.name = "cpu reduce",
                                  .supports = reduce_supports,
                                  .prepare = reduce_prepare,
                                  .run = reduce_run,
                                  .release = free};
