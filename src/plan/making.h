/* A plan in the making: shared by compile.c (the order), leaves.c, layouts.c, steps.c and ends.c.
 */
#ifndef PLAN_MAKING_H
#define PLAN_MAKING_H

#include "plan/inside.h"

typedef struct making {
    compiler c;
    graph *g;
    plan *p;
    at *value_at;          /* by value, of the layout that its maker chose */
    layout **value_layout; /* by value; NULL: row-major */
    at *update_at;         /* by update: where the new value lies */
    mica_error *err;
} making;

static inline mica_status no_memory(making *m) { return fail_no_memory(m->err, "a plan"); }

/* leaves.c: a new place, alive at the next step (its number; -1: no memory); the places of
 * constants, variables and inputs. */
int new_place(making *m, home_kind home, int number, size_t bytes);
mica_status place_leaves(making *m);

/* layouts.c: where a value lies in the layout that is wanted, by a step that reorders or, where it
 * is `fixed`, as a packed weight; from now on row-major; and the next step, zeroed (NULL: no
 * memory), which counts once step_count goes up. */
bool same_layout(const layout *a, const layout *b);
mica_status reordered(making *m, int number, bool fixed, const backend *b, const layout *wanted,
                      at *out);
mica_status row_major(making *m, int number);
step *next_step(making *m);
/* Step step_count reads or writes there. */
void touch(making *m, at where);

/* steps.c: the step of a node; what it holds. */
mica_status add_step(making *m, const node *n);
void free_step(step *s);

/* ends.c: the graph's outputs and the new values of its variables. */
mica_status bind_outputs(making *m);
mica_status bind_updates(making *m);

#endif
