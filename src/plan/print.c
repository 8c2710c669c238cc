/* A plan as a table: see plan_print. */
#include "op/fused.h"
#include "op/matmul.h"
#include "op/window.h"
#include "plan/inside.h"

#include <stdio.h>

static void where_text(const plan *p, at where, char out[40]) {
    const place *w = where.place < 0 ? NULL : &p->places[where.place];
    if (!w) snprintf(out, 40, "-");
    else if (w->home == HOME_ARENA)
        snprintf(out, 40, "%.1f..%.1f KiB", (double)w->offset / 1024,
                 (double)(w->offset + w->bytes) / 1024);
    else if (w->home == HOME_VARIABLE)
        snprintf(out, 40, "%.38s", p->variables[w->number]->variable->name);
    else
        snprintf(out, 40, "%s %d",
                 w->home == HOME_OUTPUT  ? "output"
                 : w->home == HOME_INPUT ? "input"
                                         : "held",
                 w->number);
}

/* "64x13x13x32", "64x13x13x32 bfloat16": the type where it is not float32. */
static void operand_text(const operand *o, char out[64]) {
    size_t n = 0;
    const shape *s = &o->shape;
    for (int i = 0; i < s->rank && n < 48; i++)
        n += (size_t)snprintf(out + n, 64 - n, "%s%lld", i ? "x" : "", (long long)s->dims[i]);
    if (!s->rank) n = (size_t)snprintf(out, 64, "scalar");
    if (o->dtype != MICA_FLOAT32) snprintf(out + n, 64 - n, " %s", mica_dtype_name(o->dtype));
}

/* "conv + bias + relu", "fused multiply add relu". */
static void op_text(const step *s, strbuf *out) {
    int64_t activation = EPILOGUE_NONE;
    if (!s->op) {
        strbuf_add(out, "reorder");
    } else if (s->op == &op_fused) {
        const fused_attrs *a = s->attrs;
        for (int i = 0; i < a->steps && i < 4; i++)
            strbuf_add(out, "%s%s", i ? " + " : "", all_ops[a->step[i].op]->name);
        if (a->steps > 4) strbuf_add(out, " + %d more", a->steps - 4);
    } else {
        strbuf_add(out, "%s", s->op->name);
        bool conv = s->op == &op_conv, matmul = s->op == &op_matmul;
        if (conv) activation = ((const conv_attrs *)s->attrs)->activation;
        if (matmul) activation = ((const matmul_attrs *)s->attrs)->activation;
        if ((conv || matmul) && s->inputs == 3) strbuf_add(out, " + bias");
        if (activation != EPILOGUE_NONE) strbuf_add(out, " + %s", epilogue_op(activation)->name);
    }
}

static void kernel_text(const step *s, strbuf *out) {
    if (s->op && s->op->bodies) strbuf_add(out, "its body");
    else if (!s->kernel) strbuf_add(out, "%s", s->backend ? s->backend->name : "copy");
    else strbuf_add(out, s->plan.detail ? "%s (%s)" : "%s", s->kernel->name, s->plan.detail);
}

static void print_steps(const plan *p, int depth, strbuf *out);

static void print_step(const plan *p, size_t at, int depth, strbuf *out) {
    const step *s = &p->steps[at];
    char extents[64], where[40];
    strbuf what = {0}, kernel = {0};
    op_text(s, &what);
    kernel_text(s, &kernel);
    operand_text(s->op ? &s->out[0] : &s->in[0], extents);
    where_text(p, s->out_at[0], where);
    strbuf_add(out, "%*s%4zu  %-*s %-20s %-36s %s\n", 4 * depth, "", at, 40 - 4 * depth,
               what.data ? what.data : "", extents, kernel.data ? kernel.data : "", where);
    strbuf_free(&what);
    strbuf_free(&kernel);
    for (int k = 0; s->op && k < s->op->bodies; k++) print_steps(s->bodies[k], depth + 1, out);
}

/* The steps of a body stand below the step that owns it. */
static void print_steps(const plan *p, int depth, strbuf *out) {
    for (size_t i = 0; i < p->step_count; i++) print_step(p, i, depth, out);
}

void plan_print(const plan *p, strbuf *out) {
    size_t weights = 0;
    strbuf_add(out, "%4s  %-40s %-20s %-36s %s\n", "step", "op", "output", "kernel", "where");
    print_steps(p, 0, out);
    for (size_t i = 0; i < p->variable_count; i++) weights += p->variables[i]->buffer->bytes;
    strbuf_add(out,
               "arena %.2f MiB (%.2f MiB without reuse), scratch %.2f MiB, variables %.2f MiB, %zu "
               "steps\n",
               (double)p->arena_bytes / 1048576, (double)p->separate_bytes / 1048576,
               (double)p->scratch_bytes / 1048576, (double)weights / 1048576, p->step_count);
}
