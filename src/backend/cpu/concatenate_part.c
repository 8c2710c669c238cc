/* concatenate_part of any dtype: one run of bytes for every index before the axis. */
#include "backend/kernel.h"
#include "op/array.h"

static bool supports(const kernel_spec *s) { return s->op == &op_concatenate_part; }

typedef struct part_call {
    const char *from;
    char *to;
    size_t whole, run; /* bytes of all parts, of this one */
} part_call;

static void copy_runs(void *arg, int64_t begin, int64_t end) {
    const part_call *p = arg;
    for (int64_t i = begin; i < end; i++)
        memcpy(p->to + (size_t)i * p->run, p->from + (size_t)i * p->whole, p->run);
}

static void run(const kernel_call *c) {
    const part_attrs *a = c->attrs;
    const shape *whole = &c->in_info[0].shape, *y = &c->out_info[0].shape;
    int64_t outer = 1, before = 0, inner = 1;
    int axis = 0;
    axis_resolve(a->axis, y->rank, &axis);
    if (shape_size(y) == 0) return;
    for (int d = 0; d < axis; d++) outer *= y->dims[d];
    for (int d = axis + 1; d < y->rank; d++) inner *= y->dims[d];
    for (int64_t i = 0; i < a->index; i++) before += c->in_info[1 + i].shape.dims[axis];
    size_t block = (size_t)inner * mica_dtype_size(c->out_info[0].dtype);
    part_call p = {.from = (const char *)c->in[0] + (size_t)before * block,
                   .to = c->out[0],
                   .whole = (size_t)whole->dims[axis] * block,
                   .run = (size_t)y->dims[axis] * block};
    parallel_for(c->team, outer, 1 + 262144 / (int64_t)(p.run + 1), copy_runs, &p);
}

extern const kernel kernel_cpu_concatenate_part;
const kernel kernel_cpu_concatenate_part = {
    .name = "cpu concatenate_part", .supports = supports, .run = run};
