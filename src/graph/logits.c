/* Logits: see logits.h. */
#include "graph/logits.h"

mica_tensor *logits_of(mica_tensor *t, const op *activation) {
    if (t->kind != TENSOR_SYMBOLIC) return NULL;
    const value *v = &t->graph->values[t->value];
    if (v->kind != VALUE_NODE || t->graph->nodes[v->node].op != activation) return NULL;
    return graph_symbol(t->graph, t->graph->nodes[v->node].in[0]);
}
