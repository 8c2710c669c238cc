/* From symbolic shapes to known ones. */
#ifndef PLAN_SPECIALISE_H
#define PLAN_SPECIALISE_H

#include "graph/graph.h"

/* A new graph in which input i has the shape inputs[i]; every shape rule is run again. */
mica_status specialise(const graph *g, const shape *inputs, graph **out, mica_error *err);
/* The same graph again; its shapes must be known. */
mica_status graph_copy(const graph *g, graph **out, mica_error *err);

#endif
