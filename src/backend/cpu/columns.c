/* softmax, log_softmax and their gradient along an axis that is not the last, in float32: some
 * neighbouring columns at a time. */
#include "backend/cpu/columns.h"

#include "backend/kernel.h"
#include "op/reduce.h"

static bool supports(const kernel_spec *s) {
    const shape *x = &s->in[0].shape;
    int axis = 0;
    if (s->op != &op_softmax && s->op != &op_log_softmax && s->op != &op_softmax_grad) return false;
    for (int i = 0; i < s->inputs; i++)
        if (s->in[i].dtype != MICA_FLOAT32) return false;
    return shape_size(x) > 0 &&
           axis_resolve(((const axis_attrs *)s->attrs)->axis, x->rank, &axis) && axis < x->rank - 1;
}

static mica_status prepare(const kernel_spec *s, kernel_plan *p, mica_error *err) {
    p->state = (void *)ISA_CHOOSE(columns, isa_best()); /* a constant: nothing to release */
    p->detail = isa_name(isa_best());
    return MICA_OK;
}

typedef struct columns_call {
    const kernel_call *call;
    int64_t k, inner, blocks; /* x is … x k x inner, inner in so many blocks */
} columns_call;

static void run_blocks(void *arg, int64_t begin, int64_t end) {
    const columns_call *c = arg;
    const kernel_call *call = c->call;
    const column_table *t = call->state;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i % c->blocks * COLUMNS_AT_ONCE, n = c->inner - first;
        int64_t at = i / c->blocks * c->k * c->inner + first;
        const float *x = (const float *)call->in[0] + at;
        float *y = (float *)call->out[0] + at;
        if (n > COLUMNS_AT_ONCE) n = COLUMNS_AT_ONCE;
        if (call->op == &op_softmax) t->softmax(c->k, c->inner, n, x, y);
        else if (call->op == &op_log_softmax) t->log_softmax(c->k, c->inner, n, x, y);
        else t->softmax_grad(c->k, c->inner, n, x, (const float *)call->in[1] + at, y);
    }
}

static void run(const kernel_call *call) {
    const shape *x = &call->in_info[0].shape;
    columns_call c = {.call = call, .inner = 1};
    int axis = 0;
    axis_resolve(((const axis_attrs *)call->attrs)->axis, x->rank, &axis);
    for (int d = axis + 1; d < x->rank; d++) c.inner *= x->dims[d];
    c.k = x->dims[axis];
    c.blocks = (c.inner + COLUMNS_AT_ONCE - 1) / COLUMNS_AT_ONCE;
    int64_t outer = shape_size(x) / (c.k * c.inner);
    parallel_for(call->team, outer * c.blocks, 1 + 8192 / (c.k * COLUMNS_AT_ONCE), run_blocks, &c);
}

extern const kernel kernel_cpu_columns;
const kernel kernel_cpu_columns = {
    .name = "cpu columns", .supports = supports, .prepare = prepare, .run = run, .in_place = ~0u};
