/* shapes: where an op wants only the shape of an input (`like`), the value itself is let go, so
 * that nothing is kept alive for its shape. */
#include "plan/rewrite.h"

static mica_status shapes(rewrite *r, const node *n) {
    int in[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) {
        const operand *info = &r->from->values[n->in[i]].info;
        bool only_shape = n->op->shape_inputs >> i & 1;
        in[i] = only_shape ? graph_shape(r->to, info->dtype, &info->shape)
                           : rewrite_value(r, n->in[i]);
    }
    return rewrite_node(r, n, n->op, n->attrs, n->inputs, in);
}

const pass pass_shapes = {"shapes", shapes, NULL};
