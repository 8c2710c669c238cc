/* softmax, log_softmax, their gradient, argmax and argmin along the last axis, and the
 * cross-entropies of rows with their gradients: one row after another, in float32. */
#include "backend/cpu/rows.h"

#include "backend/kernel.h"
#include "op/loss.h"

#include <math.h>

typedef void row_function(const kernel_call *c, const row_table *t, int64_t row, int64_t k);

/* Row i of an operand. */
static const float *row_in(const kernel_call *c, int input, int64_t i, int64_t k) {
    return (const float *)c->in[input] + i * k;
}
static float *row_out(const kernel_call *c, int output, int64_t i, int64_t k) {
    return (float *)c->out[output] + i * k;
}

static void softmax_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    t->softmax(k, row_in(c, 0, i, k), row_out(c, 0, i, k));
}

static void log_softmax_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    t->log_softmax(k, row_in(c, 0, i, k), row_out(c, 0, i, k));
}

static void softmax_grad_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    t->softmax_grad(k, row_in(c, 0, i, k), row_in(c, 1, i, k), row_out(c, 0, i, k));
}

static void argmax_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    ((int64_t *)c->out[0])[i] = t->argmax(k, row_in(c, 0, i, k));
}

static void argmin_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    ((int64_t *)c->out[0])[i] = t->argmin(k, row_in(c, 0, i, k));
}

static void sparse_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    const float *z = row_in(c, 0, i, k);
    float log_sum = t->softmax(k, z, row_out(c, 1, i, k));
    int64_t label = label_of(&c->in_info[1], c->in[1], i, k);
    *row_out(c, 0, i, 1) = label < 0 ? NAN : log_sum - z[label];
}

static void sparse_grad_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    const float *p = row_in(c, 1, i, k);
    float dy = *row_in(c, 0, i, 1), *dz = row_out(c, 0, i, k);
    int64_t label = label_of(&c->in_info[2], c->in[2], i, k);
    float before = label < 0 ? 0 : p[label]; /* dz may be p */
    t->scale(k, label < 0 ? NAN : dy, p, dz);
    if (label >= 0) dz[label] = dy * (before - 1);
}

static void dense_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    const float *z = row_in(c, 0, i, k);
    float log_sum = t->softmax(k, z, row_out(c, 1, i, k));
    *row_out(c, 0, i, 1) = t->cross_entropy(k, z, row_in(c, 1, i, k), log_sum);
}

static void dense_grad_of(const kernel_call *c, const row_table *t, int64_t i, int64_t k) {
    t->cross_entropy_grad(k, *row_in(c, 0, i, 1), row_in(c, 1, i, k), row_in(c, 2, i, k),
                          row_out(c, 0, i, k));
}

static const struct {
    const op *op;
    row_function *run;
    int floats; /* how many of the first inputs must be float32 */
    int rows;   /* the input that has the rows */
    bool axis;  /* its attributes name the axis: the last one is wanted */
} facts[] = {
    {&op_softmax, softmax_of, 1, 0, true},
    {&op_log_softmax, log_softmax_of, 1, 0, true},
    {&op_softmax_grad, softmax_grad_of, 2, 0, true},
    {&op_argmax, argmax_of, 1, 0, true},
    {&op_argmin, argmin_of, 1, 0, true},
    {&op_sparse_softmax_cross_entropy, sparse_of, 1, 0, false},
    {&op_sparse_softmax_cross_entropy_grad, sparse_grad_of, 2, 1, false},
    {&op_softmax_cross_entropy, dense_of, 2, 0, false},
    {&op_softmax_cross_entropy_grad, dense_grad_of, 3, 1, false},
};

static int fact_of(const op *o) {
    for (int i = 0; i < (int)LENGTH(facts); i++)
        if (facts[i].op == o) return i;
    return -1;
}

static bool rows_supports(const kernel_spec *s) {
    int i = fact_of(s->op), axis = 0;
    if (i < 0) return false;
    const shape *x = &s->in[facts[i].rows].shape;
    if (x->rank < 1 || shape_size(x) < 1) return false;
    for (int k = 0; k < facts[i].floats; k++)
        if (s->in[k].dtype != MICA_FLOAT32) return false;
    if (!facts[i].axis) return true;
    return axis_resolve(((const axis_attrs *)s->attrs)->axis, x->rank, &axis) &&
           axis == x->rank - 1;
}

static mica_status rows_prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    p->state = (void *)ISA_CHOOSE(rows, isa_best()); /* a constant: nothing to release */
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct rows_call {
    const kernel_call *call;
    row_function *run;
    const row_table *table;
    int64_t k;
} rows_call;

static void rows_piece(void *arg, int64_t begin, int64_t end) {
    const rows_call *r = arg;
    for (int64_t i = begin; i < end; i++) r->run(r->call, r->table, i, r->k);
}

static void rows_run(const kernel_call *c) {
    int i = fact_of(c->op);
    const shape *x = &c->in_info[facts[i].rows].shape;
    rows_call r = {.call = c, .run = facts[i].run, .table = c->state, .k = classes_of(x)};
    parallel_for(c->team, shape_size(x) / r.k, 1 + 8192 / r.k, rows_piece, &r);
}

extern const kernel kernel_cpu_rows;
const kernel kernel_cpu_rows = {.name = "cpu rows",
                                .supports = rows_supports,
                                .prepare = rows_prepare,
                                .run = rows_run,
                                .in_place = ~0u};
