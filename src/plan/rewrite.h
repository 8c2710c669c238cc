/* Passes: each reads one graph and builds the next. */
#ifndef PLAN_REWRITE_H
#define PLAN_REWRITE_H

#include "backend/choose.h"
#include "backend/prepared.h"
#include "graph/graph.h"
#include "plan/plan.h"

/* What every pass may use. */
typedef struct compiler {
    mica_context *ctx;
    const backend *const *backends;
    const plan_options *options;
    kernel_cache cache; /* for folding */
} compiler;

/* A graph in the making from another one. */
typedef struct rewrite {
    compiler *c;
    const graph *from;
    graph *to;
    int *map;        /* from's values to to's; -1: not there yet */
    int *uses;       /* by value of from: how many node inputs, outputs and updates read it */
    hash_index made; /* nodes of `to` by what they compute, where a pass keeps it */
    bool no_memory;  /* for a constant, variable or shape that a pass asked for */
    mica_error *err;
} rewrite;

typedef struct pass {
    const char *name; /* "fold": plan_options.without names it to leave it out */
    /* Called once per node in order: adds what shall stand for it and maps its outputs. NULL: uses
     * `whole`, which does all nodes itself. */
    mica_status (*node)(rewrite *r, const node *n);
    mica_status (*whole)(rewrite *r);
} pass;

/* To add a pass foo: src/plan/foo.c with `const pass pass_foo`, and PASS(foo) in passes.def, which
 * is their order. */
#define PASS(name) extern const pass pass_##name;
#include "plan/passes.def"
#undef PASS

/* Whether the options name it. */
bool pass_left_out(const compiler *c, const pass *p);
/* Runs one pass: *g is replaced. */
mica_status pass_run(compiler *c, const pass *p, graph **g, mica_error *err);
/* The value in r->to for one of r->from (constants and variables are brought over when asked); -1:
 * no memory. */
int rewrite_value(rewrite *r, int value);
/* Fails where one of them is -1. What appends nodes asks by itself; who looks at values before does
 * here. */
mica_status rewrite_lacks(const rewrite *r, const op *o, int inputs, const int *in);
/* The node as it is, with mapped inputs. */
mica_status rewrite_copy(rewrite *r, const node *n);
/* The same with other inputs (numbers of r->to) and attributes; outputs keep their shapes. */
mica_status rewrite_node(rewrite *r, const node *n, const op *o, const void *attrs, int inputs,
                         const int *in);
/* And with other shapes and dtypes of its outputs. */
mica_status rewrite_sized(rewrite *r, const node *n, const op *o, const void *attrs, int inputs,
                          const int *in, const operand *info);
/* The node whose output `value` of r->from is, where it is made by `o`; else NULL. */
const node *made_by(const rewrite *r, int value, const op *o);
/* The spec of a node, for asking kernels; arrays are MAX_INPUTS and MAX_OUTPUTS long. */
kernel_spec node_spec(const compiler *c, const graph *g, const node *n, operand *in, operand *out,
                      bool *constant, bool *variable);

#endif
