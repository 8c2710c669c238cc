/* sink: an elementwise node broadcasts its inputs by itself, so a broadcast before it is left out
 * where the result keeps its shape. */
#include "plan/rewrite.h"

static const node *broadcast_before(const rewrite *r, int value) {
    const node *n = made_by(r, value, &op_broadcast_like);
    if (!n) n = made_by(r, value, &op_broadcast_to);
    if (!n && (n = made_by(r, value, &op_expand_like)) && /* its axes may stand anywhere */
        shape_size(&r->from->values[n->in[0]].info.shape) != 1)
        n = NULL;
    return n;
}

/* Whether the result keeps its shape with *instead as operand `at` of `in`. */
static bool keeps_shape(const rewrite *r, const node *n, const operand *in, int at,
                        const operand *instead) {
    operand with[MAX_INPUTS], out[MAX_OUTPUTS] = {0};
    int outputs = n->outputs;
    for (int i = 0; i < n->inputs; i++) with[i] = i == at ? *instead : in[i];
    return infer_shapes(n->op, n->attrs, n->bodies, n->inputs, with, &outputs, out, NULL) ==
               MICA_OK &&
           shape_equal(&out[0].shape, &r->from->values[n->out[0]].info.shape);
}

/* What one broadcast leaves out counts for those after it: the last that gives the shape stays. */
static mica_status sink(rewrite *r, const node *n) {
    operand info[MAX_INPUTS];
    int in[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) info[i] = r->from->values[n->in[i]].info;
    for (int i = 0; i < n->inputs; i++) {
        const node *before = n->op->traits & ELEMENTWISE ? broadcast_before(r, n->in[i]) : NULL;
        const operand *source = before ? &r->from->values[before->in[0]].info : NULL;
        bool skip = before && keeps_shape(r, n, info, i, source);
        if (skip) info[i] = *source;
        in[i] = rewrite_value(r, skip ? before->in[0] : n->in[i]);
    }
    return rewrite_node(r, n, n->op, n->attrs, n->inputs, in);
}

const pass pass_sink = {"sink", sink, NULL};
