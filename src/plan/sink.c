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

static bool keeps_shape(const rewrite *r, const node *n, int at, int instead) {
    operand in[MAX_INPUTS], out[MAX_OUTPUTS] = {0};
    int outputs = n->outputs;
    for (int i = 0; i < n->inputs; i++) in[i] = r->from->values[n->in[i]].info;
    in[at] = r->from->values[instead].info;
    return infer_shapes(n->op, n->attrs, n->bodies, n->inputs, in, &outputs, out, NULL) ==
               MICA_OK &&
           shape_equal(&out[0].shape, &r->from->values[n->out[0]].info.shape);
}

static mica_status sink(rewrite *r, const node *n) {
    int in[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) {
        const node *before = n->op->traits & ELEMENTWISE ? broadcast_before(r, n->in[i]) : NULL;
        bool skip = before && keeps_shape(r, n, i, before->in[0]);
        in[i] = rewrite_value(r, skip ? before->in[0] : n->in[i]);
    }
    return rewrite_node(r, n, n->op, n->attrs, n->inputs, in);
}

const pass pass_sink = {"sink", sink, NULL};
