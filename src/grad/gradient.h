/* Gradients: walks recorded or traced nodes backwards, each op's own rule adding its part. */
#ifndef GRAD_GRADIENT_H
#define GRAD_GRADIENT_H

#include "graph/graph.h"

/* What the walk needs of whoever recorded the graph: a handle for a value (a symbol, or the
 * concrete tensor that a tape kept). */
typedef struct gradient_source {
    graph *graph;
    mica_tensor *(*handle)(void *user, int value);
    void *user;
    size_t node_count; /* nodes of the forward part */
} gradient_source;

/* For every value in sources, d sum(target) / d value into gradients (NULL where target does not
 * depend on it). seed: the target's own gradient; NULL: ones. Calls go to the innermost emitter. */
mica_status gradients_of(const gradient_source *s, int target, mica_tensor *seed,
                         const int *sources, int count, mica_tensor **gradients, mica_error *err);

/* The same of several targets, each with its own gradient (seeds[i]). */
mica_status gradients_from(const gradient_source *s, const int *targets, mica_tensor *const *seeds,
                           int target_count, const int *sources, int count, mica_tensor **gradients,
                           mica_error *err);

/* In a trace that is open: the gradients of a traced scalar by traced or variable handles. */
mica_status graph_gradients(graph *g, mica_tensor *target, mica_tensor *const *sources, int count,
                            mica_tensor **gradients, mica_error *err);

#endif
