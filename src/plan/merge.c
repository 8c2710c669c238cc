/* merge: common subexpressions. Pure nodes of one op, attributes and inputs are one; copies made
 * for recomputing are left alone. */
#include "plan/rewrite.h"

#include <string.h>

static bool same_input(const graph *g, int a, int b) {
    const value *va = &g->values[a], *vb = &g->values[b];
    return a == b ||
           (va->kind == VALUE_SHAPE && vb->kind == VALUE_SHAPE &&
            va->info.dtype == vb->info.dtype && shape_equal(&va->info.shape, &vb->info.shape));
}

static bool same(const graph *g, const node *made, const node *n, const int *in) {
    if (made->op != n->op || made->inputs != n->inputs || made->recomputed) return false;
    for (int i = 0; i < n->inputs; i++)
        if (!same_input(g, made->in[i], in[i])) return false;
    return !n->op->attrs_size || !memcmp(made->attrs, n->attrs, n->op->attrs_size);
}

static mica_status merge(rewrite *r, const node *n) {
    int in[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) in[i] = rewrite_value(r, n->in[i]);
    for (size_t at = 0; (n->op->traits & PURE) && !n->recomputed && at < r->to->node_count; at++) {
        const node *made = &r->to->nodes[at];
        if (!same(r->to, made, n, in)) continue;
        for (int i = 0; i < n->outputs; i++) r->map[n->out[i]] = made->out[i];
        return MICA_OK;
    }
    return rewrite_node(r, n, n->op, n->attrs, n->inputs, in);
}

const pass pass_merge = {"merge", merge, NULL};
