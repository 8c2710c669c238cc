/* widen: what only the reference computes in half precision is computed in float32 between casts,
 * where a backend has a kernel for that: y = half(f(float(x))). Sums are kept in float32, and a
 * convolution with its bias, activation and pooling, which are one node by now, is rounded once;
 * casts and arithmetic then become one loop (fuse), so that no chain of half floats leaves the
 * registers as float32. */
#include "plan/widen.h"

#include "op/elementwise.h"
#include "op/window.h"

#include <string.h>

how_fast widen_asks(const rewrite *r, const node *n) {
    operand in[MAX_INPUTS], out[MAX_OUTPUTS];
    bool constant[MAX_INPUTS], variable[MAX_INPUTS];
    kernel_spec s = node_spec(r->c, r->from, n, in, out, constant, variable);
    how_fast speed = kernel_speed(r->c->backends, &s);
    return speed == FAST_IN_FLOAT32 && pass_left_out(r->c, &pass_widen) ? SLOW : speed;
}

static mica_status cast_to(rewrite *r, int value, mica_dtype dtype, int *out) {
    const cast_attrs attrs = {dtype};
    int outputs = 1;
    return graph_node(r->to, &op_cast, &attrs, NULL, 1, &value, &outputs, out, r->err);
}

/* ---- what is rounded already ---- */

/* Inputs (bits) whose values, their negatives or 0 are all that the node's first output holds;
 * 0: it computes others. */
static unsigned selects_from(const node *n) {
    if (n->op == &op_maximum || n->op == &op_minimum) return 3;
    if (n->op == &op_max_pool_backward) return !pool_overlaps(n->attrs);
    return n->op == &op_relu || n->op == &op_relu_grad || n->op == &op_negative ||
           n->op == &op_abs || n->op == &op_max_pool;
}

#define DEEPEST 8 /* nodes that are looked through */

/* Whether a float32 value of the new graph holds nothing but halves of that type. */
static bool is_rounded(const graph *g, int number, mica_dtype half, int depth) {
    const value *v = &g->values[number];
    if (v->kind != VALUE_NODE || depth == DEEPEST) return false;
    const node *n = &g->nodes[v->node];
    if (n->op == &op_cast) return g->values[n->in[0]].info.dtype == half;
    unsigned from = n->out[0] == number ? selects_from(n) : 0;
    for (int i = 0; i < n->inputs; i++)
        if (from >> i & 1 && !is_rounded(g, n->in[i], half, depth + 1)) return false;
    return from != 0;
}

/* The half as float32: what it was made of, where that was rounded already. */
static mica_status as_float32(rewrite *r, int number, int *out) {
    const value *v = &r->to->values[number];
    const node *n = v->kind == VALUE_NODE ? &r->to->nodes[v->node] : NULL;
    bool cast = n && n->op == &op_cast && r->to->values[n->in[0]].info.dtype == MICA_FLOAT32;
    if (!cast || !is_rounded(r->to, n->in[0], v->info.dtype, 0))
        return cast_to(r, number, MICA_FLOAT32, out);
    *out = n->in[0];
    return MICA_OK;
}

static mica_status widen(rewrite *r, const node *n) {
    int in[MAX_INPUTS], out[MAX_OUTPUTS], outputs = n->outputs;
    if (widen_asks(r, n) != FAST_IN_FLOAT32) return rewrite_copy(r, n);
    for (int i = 0; i < n->inputs; i++) {
        const operand *info = &r->from->values[n->in[i]].info;
        bool shape_alone = n->op->shape_inputs >> i & 1;
        in[i] = dtype_is_half(info->dtype) && shape_alone
                    ? graph_shape(r->to, MICA_FLOAT32, &info->shape)
                    : rewrite_value(r, n->in[i]);
        if (dtype_is_half(info->dtype) && !shape_alone) TRY(as_float32(r, in[i], &in[i]));
    }
    TRY(graph_node(r->to, n->op, n->attrs, NULL, n->inputs, in, &outputs, out, r->err));
    for (int i = 0; i < n->outputs; i++) {
        mica_dtype wanted = r->from->values[n->out[i]].info.dtype;
        r->map[n->out[i]] = out[i];
        if (r->to->values[out[i]].info.dtype != wanted)
            TRY(cast_to(r, out[i], wanted, &r->map[n->out[i]]));
    }
    return MICA_OK;
}

const pass pass_widen = {"widen", widen, NULL};
