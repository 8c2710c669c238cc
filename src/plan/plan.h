/* Plans: a graph made ready to run. A plan is immutable and shared by threads; a run, one a thread,
 * owns arena, scratch and bound memory. Once made, running allocates nothing. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "graph/graph.h"

typedef struct plan plan;
typedef struct plan_run plan_run;

typedef struct plan_options {
    bool inference; /* variables do not change between runs: weights may be packed once */
    bool separate;  /* every value has its own poisoned buffer: for tests of placement */
    const char *const *without; /* names of passes to leave out, ending in NULL; for tests */
    bool check;                 /* run the graph checker between passes */
} plan_options;

/* Compiles g (its shapes all known). The graph may be freed afterwards. */
mica_status plan_compile(const graph *g, const plan_options *options, plan **out, mica_error *err);
void plan_free(plan *p);

size_t plan_arena_bytes(const plan *p);
size_t plan_scratch_bytes(const plan *p);
/* As a table for people. */
void plan_print(const plan *p, strbuf *out);
int plan_steps(const plan *p);
/* Whether a run changes a variable. */
bool plan_updates(const plan *p);
operand plan_output(const plan *p, int i); /* dtype and shape */

/* A run object; arena NULL: its own. A shared arena must hold plan_arena_bytes. */
mica_status plan_run_new(const plan *p, team *t, void *arena, plan_run **out, mica_error *err);
void plan_run_free(plan_run *r);
/* Runs: pointers to row-major inputs and outputs in the graph's order, of the dtypes and shapes
 * there. Variables are read and updated in place. */
mica_status plan_execute(plan_run *r, const void *const *inputs, void *const *outputs,
                         mica_error *err);

#endif
