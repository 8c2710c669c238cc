/* widen: what only the reference computes in half precision is computed in float32 between casts,
 * where a backend has a kernel for that: y = half(f(float(x))). The results are rounded as before,
 * sums are kept in float32; casts and arithmetic then become one loop (fuse), so that no chain of
 * half floats leaves the registers as float32. */
#include "op/elementwise.h"
#include "plan/rewrite.h"

#include <string.h>

static bool is_half(mica_dtype dtype) { return dtype == MICA_FLOAT16 || dtype == MICA_BFLOAT16; }

static bool is_fast(const compiler *c, const kernel_spec *s) {
    const kernel *k = kernel_choose(c->backends, s, NULL);
    return k && strcmp(backend_of_kernel(k)->name, "reference");
}

/* Whether float32 makes it fast. */
static bool gains(rewrite *r, const node *n) {
    operand in[MAX_INPUTS], out[MAX_OUTPUTS];
    bool constant[MAX_INPUTS], variable[MAX_INPUTS], half = false;
    if (n->op == &op_cast || n->op->bodies) return false;
    for (int i = 0; i < n->inputs; i++) half |= is_half(r->from->values[n->in[i]].info.dtype);
    if (!half) return false;
    kernel_spec s = node_spec(r->c, r->from, n, in, out, constant, variable);
    if (is_fast(r->c, &s)) return false;
    for (int i = 0; i < n->inputs; i++)
        if (is_half(in[i].dtype)) in[i].dtype = MICA_FLOAT32, in[i].value = NULL;
    for (int i = 0; i < n->outputs; i++)
        if (is_half(out[i].dtype)) out[i].dtype = MICA_FLOAT32;
    return is_fast(r->c, &s);
}

static mica_status cast_to(rewrite *r, int value, mica_dtype dtype, int *out) {
    const cast_attrs attrs = {dtype};
    int outputs = 1;
    return graph_node(r->to, &op_cast, &attrs, NULL, 1, &value, &outputs, out, r->err);
}

static mica_status widen(rewrite *r, const node *n) {
    int in[MAX_INPUTS], out[MAX_OUTPUTS], outputs = n->outputs;
    if (!gains(r, n)) return rewrite_copy(r, n);
    for (int i = 0; i < n->inputs; i++) {
        in[i] = rewrite_value(r, n->in[i]);
        if (is_half(r->from->values[n->in[i]].info.dtype))
            TRY(cast_to(r, in[i], MICA_FLOAT32, &in[i]));
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
