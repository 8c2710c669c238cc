/* Shapes through nodes, and through the bodies that they own: see graph.h. */
#include "graph/graph.h"

#include <stdlib.h>

/* The body's outputs for the inputs that the op gives it; the caller frees *out. */
static mica_status infer_body(shape_frame *f, const graph *body, int k, operand **out) {
    operand in[MAX_INPUTS] = {0};
    *out = allocate(body->output_count + 1, sizeof **out);
    if (!*out) return fail_memory(f->err, body->output_count, f->op->name);
    f->body_out[k] = *out;
    f->body_inputs[k] = (int)body->input_count;
    f->body_outputs[k] = (int)body->output_count;
    TRY(f->op->body_operands(f, k, in));
    mica_status status = infer_outputs(body, in, *out, f->err);
    return status == MICA_OK ? MICA_OK
                             : fail_within(f->err, status, "in a body of %s", f->op->name);
}

/* What no memory can hold is refused before anything is done for it. */
static mica_status check_sizes(const shape_frame *f) {
    char text[128];
    for (int i = 0; i < f->outputs; i++) {
        const shape *s = &f->out[i].shape;
        int64_t bytes = (int64_t)mica_dtype_size(f->out[i].dtype);
        bool empty = false, fits = true;
        for (int k = 0; k < s->rank; k++) empty |= s->dims[k] == 0;
        for (int k = 0; k < s->rank && fits && !empty; k++)
            fits = s->dims[k] < 0 || !__builtin_mul_overflow(bytes, s->dims[k], &bytes);
        if (fits) continue;
        shape_format(s, text);
        return fail(f->err, MICA_SHAPE, "%s: a result of shape %s is larger than any memory",
                    f->op->name, text);
    }
    return MICA_OK;
}

mica_status infer_shapes(const op *o, const void *attrs, graph *const *bodies, int inputs,
                         const operand *in, int *outputs, operand *out, mica_error *err) {
    operand *body_out[MAX_BODIES] = {NULL};
    shape_frame f = {.op = o,
                     .attrs = attrs,
                     .inputs = inputs,
                     .in = in,
                     .out = out,
                     .err = err,
                     .outputs = o->outputs == VARIADIC ? *outputs : o->outputs};
    mica_status status = MICA_OK;
    if (o->inputs != VARIADIC && inputs > o->inputs)
        return fail(err, MICA_SHAPE, "%s: %d inputs, expected %d", o->name, inputs, o->inputs);
    for (int k = 0; k < o->bodies && status == MICA_OK; k++)
        status = infer_body(&f, bodies[k], k, &body_out[k]);
    if (status == MICA_OK) status = o->shape(&f);
    if (status == MICA_OK) status = check_sizes(&f);
    for (int k = 0; k < o->bodies; k++) free(body_out[k]);
    if (status == MICA_OK) *outputs = f.outputs;
    return status;
}

static mica_status infer_node(const node *n, operand *info, mica_error *err) {
    operand in[MAX_INPUTS], out[MAX_OUTPUTS] = {0};
    int outputs = n->outputs;
    for (int i = 0; i < n->inputs; i++) in[i] = info[n->in[i]];
    TRY(infer_shapes(n->op, n->attrs, n->bodies, n->inputs, in, &outputs, out, err));
    for (int i = 0; i < outputs; i++) info[n->out[i]] = out[i];
    return MICA_OK;
}

mica_status infer_outputs(const graph *g, const operand *in, operand *out, mica_error *err) {
    operand *info = allocate(g->value_count + 1, sizeof *info);
    mica_status status = info ? MICA_OK : fail_memory(err, g->value_count, "shapes");
    for (size_t i = 0; info && i < g->value_count; i++) info[i] = g->values[i].info;
    for (size_t i = 0; info && i < g->input_count; i++) info[g->inputs[i]] = in[i];
    for (size_t i = 0; i < g->node_count && status == MICA_OK; i++)
        status = infer_node(&g->nodes[i], info, err);
    for (size_t i = 0; i < g->output_count && status == MICA_OK; i++) out[i] = info[g->outputs[i]];
    free(info);
    return status;
}

unsigned node_traits(const node *n) {
    unsigned traits = n->op->traits;
    for (int k = 0; k < n->op->bodies; k++)
        for (size_t i = 0; i < n->bodies[k]->node_count; i++) {
            unsigned inner = node_traits(&n->bodies[k]->nodes[i]);
            traits |= inner & (RANDOM | COLLECTIVE);
            if (!(inner & PURE)) traits &= ~(unsigned)PURE;
        }
    return traits;
}
