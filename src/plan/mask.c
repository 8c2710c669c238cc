/* mask: ReLU before max pooling. The gradient relu_grad(max_pool_backward(dp, index, like y), y),
 * where p, index = max_pool(y), is max_pool_backward(relu_grad(dp, p), index, like y): the
 * window's maximum is positive exactly where its y is. The mask is then applied to the small pooled
 * gradient, and y itself is not needed after the forward pass. */
#include "plan/rewrite.h"

static mica_status mask(rewrite *r, const node *n) {
    const node *back = n->op == &op_relu_grad ? made_by(r, n->in[0], &op_max_pool_backward) : NULL;
    const node *pool = back && r->uses[n->in[0]] == 1 ? made_by(r, back->in[1], &op_max_pool)
                                                      : NULL;
    if (!pool || pool->in[0] != n->in[1] || back->in[1] != pool->out[1]) return rewrite_copy(r, n);
    int dp = rewrite_value(r, back->in[0]), p = rewrite_value(r, pool->out[0]), masked;
    const operand *info = &r->from->values[back->in[0]].info;
    TRY(graph_append(r->to, &op_relu_grad, NULL, 2, (int[]){dp, p}, 1, info, &masked, r->err));
    int in[MAX_INPUTS] = {masked};
    for (int i = 1; i < back->inputs; i++) in[i] = rewrite_value(r, back->in[i]);
    return rewrite_node(r, n, back->op, back->attrs, back->inputs, in);
}

const pass pass_mask = {"mask", mask, NULL};
