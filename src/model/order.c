/* The order of a functional model's layers. Keras finds it anew whenever it makes a model from a
 * config, and reads weights by it, so files must be written in just this order: layers by falling
 * depth (their greatest distance to an output), then as they are first met on the way from the
 * outputs to the inputs. Source: map_graph() in keras/src/ops/function.py. */
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

typedef struct place {
    mica_layer *layer;
    int depth, met; /* met: -1 not at all */
} place;

typedef struct sorting {
    const mica_model *m;
    place *layers;   /* as m->layers */
    int *layer_of;   /* by node */
    int *node_depth; /* by node */
    int *done;       /* nodes, inputs first */
    int done_count, met_count;
    int *stack, *next; /* nodes on the way, and their input that comes next */
    bool *seen;
} sorting;

/* Depth first from one node, without recursion: a file may hold a chain of any length. */
static void visit(sorting *s, int node) {
    int top = 0;
    if (s->seen[node]) return;
    s->stack[0] = node;
    s->next[0] = 0;
    while (top >= 0) {
        node = s->stack[top];
        place *p = &s->layers[s->layer_of[node]];
        if (!s->seen[node] && p->met < 0) p->met = s->met_count++;
        s->seen[node] = true;
        if (s->next[top] == s->m->nodes[node].inputs) {
            s->done[s->done_count++] = node;
            top--;
            continue;
        }
        int from = s->m->nodes[node].in[s->next[top]++].node;
        if (s->seen[from]) continue;
        s->stack[++top] = from;
        s->next[top] = 0;
    }
}

static void measure(sorting *s) {
    for (int i = s->done_count - 1; i >= 0; i--) {
        int node = s->done[i];
        place *p = &s->layers[s->layer_of[node]];
        if (s->node_depth[node] > p->depth) p->depth = s->node_depth[node];
        s->node_depth[node] = p->depth;
        for (int k = 0; k < s->m->nodes[node].inputs; k++) {
            int *depth = &s->node_depth[s->m->nodes[node].in[k].node];
            if (*depth < p->depth + 1) *depth = p->depth + 1;
        }
    }
}

static int compare(const void *a, const void *b) {
    const place *p = a, *q = b;
    if (p->depth != q->depth) return p->depth > q->depth ? -1 : 1;
    return (p->met > q->met) - (p->met < q->met);
}

/* Inputs may lead nowhere, other layers not: Keras would drop them. */
static mica_status check_all_used(const sorting *s, mica_error *err) {
    for (size_t i = 0; i < s->m->node_count; i++)
        if (!s->seen[i] && s->m->nodes[i].inputs)
            return fail(err, MICA_VALUE, "model %s: layer %s leads to no output", s->m->name,
                        s->m->nodes[i].layer->name);
    return MICA_OK;
}

static mica_status sort(sorting *s, mica_error *err) {
    mica_model *m = (mica_model *)s->m;
    for (size_t i = 0; i < m->layer_count; i++)
        s->layers[i] = (place){.layer = m->layers[i], .met = -1};
    for (size_t i = 0; i < m->node_count; i++)
        while (m->layers[s->layer_of[i]] != m->nodes[i].layer) s->layer_of[i]++;
    for (int i = 0; i < m->output_count; i++) visit(s, m->outputs[i].node);
    TRY(check_all_used(s, err));
    measure(s);
    qsort(s->layers, m->layer_count, sizeof *s->layers, compare);
    for (size_t i = 0; i < m->layer_count; i++) m->layers[i] = s->layers[i].layer;
    return MICA_OK;
}

mica_status model_sort_layers(mica_model *m, mica_error *err) {
    size_t n = m->node_count + 1;
    sorting s = {.m = m,
                 .layers = allocate(m->layer_count + 1, sizeof *s.layers),
                 .layer_of = allocate(n, sizeof(int)),
                 .node_depth = allocate(n, sizeof(int)),
                 .done = allocate(n, sizeof(int)),
                 .stack = allocate(n, sizeof(int)),
                 .next = allocate(n, sizeof(int)),
                 .seen = allocate(n, sizeof(bool))};
    bool room = s.layers && s.layer_of && s.node_depth && s.done && s.stack && s.next && s.seen;
    mica_status status = room ? sort(&s, err) : fail_memory(err, n * sizeof(int), m->name);
    free(s.layers), free(s.layer_of), free(s.node_depth), free(s.done);
    free(s.stack), free(s.next), free(s.seen);
    return status;
}
