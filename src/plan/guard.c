/* guard: a step of Adam whose results count only where the loss is finite. where(c, p', p),
 * where(c, m', m) and where(c, v', v) of p', m', v' = adam_update(p, m, v, g, rate) are the results
 * of adam_update(p, m, v, g, rate, c), which reads and writes the memory once. */
#include "op/adam_update.h"
#include "op/elementwise.h"
#include "plan/rewrite.h"

/* Which of the update's results the node keeps or drops; -1: that is not what it does. */
static int guarded_output(const rewrite *r, const node *n, const node *update) {
    if (!update || update->inputs != 5 || r->from->values[n->in[0]].info.shape.rank != 0) return -1;
    int which = -1;
    for (int i = 0; i < 3; i++) {
        if (r->uses[update->out[i]] != 1) return -1; /* who else wants it wants it unguarded */
        if (n->in[1] == update->out[i] && n->in[2] == update->in[i]) which = i;
    }
    return which;
}

/* Each of the three becomes an update of its own: merge makes them one. */
static mica_status guard(rewrite *r, const node *n) {
    const node *update = n->op == &op_where ? made_by(r, n->in[1], &op_adam_update) : NULL;
    int which = guarded_output(r, n, update), in[6], out[3];
    if (which < 0) return rewrite_copy(r, n);
    operand info[3];
    for (int i = 0; i < 3; i++) info[i] = r->from->values[update->out[i]].info;
    for (int i = 0; i < 5; i++) in[i] = rewrite_value(r, update->in[i]);
    in[5] = rewrite_value(r, n->in[0]);
    TRY(graph_append(r->to, &op_adam_update, update->attrs, 6, in, 3, info, out, r->err));
    r->map[n->out[0]] = out[which];
    return MICA_OK;
}

const pass pass_guard = {"guard", guard, NULL};
