/* fold: pure nodes whose inputs are constants, or of which only the shapes matter, are computed
 * once, here. Large results stay nodes: a plan should not hold what is cheap to make again. */
#include "plan/rewrite.h"

#define LARGEST_BYTES 65536

static bool foldable(const rewrite *r, const node *n) {
    if (!(n->op->traits & PURE) || n->op->bodies) return false;
    for (int i = 0; i < n->outputs; i++) {
        const operand *out = &r->from->values[n->out[i]].info;
        if (shape_size(&out->shape) * (int64_t)mica_dtype_size(out->dtype) > LARGEST_BYTES)
            return false;
    }
    for (int i = 0; i < n->inputs; i++) {
        int brought = rewrite_value((rewrite *)r, n->in[i]);
        if (brought < 0) return false; /* no memory: rewrite_copy tells it */
        if (r->to->values[brought].kind != VALUE_CONSTANT && !(n->op->shape_inputs >> i & 1))
            return false;
    }
    return n->inputs > 0;
}

/* Runs the node on the constants of r->to; out gets tensors that the caller destroys. */
static mica_status evaluate(rewrite *r, const node *n, mica_tensor **out) {
    operand in_info[MAX_INPUTS], out_info[MAX_OUTPUTS];
    static const bool no[MAX_INPUTS] = {false};
    const void *in[MAX_INPUTS] = {NULL};
    void *bytes[MAX_OUTPUTS];
    for (int i = 0; i < n->inputs; i++) {
        in_info[i] = r->to->values[rewrite_value(r, n->in[i])].info;
        if (in_info[i].value) in[i] = tensor_bytes(in_info[i].value);
    }
    for (int i = 0; i < n->outputs; i++) {
        out_info[i] = r->from->values[n->out[i]].info;
        out[i] = tensor_alloc(r->c->ctx, out_info[i].dtype, &out_info[i].shape);
        if (out[i]->kind == TENSOR_POISON) return fail_memory(r->err, 0, n->op->name);
        bytes[i] = tensor_bytes(out[i]);
    }
    kernel_spec s = {.op = n->op,
                     .attrs = n->attrs,
                     .inputs = n->inputs,
                     .outputs = n->outputs,
                     .in = in_info,
                     .out = out_info,
                     .in_constant = no,
                     .in_variable = no,
                     .threads = 1,
                     .plain = true};
    mica_error why = {0};
    const prepared *p = cache_find(&r->c->cache, r->c->backends, &s, &why);
    if (!p) return fail(r->err, why.code, "%s", why.message);
    if (!p->kernel) return fail(r->err, MICA_UNSUPPORTED, "%s: cannot be folded", n->op->name);
    TRY(prepared_run(&r->c->cache, p, &s, in, bytes, NULL, r->err));
    bool done = true;
    for (int i = 0; i < n->outputs && done; i++) done = tensor_own_texts(out[i]);
    return done ? MICA_OK : fail_no_memory(r->err, n->op->name);
}

static bool strided(const rewrite *r, const node *n) {
    for (int i = 0; i < n->inputs; i++) {
        const mica_tensor *t = r->to->values[rewrite_value((rewrite *)r, n->in[i])].info.value;
        if (t && !tensor_contiguous(t)) return true;
    }
    return false;
}

static mica_status fold(rewrite *r, const node *n) {
    mica_tensor *out[MAX_OUTPUTS] = {NULL};
    if (!foldable(r, n) || strided(r, n) || n->op->compose) return rewrite_copy(r, n);
    mica_status status = evaluate(r, n, out);
    for (int i = 0; i < n->outputs && status == MICA_OK; i++)
        if ((r->map[n->out[i]] = graph_constant(r->to, out[i])) < 0)
            status = fail_no_memory(r->err, n->op->name);
    for (int i = 0; i < n->outputs; i++) mica_tensor_destroy(&out[i]);
    return status;
}

const pass pass_fold = {"fold", fold, NULL};
