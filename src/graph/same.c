/* Whether two graphs are the same: see graph_same. Graphs that were made by the same calls number
 * their values alike, so numbers are compared, not meanings. */
#include "graph/graph.h"

#include <string.h>

static bool same_value(const value *a, const value *b) {
    if (a->kind != b->kind || a->info.dtype != b->info.dtype || a->node != b->node ||
        a->output != b->output || a->variable != b->variable ||
        !shape_equal(&a->info.shape, &b->info.shape))
        return false;
    if (a->kind != VALUE_CONSTANT) return true;
    const mica_tensor *x = a->info.value, *y = b->info.value;
    size_t bytes = (size_t)shape_size(&x->shape) * mica_dtype_size(x->dtype);
    if (x->buffer == y->buffer && x->offset == y->offset)
        return !memcmp(x->strides, y->strides, sizeof x->strides);
    return tensor_contiguous(x) && tensor_contiguous(y) &&
           !memcmp(tensor_bytes(x), tensor_bytes(y), bytes);
}

static bool same_numbers(const int *a, const int *b, size_t count) {
    return !count || !memcmp(a, b, sizeof *a * count);
}

static bool same_node(const node *a, const node *b) {
    if (a->op != b->op || a->inputs != b->inputs || a->outputs != b->outputs ||
        a->recomputed != b->recomputed || !same_numbers(a->in, b->in, (size_t)a->inputs) ||
        (a->op->attrs_size && memcmp(a->attrs, b->attrs, a->op->attrs_size)))
        return false;
    for (int k = 0; k < a->op->bodies; k++)
        if (!graph_same(a->bodies[k], b->bodies[k])) return false;
    return true;
}

bool graph_same(const graph *a, const graph *b) {
    if (a == b) return true;
    if (a->value_count != b->value_count || a->node_count != b->node_count ||
        a->input_count != b->input_count || a->output_count != b->output_count || a->update_count ||
        b->update_count)
        return false;
    for (size_t i = 0; i < a->value_count; i++)
        if (!same_value(&a->values[i], &b->values[i])) return false;
    for (size_t i = 0; i < a->node_count; i++)
        if (!same_node(&a->nodes[i], &b->nodes[i])) return false;
    return same_numbers(a->inputs, b->inputs, a->input_count) &&
           same_numbers(a->outputs, b->outputs, a->output_count);
}
