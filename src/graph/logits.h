/* From probabilities back to the logits they were made of. */
#ifndef GRAPH_LOGITS_H
#define GRAPH_LOGITS_H

#include "graph/graph.h"

/* The input of `activation` where t is that op's output in a traced graph,
 * else NULL: concrete tensors do not remember their making. */
mica_tensor *logits_of(mica_tensor *t, const op *activation);

#endif
