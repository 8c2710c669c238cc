/* Printing graphs for people: one line a node. */
#include "graph/graph.h"

#include <stdlib.h>

static void print_value(const graph *g, int number, strbuf *out) {
    const value *v = &g->values[number];
    char extents[128];
    shape_format(&v->info.shape, extents);
    if (v->kind == VALUE_VARIABLE) strbuf_add(out, "%s", v->variable->variable->name);
    else if (v->kind == VALUE_CONSTANT) strbuf_add(out, "constant%s", extents);
    else strbuf_add(out, "%%%d", number);
}

static void print_attrs(const node *n, strbuf *out) {
    json_t *config = json_object();
    if (config && n->op->fields && fields_write(n->op->fields, n->attrs, config, NULL) == MICA_OK &&
        json_object_size(config)) {
        char *written = config_text(config);
        if (written) strbuf_add(out, " %s", written);
        free(written);
    }
    json_decref(config);
}

static void print_indented(const graph *g, int indent, strbuf *out);

static void print_node(const graph *g, const node *n, int indent, strbuf *out) {
    char extents[128];
    strbuf_add(out, "%*s", indent, "");
    for (int k = 0; k < n->outputs; k++) {
        shape_format(&g->values[n->out[k]].info.shape, extents);
        strbuf_add(out, "%s%%%d %s%s", k ? ", " : "", n->out[k],
                   mica_dtype_name(g->values[n->out[k]].info.dtype), extents);
    }
    strbuf_add(out, " = %s(", n->op->name);
    for (int k = 0; k < n->inputs; k++) {
        if (k) strbuf_put(out, ", ", 2);
        print_value(g, n->in[k], out);
    }
    strbuf_put(out, ")", 1);
    print_attrs(n, out);
    strbuf_put(out, "\n", 1);
    for (int k = 0; k < n->op->bodies; k++) print_indented(n->bodies[k], indent + 4, out);
}

static void print_list(const graph *g, const int *values, size_t count, strbuf *out) {
    for (size_t i = 0; i < count; i++) {
        if (i) strbuf_put(out, ", ", 2);
        print_value(g, values[i], out);
    }
}

/* A body begins with its inputs and ends with its outputs. */
static void print_indented(const graph *g, int indent, strbuf *out) {
    strbuf_add(out, "%*sbody(", indent, "");
    print_list(g, g->inputs, g->input_count, out);
    strbuf_put(out, "):\n", 3);
    for (size_t i = 0; i < g->node_count; i++) print_node(g, &g->nodes[i], indent, out);
    strbuf_add(out, "%*sgives ", indent, "");
    print_list(g, g->outputs, g->output_count, out);
    strbuf_put(out, "\n", 1);
}

void graph_print(const graph *g, strbuf *out) {
    for (size_t i = 0; i < g->node_count; i++) print_node(g, &g->nodes[i], 0, out);
    for (size_t i = 0; i < g->update_count; i++)
        strbuf_add(out, "%s <- %%%d\n", g->values[g->updates[i].variable].variable->variable->name,
                   g->updates[i].value);
}
