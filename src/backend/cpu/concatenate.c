/* concatenate and split of any dtype: for every index before the axis one run of bytes per part. */
#include "backend/kernel.h"
#include "op/array.h"

#include <string.h>

static bool supports(const kernel_spec *s) {
    return s->op == &op_concatenate || s->op == &op_split;
}

typedef struct join_call {
    const kernel_call *call;
    bool join;
    size_t run[MAX_INPUTS], whole; /* bytes of each part, of all */
} join_call;

static void join_rows(void *arg, int64_t begin, int64_t end) {
    const join_call *j = arg;
    const kernel_call *c = j->call;
    int parts = j->join ? c->inputs : c->outputs;
    for (int64_t i = begin; i < end; i++)
        for (size_t k = 0, at = (size_t)i * j->whole; k < (size_t)parts; at += j->run[k], k++) {
            if (j->join)
                memcpy((char *)c->out[0] + at, (const char *)c->in[k] + (size_t)i * j->run[k],
                       j->run[k]);
            else
                memcpy((char *)c->out[k] + (size_t)i * j->run[k], (const char *)c->in[0] + at,
                       j->run[k]);
        }
}

static void run(const kernel_call *c) {
    join_call j = {.call = c, .join = c->op == &op_concatenate};
    const operand *parts = j.join ? c->in_info : c->out_info;
    const shape *whole = j.join ? &c->out_info[0].shape : &c->in_info[0].shape;
    int count = j.join ? c->inputs : c->outputs, axis = 0;
    int64_t outer = 1, asked;
    memcpy(&asked, c->attrs, sizeof asked); /* the axis stands first in the attributes of both */
    axis_resolve(asked, whole->rank, &axis);
    for (int i = 0; i < axis; i++) outer *= whole->dims[i];
    if (shape_size(whole) == 0) return;
    for (int i = 0; i < count; i++) {
        j.run[i] = (size_t)(shape_size(&parts[i].shape) / outer) * mica_dtype_size(parts[i].dtype);
        j.whole += j.run[i];
    }
    parallel_for(c->team, outer, 1 + 262144 / (int64_t)(j.whole + 1), join_rows, &j);
}

extern const kernel kernel_cpu_concatenate;
const kernel kernel_cpu_concatenate = {.name = "cpu concatenate", .supports = supports, .run = run};
