/* dead: nodes whose outputs nobody reads are left out, gradients that were not asked for among
 * them; and of scans what nobody reads (narrow.h). */
#include "plan/narrow.h"

#include <stdlib.h>

typedef struct pruning {
    rewrite *r;
    bool *live;        /* by value: somebody reads it */
    narrowed **narrow; /* by node, for scans that lose something */
} pruning;

static bool any_live(const pruning *p, const node *n) {
    bool any = (node_traits(n) & COLLECTIVE) != 0;
    for (int i = 0; i < n->outputs; i++) any |= p->live[n->out[i]];
    return any;
}

static mica_status narrow(pruning *p, size_t at) {
    const node *n = &p->r->from->nodes[at];
    narrowed *as = p->narrow[at] = allocate(1, sizeof *as);
    if (!as) return fail_memory(p->r->err, sizeof *as, "a plan");
    TRY(narrow_scan(p->r, n, p->live, as));
    if (as->body) return MICA_OK;
    free(as);
    p->narrow[at] = NULL;
    return MICA_OK;
}

/* From the last node to the first: what a live node reads is live. */
static mica_status mark(pruning *p) {
    const graph *g = p->r->from;
    for (size_t i = 0; i < g->output_count; i++) p->live[g->outputs[i]] = true;
    for (size_t i = 0; i < g->update_count; i++) p->live[g->updates[i].value] = true;
    for (size_t at = g->node_count; at-- > 0;) {
        const node *n = &g->nodes[at];
        if (!any_live(p, n)) continue;
        if (n->op == &op_scan) TRY(narrow(p, at));
        for (int i = 0; i < n->inputs; i++)
            if (!p->narrow[at] || p->narrow[at]->in[i]) p->live[n->in[i]] = true;
        if (n->outputs) p->live[n->out[0]] = true;
    }
    return MICA_OK;
}

static mica_status copy_live(pruning *p) {
    const graph *g = p->r->from;
    for (size_t at = 0; at < g->node_count; at++) {
        const node *n = &g->nodes[at];
        if (!n->outputs || !p->live[n->out[0]]) continue;
        TRY(p->narrow[at] ? narrowed_append(p->r, n, p->narrow[at]) : rewrite_copy(p->r, n));
    }
    return MICA_OK;
}

static mica_status dead(rewrite *r) {
    const graph *g = r->from;
    pruning p = {r, allocate(g->value_count, sizeof *p.live),
                 allocate(g->node_count, sizeof *p.narrow)};
    mica_status status = p.live && p.narrow ? MICA_OK
                                            : fail_memory(r->err, g->value_count, "a plan");
    if (status == MICA_OK) status = mark(&p);
    if (status == MICA_OK) status = copy_live(&p);
    for (size_t at = 0; p.narrow && at < g->node_count; at++) {
        if (p.narrow[at]) graph_free(p.narrow[at]->body);
        free(p.narrow[at]);
    }
    free(p.live);
    free(p.narrow);
    return status;
}

const pass pass_dead = {"dead", NULL, dead};
