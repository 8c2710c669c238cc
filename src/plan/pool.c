/* pool: a convolution that only a max pooling reads becomes one node with it, and so does the
 * weight gradient that only reads the gradient of a max pooling: where a backend has a kernel for
 * it. */
#include "op/conv_pool.h"
#include "plan/widen.h"

/* n with other inputs (values of r->from), where a kernel computes that; else as it is. */
static mica_status instead(rewrite *r, const node *n, const op *o, const conv_pool_attrs *attrs,
                           int inputs, const int *in) {
    node fused = *n;
    fused.op = o;
    fused.attrs = attrs;
    fused.inputs = inputs;
    fused.in = in;
    if (widen_asks(r, &fused) == SLOW) return rewrite_copy(r, n);
    int to[4];
    for (int i = 0; i < inputs; i++) to[i] = rewrite_value(r, in[i]);
    return rewrite_node(r, n, o, attrs, inputs, to);
}

static mica_status forward(rewrite *r, const node *n) {
    const node *conv = r->uses[n->in[0]] == 1 ? made_by(r, n->in[0], &op_conv) : NULL;
    if (!conv) return rewrite_copy(r, n);
    conv_pool_attrs a = {*(const conv_attrs *)conv->attrs, *(const pool_attrs *)n->attrs};
    return instead(r, n, &op_conv_max_pool, &a, conv->inputs, conv->in);
}

static mica_status backward(rewrite *r, const node *n) {
    const node *back = r->uses[n->in[1]] == 1 ? made_by(r, n->in[1], &op_max_pool_backward) : NULL;
    if (!back) return rewrite_copy(r, n);
    conv_pool_attrs a = {*(const conv_attrs *)n->attrs, *(const pool_attrs *)back->attrs};
    int in[] = {n->in[0], back->in[0], back->in[1], n->in[2]};
    return instead(r, n, &op_conv_max_pool_backward_weights, &a, 4, in);
}

static mica_status pool(rewrite *r, const node *n) {
    if (n->op == &op_max_pool) return forward(r, n);
    return n->op == &op_conv_backward_weights ? backward(r, n) : rewrite_copy(r, n);
}

const pass pass_pool = {"pool", pool, NULL};
