/* layer_norm, rms_norm and their gradients in float32, one row after another. The sums over rows
 * are taken in chunks that depend on the shape alone and put together in order, in double: the bits
 * do not depend on the number of threads. */
#include "backend/cpu/layer_norm.h"

#include "backend/kernel.h"
#include "op/layer_norm.h"

#include <string.h>

#define CHUNK 32768 /* elements of a chunk, about */
#define MOST_CHUNKS 64

typedef struct chunks {
    int64_t rows, k, size, count; /* size: rows of a chunk */
} chunks;

static bool backward_of(const op *o) {
    return o == &op_layer_norm_backward || o == &op_rms_norm_backward;
}

static chunks chunks_of(const operand *x, const layer_norm_attrs *a) {
    chunks c = {.k = layer_norm_extent(&x->shape, a)};
    c.rows = shape_size(&x->shape) / c.k;
    c.size = 1 + CHUNK / c.k;
    if (c.rows / c.size > MOST_CHUNKS) c.size = (c.rows + MOST_CHUNKS - 1) / MOST_CHUNKS;
    c.count = (c.rows + c.size - 1) / c.size;
    return c;
}

static bool supports(const kernel_spec *s) {
    if (s->op != &op_layer_norm && s->op != &op_rms_norm && !backward_of(s->op)) return false;
    for (int i = 0; i < s->inputs; i++)
        if (s->in[i].dtype != MICA_FLOAT32 || shape_size(&s->in[i].shape) == 0) return false;
    return true;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    p->state = (void *)ISA_CHOOSE(layer_norms, isa_best()); /* a constant: nothing to release */
    p->detail = isa_name(isa_best());
    if (!backward_of(s->op)) return MICA_OK;
    chunks c = chunks_of(&s->in[1], s->attrs);
    p->scratch_bytes = (size_t)(c.count * 2 * c.k) * sizeof(float);
    return MICA_OK;
}

typedef struct layer_norm_call {
    const kernel_call *call;
    const layer_norm_table *table;
    chunks c;
    bool centre;
    float epsilon;
} layer_norm_call;

static void forward_rows(void *arg, int64_t begin, int64_t end) {
    const layer_norm_call *l = arg;
    const float *x = l->call->in[0], *gamma = l->call->in[1];
    const float *beta = l->centre ? l->call->in[2] : NULL;
    int64_t k = l->c.k;
    float *y = l->call->out[0];
    for (int64_t i = begin; i < end; i++)
        l->table->forward(k, l->centre, l->epsilon, x + i * k, gamma, beta, y + i * k);
}

/* Chunk i leaves its sums for dgamma and dbeta in the scratch. */
static void backward_chunks(void *arg, int64_t begin, int64_t end) {
    const layer_norm_call *l = arg;
    const float *dy = l->call->in[0], *x = l->call->in[1], *gamma = l->call->in[2];
    float *dx = l->call->out[0];
    int64_t k = l->c.k;
    for (int64_t i = begin; i < end; i++) {
        float *sums = (float *)l->call->scratch + i * 2 * k;
        int64_t last = (i + 1) * l->c.size < l->c.rows ? (i + 1) * l->c.size : l->c.rows;
        memset(sums, 0, (size_t)(2 * k) * sizeof *sums);
        for (int64_t row = i * l->c.size; row < last; row++)
            l->table->backward(k, l->centre, l->epsilon, dy + row * k, x + row * k, gamma,
                               dx + row * k, sums, l->centre ? sums + k : NULL);
    }
}

static void add_chunks(const layer_norm_call *l, int which, float *total) {
    const float *sums = (const float *)l->call->scratch + which * l->c.k;
    for (int64_t j = 0; j < l->c.k; j++) {
        double sum = 0;
        for (int64_t i = 0; i < l->c.count; i++) sum += sums[i * 2 * l->c.k + j];
        total[j] = (float)sum;
    }
}

static void run(const kernel_call *k) {
    bool back = backward_of(k->op);
    layer_norm_call l = {.call = k,
                         .table = k->state,
                         .c = chunks_of(&k->in_info[back ? 1 : 0], k->attrs),
                         .centre = k->op == &op_layer_norm || k->op == &op_layer_norm_backward,
                         .epsilon = (float)((const layer_norm_attrs *)k->attrs)->epsilon};
    if (!back) {
        parallel_for(k->team, l.c.rows, 1 + 8192 / l.c.k, forward_rows, &l);
        return;
    }
    parallel_for(k->team, l.c.count, 1, backward_chunks, &l);
    add_chunks(&l, 0, k->out[1]);
    if (l.centre) add_chunks(&l, 1, k->out[2]);
}

extern const kernel kernel_cpu_layer_norm;
const kernel kernel_cpu_layer_norm = {
    .name = "cpu layer_norm", .supports = supports, .prepare = prepare, .run = run};
