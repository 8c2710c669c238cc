/* matmul (…, M, K) (…, K, N) with bias and activation; the formula is in op/matmul.c.
 *
 * One two-dimensional primitive does it all: batches are a loop over it, transposes are strides,
 * and large products are cut along M or N. Cuts depend on shapes alone. */
#include "backend/onednn/primitives.h"

#include "backend/onednn/conv.h"
#include "backend/onednn/epilogue.h"
#include "base/memory.h"
#include "op/matmul.h"

#include <stdlib.h>

#define WORK_OF_A_PIECE 2e6 /* multiplications and additions */

typedef struct matmul_state {
    primitives primitives; /* first: primitives_bind reads it */
    int64_t m, n, k;
    bool transpose_a, transpose_b, bias;
    int64_t activation;
    dnnl_data_type_t type; /* of all operands */
    bool along_n;          /* cut along N instead of M */
    int64_t length, cut;   /* of that axis, and of a piece */
    int64_t cuts, grain;
    int step[2]; /* of whole pieces, of a shorter last one */
    size_t piece_bytes;
    int batch_rank;
    int64_t batch_dims[MAX_RANK], a_strides[MAX_RANK], b_strides[MAX_RANK], batch;
} matmul_state;

/* The strides of the batch axes of an input, 0 where it is repeated. */
static void batch_strides(const shape *in, int batch_rank, int64_t matrix, int64_t *strides) {
    int64_t stride = matrix;
    for (int i = batch_rank - 1, axis = in->rank - 3; i >= 0; i--, axis--) {
        int64_t n = axis >= 0 ? in->dims[axis] : 1;
        strides[i] = n > 1 ? stride : 0;
        stride *= n;
    }
}

static void measure(matmul_state *s, const kernel_spec *spec) {
    const matmul_attrs *a = spec->attrs;
    const shape *x = &spec->in[0].shape, *w = &spec->in[1].shape, *y = &spec->out[0].shape;
    s->transpose_a = a->transpose_a;
    s->transpose_b = a->transpose_b;
    s->bias = spec->inputs > 2;
    s->activation = a->activation;
    s->type = element_type(spec);
    s->m = y->dims[y->rank - 2];
    s->n = y->dims[y->rank - 1];
    s->k = x->dims[x->rank - (a->transpose_a ? 2 : 1)];
    s->batch_rank = y->rank - 2;
    for (int i = 0; i < s->batch_rank; i++) s->batch_dims[i] = y->dims[i];
    batch_strides(x, s->batch_rank, s->m * s->k, s->a_strides);
    batch_strides(w, s->batch_rank, s->k * s->n, s->b_strides);
    s->batch = shape_size(y) / (s->m * s->n);
    int64_t rows = shape_size(x) / s->k;
    if (!s->transpose_a && shape_size(w) == s->k * s->n && rows == s->batch * s->m) {
        s->m = rows; /* one matrix for all of the batch: its rows follow each other */
        s->batch = 1;
        s->batch_rank = 0;
    }
}

static void cut(matmul_state *s) {
    double work = 2.0 * (double)s->m * (double)s->n * (double)s->k;
    s->along_n = s->n > s->m;
    s->length = s->along_n ? s->n : s->m;
    int64_t pieces = pieces_for(work, WORK_OF_A_PIECE, (s->length + 31) / 32);
    s->cut = (s->length + pieces - 1) / pieces;
    if (pieces > 1) s->cut = (s->cut + 15) / 16 * 16;
    s->cuts = (s->length + s->cut - 1) / s->cut;
    double each = work / (double)s->cuts;
    s->grain = each < WORK_OF_A_PIECE / 2 ? (int64_t)(WORK_OF_A_PIECE / 2 / each) + 1 : 1;
}

/* Adds the primitive for a piece of that length. */
static mica_status add_step(matmul_state *s, int64_t length, int *step, mica_error *err) {
    primitives *p = &s->primitives;
    int64_t m = s->along_n ? s->m : length, n = s->along_n ? length : s->n;
    desc a = desc_strides(s->type, 2, (int64_t[]){m, s->k},
                          s->transpose_a ? (int64_t[]){1, s->m} : (int64_t[]){s->k, 1});
    desc b = desc_strides(s->type, 2, (int64_t[]){s->k, n},
                          s->transpose_b ? (int64_t[]){1, s->k} : (int64_t[]){s->n, 1});
    desc c = desc_strides(s->type, 2, (int64_t[]){m, n}, (int64_t[]){s->n, 1});
    desc bias = s->bias ? desc_tag(s->type, 2, (int64_t[]){1, n}, dnnl_ab) : NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = dnnl_out_of_memory;
    if (a && b && c && (bias || !s->bias))
        status = pd_matmul(&pd, p->engine, a, b, bias, c, p->attr);
    desc_free(a);
    desc_free(b);
    desc_free(c);
    desc_free(bias);
    if (status) return fail_dnnl(err, status, "matmul");
    const char *name = "";
    if (!implementation_is_fast(pd, &name)) {
        dnnl_primitive_desc_destroy(pd);
        return fail(err, MICA_UNSUPPORTED, "oneDNN: matmul has only %s", name);
    }
    const int plain[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    const int biased[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
    TRY(primitives_add(p, pd, s->bias ? biased : plain, s->bias ? 4 : 3, step, err));
    size_t bytes = primitives_scratch(p, *step);
    if (bytes > s->piece_bytes) s->piece_bytes = bytes;
    return MICA_OK;
}

static mica_status prepare_steps(matmul_state *s, const kernel_spec *spec, mica_error *err) {
    TRY(primitives_open(&s->primitives, err));
    const matmul_attrs *a = spec->attrs;
    if (!post_epilogue(s->primitives.attr, a->activation))
        return fail(err, MICA_UNSUPPORTED, "oneDNN: matmul with activation %d", (int)a->activation);
    TRY(add_step(s, s->cut, &s->step[0], err));
    int64_t rest = s->length % s->cut;
    return rest ? add_step(s, rest, &s->step[1], err) : MICA_OK;
}

static void release(void *state) {
    matmul_state *s = state;
    primitives_close(&s->primitives);
    free(s);
}

/* Scratch for every piece that may run at once would need to know who runs it: pieces that need
 * scratch have one each. */
static int64_t pieces_of(const matmul_state *s) { return s->batch * s->cuts; }

static mica_status prepare(const kernel_spec *spec, kernel_plan *p, mica_error *err) {
    matmul_state *s = allocate(1, sizeof *s);
    if (!s) return fail_memory(err, sizeof *s, "oneDNN matmul");
    measure(s, spec);
    cut(s);
    int threads = alone_begin();
    mica_status status = prepare_steps(s, spec, err);
    alone_end(threads);
    if (status != MICA_OK) {
        release(s);
        return status;
    }
    p->state = s;
    p->scratch_bytes = (size_t)pieces_of(s) * s->piece_bytes;
    p->detail = s->primitives.detail;
    return MICA_OK;
}

static bool supports(const kernel_spec *s) {
    dnnl_data_type_t type = element_type(s);
    for (int i = 0; i < s->inputs; i++) {
        const shape *d = &s->in[i].shape;
        if (shape_size(d) <= 0 || (i < 2 && d->rank < 2)) return false;
    }
    return type == dnnl_f32 || (type == dnnl_bf16 && can_be_prepared(s, prepare, release));
}

static int64_t batch_offset(const matmul_state *s, int64_t batch, const int64_t *strides) {
    int64_t offset = 0;
    for (int i = s->batch_rank - 1; i >= 0; i--) {
        offset += batch % s->batch_dims[i] * strides[i];
        batch /= s->batch_dims[i];
    }
    return offset;
}

static void run_pieces(void *arg, int64_t begin, int64_t end) {
    const kernel_call *c = arg;
    const matmul_state *s = c->state;
    size_t size = element_bytes(s->type);
    for (int64_t i = begin; i < end; i++) {
        int64_t batch = i / s->cuts, first = i % s->cuts * s->cut;
        bool shorter = first + s->cut > s->length;
        int64_t a = batch_offset(s, batch, s->a_strides), b = batch_offset(s, batch, s->b_strides);
        int64_t y = batch * s->m * s->n, bias = 0;
        if (s->along_n) {
            b += s->transpose_b ? first * s->k : first;
            bias += first;
            y += first;
        } else {
            a += s->transpose_a ? first : first * s->k;
            y += first * s->n;
        }
        void *to = (char *)c->out[0] + y * (int64_t)size;
        const void *pointers[] = {element_at(c->in[0], a, size), element_at(c->in[1], b, size),
                                  s->bias ? element_at(c->in[2], bias, size) : to, to};
        primitives_run(&s->primitives, c->run_state, s->step[shorter], pointers,
                       (char *)c->scratch + (size_t)i * s->piece_bytes);
        int64_t length = shorter ? s->length - first : s->cut;
        if (clamps(s->activation))
            clamp_rows(s->activation, s->type, to, s->along_n ? s->m : length,
                       s->along_n ? length : s->n, s->n);
    }
}

static void run(const kernel_call *c) {
    const matmul_state *s = c->state;
    parallel_for(c->team, pieces_of(s), s->grain, run_pieces, (void *)(uintptr_t)c);
}

const kernel kernel_onednn_matmul = {
    .name = "onednn matmul",
    .op = &op_matmul,
    .supports = supports,
    .prepare = prepare,
    .bind = primitives_bind,
    .unbind = primitives_unbind,
    .run = run,
    .release = release,
};
