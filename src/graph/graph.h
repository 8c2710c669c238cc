/* A graph: (inputs, variables) -> (outputs, new values of variables). Nodes are in the order of
 * computation; a value is a node's output, an input, a constant, or a variable as it was at the
 * start. Passes build new graphs rather than change old ones. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "base/index.h"
#include "base/strbuf.h"
#include "op/op.h"

typedef enum value_kind {
    VALUE_INPUT,
    VALUE_CONSTANT,
    VALUE_VARIABLE,
    VALUE_NODE,
    VALUE_SHAPE, /* only a shape: stands where an op wants no more of an input (shape_inputs) */
} value_kind;

typedef struct value {
    value_kind kind;
    operand info;          /* .value is the constant, owned by the graph, for VALUE_CONSTANT */
    int node, output;      /* VALUE_NODE: who makes it */
    mica_tensor *variable; /* VALUE_VARIABLE */
    uint64_t id;           /* that its handles share, so that tapes know it by any; 0: none yet */
} value;

typedef struct node {
    const op *op;
    const void *attrs; /* in the graph's arena */
    int inputs, outputs;
    const int *in, *out;         /* numbers of values */
    bool recomputed;             /* a checkpointed copy: never merged with its original */
    struct graph *const *bodies; /* as many as the op has; shared, and never changed */
} node;

typedef struct update {
    int variable, value; /* numbers of values: the variable, and what it becomes */
} update;

typedef struct graph {
    mica_context *ctx;
    int refs; /* atomic */
    arena arena;
    value *values;
    node *nodes;
    int *inputs, *outputs;
    update *updates;
    size_t value_count, node_count, input_count, output_count, update_count;
    size_t value_room, node_room, input_room, output_room, update_room;
    hash_index leaves; /* constants by where their bytes lie, variables by their handle */
} graph;

graph *graph_new(mica_context *ctx);
graph *graph_share(graph *g); /* another reference */
void graph_free(graph *g);    /* drops one; NULL allowed */

/* Each returns the number of a value, or -1 without memory. */
int graph_input(graph *g, mica_dtype dtype, const shape *s);
int graph_constant(graph *g, mica_tensor *concrete); /* the same tensor twice: the same value */
int graph_variable(graph *g, mica_tensor *variable);
/* Runs the shape rule, appends a node; out gets the numbers of its outputs. bodies: the op's, of
 * which the node takes references; NULL where the op has none. */
mica_status graph_node(graph *g, const op *o, const void *attrs, graph *const *bodies, int inputs,
                       const int *in, int *outputs, int *out, mica_error *err);
/* The same with shapes that are known already. */
mica_status graph_append(graph *g, const op *o, const void *attrs, int inputs, const int *in,
                         int outputs, const operand *info, int *out, mica_error *err);
/* Gives bodies to the node that was appended last. */
mica_status graph_own_bodies(graph *g, graph *const *bodies, mica_error *err);
/* Runs an op's shape rule; *outputs: what a VARIADIC op is asked for, then what it has. */
mica_status infer_shapes(const op *o, const void *attrs, graph *const *bodies, int inputs,
                         const operand *in, int *outputs, operand *out, mica_error *err);
/* What g's outputs are when its inputs are these. */
mica_status infer_outputs(const graph *g, const operand *in, operand *out, mica_error *err);
/* The traits of a node with those of its bodies: PURE where all are, RANDOM where any is. */
unsigned node_traits(const node *n);
/* Whether two graphs are the same nodes in the same order on the same constants. */
bool graph_same(const graph *a, const graph *b);
int graph_shape(graph *g, mica_dtype dtype, const shape *s); /* a VALUE_SHAPE */
mica_status graph_output(graph *g, int value, mica_error *err);
/* A second update of a variable replaces the first. */
mica_status graph_update(graph *g, int variable, int value, mica_error *err);

/* The value number of any handle in this graph: symbols their own, others as constants/variables.
 */
int graph_value_of(graph *g, mica_tensor *t);
mica_tensor *graph_symbol(graph *g, int value); /* a handle, owned by the open scope */

/* Tracing: while open, every call on ctx appends to g; tensors made belong to the tracer's scope.
 * Assigning a variable becomes an update, and what reads it afterwards reads the new value. */
typedef struct tracer tracer;
tracer *tracer_open(graph *g);
void tracer_close(tracer **t);
/* Random ops that have no counter of their own count by this int64 variable from now on. */
void tracer_count(tracer *t, mica_tensor *variable);
/* The tracer that calls on ctx reach, NULL: none; its graph; and the number there of any handle,
 * -1: it is traced elsewhere, or a body may take no more captures. */
tracer *tracer_of(mica_context *ctx);
graph *tracer_graph(tracer *t);
int tracer_value(tracer *t, mica_tensor *handle);
/* The nodes of g as calls on the emitter that is open: out from in, poison after a failure. */
void graph_replay(const graph *g, mica_tensor *const *in, mica_tensor **out);

/* Checks: order, numbers in range, shapes as the rules give them again. For tests, between passes.
 */
mica_status graph_check(const graph *g, mica_error *err);
void graph_print(const graph *g, strbuf *out);

#endif
