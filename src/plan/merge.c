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
    for (int k = 0; k < n->op->bodies; k++)
        if (!graph_same(made->bodies[k], n->bodies[k])) return false;
    return !n->op->attrs_size || !memcmp(made->attrs, n->attrs, n->op->attrs_size);
}

/* Equal for nodes that are `same`: inputs of which only the shape matters count by that. */
static uint64_t hash_of(const graph *g, const node *n, const int *in) {
    uint64_t hash = hash_bytes(HASH_BEGIN, &n->op, sizeof n->op);
    if (n->op->attrs_size) hash = hash_bytes(hash, n->attrs, n->op->attrs_size);
    for (int i = 0; i < n->inputs; i++) {
        const value *v = &g->values[in[i]];
        if (v->kind == VALUE_SHAPE)
            hash = hash_bytes(hash, v->info.shape.dims,
                              sizeof *v->info.shape.dims * (size_t)v->info.shape.rank);
        else hash = hash_bytes(hash, &in[i], sizeof in[i]);
    }
    return hash;
}

static mica_status merge(rewrite *r, const node *n) {
    int in[MAX_INPUTS];
    for (int i = 0; i < n->inputs; i++) in[i] = rewrite_value(r, n->in[i]);
    TRY(rewrite_lacks(r, n->op, n->inputs, in)); /* hash_of looks at them */
    bool mergeable = (node_traits(n) & PURE) && !n->recomputed;
    uint64_t hash = mergeable ? hash_of(r->to, n, in) : 0;
    size_t at = 0;
    for (int number; mergeable && (number = index_next(&r->made, hash, &at)) >= 0;) {
        const node *made = &r->to->nodes[number];
        if (!same(r->to, made, n, in)) continue;
        for (int i = 0; i < n->outputs; i++) r->map[n->out[i]] = made->out[i];
        return MICA_OK;
    }
    TRY(rewrite_node(r, n, n->op, n->attrs, n->inputs, in));
    if (mergeable && !index_add(&r->made, hash, (int)r->to->node_count - 1))
        return fail_memory(r->err, r->made.room, "a plan");
    return MICA_OK;
}

const pass pass_merge = {"merge", merge, NULL};
