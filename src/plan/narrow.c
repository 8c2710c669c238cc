/* Narrowing scans: see narrow.h. Carries stay; stacked outputs and sums that nobody reads go (the
 * carries that a gradient would have needed are such), then sequences and captured values that the
 * body does not read any more. */
#include "plan/narrow.h"

#include "plan/specialise.h"

/* The body with the outputs that stay, and without the nodes that only the others needed. */
static mica_status narrow_body(rewrite *r, const node *n, narrowed *out) {
    size_t count = 0;
    TRY(graph_copy(n->bodies[0], &out->body, r->err));
    graph *b = out->body;
    for (size_t i = 0; i < b->output_count; i++)
        if (out->out[i]) b->outputs[count++] = b->outputs[i];
    b->output_count = count;
    TRY(pass_run(r->c, &pass_shapes, &out->body, r->err));
    return pass_run(r->c, &pass_dead, &out->body, r->err);
}

static void mark_read(const graph *b, bool *in) {
    for (size_t k = 0; k < b->input_count; k++) {
        for (size_t i = 0; i < b->output_count; i++) in[k] |= b->outputs[i] == b->inputs[k];
        for (size_t at = 0; at < b->node_count; at++)
            for (int i = 0; i < b->nodes[at].inputs; i++)
                in[k] |= b->nodes[at].in[i] == b->inputs[k];
    }
}

static void drop_inputs(graph *b, const bool *in) {
    size_t count = 0;
    for (size_t k = 0; k < b->input_count; k++)
        if (in[k]) b->inputs[count++] = b->inputs[k];
    b->input_count = count;
}

static int64_t count_kept(const bool *kept, int64_t from, int64_t to) {
    int64_t n = 0;
    for (int64_t i = from; i < to; i++) n += kept[i];
    return n;
}

mica_status narrow_scan(rewrite *r, const node *n, const bool *live, narrowed *out) {
    const scan_attrs *a = n->attrs;
    operand first[MAX_INPUTS];
    int64_t carried = a->carries, sequences = carried + a->sequences,
            stacked = carried + a->stacked;
    *out = (narrowed){.attrs = *a};
    for (int i = 0; i < n->outputs; i++) out->out[i] = i < carried || live[n->out[i]];
    mica_status status = narrow_body(r, n, out);
    if (status == MICA_OK) {
        for (int64_t i = 0; i < carried; i++) out->in[i] = true;
        mark_read(out->body, out->in);
        drop_inputs(out->body, out->in);
    }
    bool same = count_kept(out->in, 0, n->inputs) == n->inputs &&
                count_kept(out->out, 0, n->outputs) == n->outputs;
    if (status != MICA_OK || same) {
        graph_free(out->body);
        out->body = NULL;
    }
    for (int i = 0; i < n->inputs; i++) first[i] = r->from->values[n->in[i]].info;
    out->attrs.length = scan_steps(a, first);
    out->attrs.sequences = count_kept(out->in, carried, sequences);
    out->attrs.stacked = count_kept(out->out, carried, stacked);
    out->attrs.summed = count_kept(out->out, stacked, n->outputs);
    return status;
}

mica_status narrowed_append(rewrite *r, const node *n, const narrowed *as) {
    int in[MAX_INPUTS], out[MAX_OUTPUTS], inputs = 0, outputs = 0;
    operand info[MAX_OUTPUTS];
    for (int i = 0; i < n->inputs; i++)
        if (as->in[i]) in[inputs++] = rewrite_value(r, n->in[i]);
    for (int i = 0; i < n->outputs; i++)
        if (as->out[i]) info[outputs++] = r->from->values[n->out[i]].info;
    TRY(graph_append(r->to, n->op, &as->attrs, inputs, in, outputs, info, out, r->err));
    TRY(graph_own_bodies(r->to, &as->body, r->err));
    r->to->nodes[r->to->node_count - 1].recomputed = n->recomputed;
    for (int i = 0, k = 0; i < n->outputs; i++)
        if (as->out[i]) r->map[n->out[i]] = out[k++];
    return MICA_OK;
}
