/* batch_norm_training and batch_norm_backward in float32. Sums over a channel are taken in chunks
 * that depend on the shape alone and put together in order, in double: the bits do not depend on
 * the number of threads. */
#include "backend/cpu/norm.h"

#include "backend/kernel.h"
#include "op/norm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 32768 /* elements of a chunk, about */
#define MOST_CHUNKS 64

typedef struct norm_state {
    int64_t rows, channels, s; /* x is rows x channels x s */
    int64_t chunk, chunks;     /* rows of a chunk */
    const norm_table *table;
} norm_state;

static bool supports(const kernel_spec *s) {
    if (s->op != &op_batch_norm_training && s->op != &op_batch_norm_backward) return false;
    for (int i = 0; i < s->inputs; i++)
        if (s->in[i].dtype != MICA_FLOAT32 || shape_size(&s->in[i].shape) == 0) return false;
    return true;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    norm_state *n = allocate(1, sizeof *n);
    if (!n) return fail_memory(err, sizeof *n, "batch_norm");
    const shape *x = &s->in[0].shape;
    channel_walk w = channel_walk_of(x, ((const batch_norm_attrs *)s->attrs)->axis);
    *n = (norm_state){.channels = w.channels,
                      .s = w.inner,
                      .rows = w.count / w.inner,
                      .table = ISA_CHOOSE(norms, isa_best())};
    n->chunk = 1 + CHUNK / (n->channels * n->s);
    if (n->rows / n->chunk > MOST_CHUNKS) n->chunk = (n->rows + MOST_CHUNKS - 1) / MOST_CHUNKS;
    n->chunks = (n->rows + n->chunk - 1) / n->chunk;
    p->state = n;
    p->scratch_bytes = (size_t)((n->chunks * 2 + 4) * n->channels) * sizeof(float);
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct norm_call {
    const norm_state *n;
    const float *x, *dy;
    float *y;
    const float *centre; /* NULL in the first pass of training */
    float *partial;      /* chunks x (sum, square) x channels */
    float *mean, *scale, *shift, *slope;
} norm_call;

static void sum_chunks(void *arg, int64_t begin, int64_t end) {
    const norm_call *c = arg;
    const norm_state *n = c->n;
    for (int64_t i = begin; i < end; i++) {
        int64_t row = i * n->chunk, rows = n->rows - row < n->chunk ? n->rows - row : n->chunk;
        int64_t at = row * n->channels * n->s;
        float *sum = c->partial + i * 2 * n->channels;
        memset(sum, 0, (size_t)(2 * n->channels) * sizeof *sum);
        n->table->sums(rows, n->channels, n->s, c->x + at, c->centre, c->dy ? c->dy + at : NULL,
                       sum, sum + n->channels);
    }
}

static double total(const norm_call *c, int which, int64_t channel) {
    double sum = 0;
    for (int64_t i = 0; i < c->n->chunks; i++)
        sum += c->partial[(i * 2 + which) * c->n->channels + channel];
    return sum;
}

static void apply_chunks(void *arg, int64_t begin, int64_t end) {
    const norm_call *c = arg;
    const norm_state *n = c->n;
    int64_t row = begin * n->chunk, last = end * n->chunk < n->rows ? end * n->chunk : n->rows;
    int64_t at = row * n->channels * n->s;
    n->table->apply(last - row, n->channels, n->s, c->x + at, c->dy ? c->dy + at : NULL, c->mean,
                    c->scale, c->shift, c->slope, c->y + at);
}

static void train(const kernel_call *k, norm_call *c) {
    const norm_state *n = c->n;
    const float *gamma = k->in[1], *beta = k->in[2];
    float *mean = k->out[1], *variance = k->out[2];
    double count = (double)(n->rows * n->s),
           epsilon = ((const batch_norm_attrs *)k->attrs)->epsilon;
    c->x = k->in[0], c->mean = mean;
    parallel_for(k->team, n->chunks, 1, sum_chunks, c);
    for (int64_t i = 0; i < n->channels; i++) mean[i] = (float)(total(c, 0, i) / count);
    c->centre = mean;
    parallel_for(k->team, n->chunks, 1, sum_chunks, c);
    for (int64_t i = 0; i < n->channels; i++) {
        double v = total(c, 1, i) / count;
        variance[i] = (float)v;
        c->scale[i] = (float)(gamma[i] / sqrt(v + epsilon));
        c->shift[i] = beta[i];
    }
}

static void backward(const kernel_call *k, norm_call *c) {
    const norm_state *n = c->n;
    const float *gamma = k->in[2], *mean = k->in[3], *variance = k->in[4];
    float *dgamma = k->out[1], *dbeta = k->out[2];
    double count = (double)(n->rows * n->s),
           epsilon = ((const batch_norm_attrs *)k->attrs)->epsilon;
    c->dy = k->in[0], c->x = k->in[1], c->centre = mean;
    memcpy(c->mean, mean, (size_t)n->channels * sizeof *mean);
    parallel_for(k->team, n->chunks, 1, sum_chunks, c);
    for (int64_t i = 0; i < n->channels; i++) {
        double r = 1 / sqrt(variance[i] + epsilon), sum = total(c, 0, i),
               product = total(c, 1, i) * r;
        c->scale[i] = (float)(gamma[i] * r);
        c->shift[i] = (float)(sum / count);
        c->slope[i] = (float)(r * product / count);
        dgamma[i] = (float)product, dbeta[i] = (float)sum;
    }
}

static void run(const kernel_call *k) {
    const norm_state *n = k->state;
    float *own = k->scratch;
    norm_call c = {.n = n,
                   .y = k->out[0],
                   .mean = own,
                   .scale = own + n->channels,
                   .shift = own + 2 * n->channels,
                   .slope = own + 3 * n->channels,
                   .partial = own + 4 * n->channels};
    if (k->op == &op_batch_norm_training) train(k, &c);
    else backward(k, &c);
    parallel_for(k->team, n->chunks, 1, apply_chunks, &c);
}

extern const kernel kernel_cpu_batch_norm;
const kernel kernel_cpu_batch_norm = {.name = "cpu batch_norm",
                                      .supports = supports,
                                      .prepare = prepare,
                                      .run = run,
                                      .release = free};
