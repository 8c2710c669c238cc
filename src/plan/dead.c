/* dead: nodes whose outputs nobody reads are left out: gradients that were not asked for among
 * them. */
#include "plan/rewrite.h"

#include <stdlib.h>

static void mark(const graph *g, bool *live) {
    for (size_t i = 0; i < g->output_count; i++) live[g->outputs[i]] = true;
    for (size_t i = 0; i < g->update_count; i++) live[g->updates[i].value] = true;
    for (size_t at = g->node_count; at-- > 0;) {
        const node *n = &g->nodes[at];
        bool any = (n->op->traits & COLLECTIVE) != 0;
        for (int i = 0; i < n->outputs; i++) any |= live[n->out[i]];
        for (int i = 0; i < n->inputs && any; i++) live[n->in[i]] = true;
        if (any && n->outputs) live[n->out[0]] = true;
    }
}

static mica_status dead(rewrite *r) {
    const graph *g = r->from;
    bool *live = allocate(g->value_count, sizeof *live);
    mica_status status = live ? MICA_OK : fail_memory(r->err, g->value_count, "a plan");
    if (live) mark(g, live);
    for (size_t at = 0; at < g->node_count && status == MICA_OK; at++) {
        const node *n = &g->nodes[at];
        if (n->outputs && live[n->out[0]]) status = rewrite_copy(r, n);
    }
    free(live);
    return status;
}

const pass pass_dead = {"dead", NULL, dead};
