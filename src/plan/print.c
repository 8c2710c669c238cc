/* A plan as a table: see plan_print. */
#include "plan/layout.h"

#include <stdio.h>
#include <string.h>

static void where_text(const plan *p, at where, char out[40]) {
    const place *w = where.place < 0 ? NULL : &p->places[where.place];
    if (!w) snprintf(out, 40, "-");
    else if (w->home == HOME_ARENA)
        snprintf(out, 40, "%.1f..%.1f KiB", (double)w->offset / 1024, (double)(w->offset + w->bytes) / 1024);
    else if (w->home == HOME_VARIABLE) snprintf(out, 40, "%.38s", p->variables[w->number]->variable->name);
    else snprintf(out, 40, "%s %d", w->home == HOME_OUTPUT ? "output" : w->home == HOME_INPUT ? "input" : "held", w->number);
}

static void shape_text(const shape *s, char out[64]) {
    size_t n = 0;
    out[0] = 0;
    for (int i = 0; i < s->rank && n < 50; i++)
        n += (size_t)snprintf(out + n, 64 - n, "%s%lld", i ? "x" : "", (long long)s->dims[i]);
    if (!s->rank) snprintf(out, 64, "scalar");
}

static void op_text(const step *s, char out[48]) {
    if (!s->op) snprintf(out, 48, "reorder");
    else if (s->plan.detail && s->op->name[0] == 'f' && !strcmp(s->op->name, "fused"))
        snprintf(out, 48, "%.47s", s->plan.detail);
    else snprintf(out, 48, "%.40s%s", s->op->name,
                  s->inputs == 3 && (!strcmp(s->op->name, "conv2d") || !strcmp(s->op->name, "matmul")) ? " + bias" : "");
}

void plan_print(const plan *p, strbuf *out) {
    char what[48], extents[64], where[40];
    size_t weights = 0;
    strbuf_add(out, "%4s  %-30s %-18s %-30s %s\n", "step", "op", "output", "kernel", "where");
    for (size_t i = 0; i < p->step_count; i++) {
        const step *s = &p->steps[i];
        op_text(s, what);
        shape_text(s->op ? &s->out[0].shape : &s->in[0].shape, extents);
        where_text(p, s->out_at[0], where);
        strbuf_add(out, "%4zu  %-30s %-18s %s%-*s %s\n", i, what, extents, s->kernel ? s->kernel->name : "",
                   s->kernel ? (int)(30 - (strlen(s->kernel->name) < 30 ? strlen(s->kernel->name) : 30)) : 30,
                   s->kernel && s->plan.detail && strcmp(what, s->plan.detail) ? "" : "", where);
    }
    for (size_t i = 0; i < p->variable_count; i++) weights += p->variables[i]->buffer->bytes;
    strbuf_add(out, "arena %.2f MiB (%.2f MiB without reuse), scratch %.2f MiB, variables %.2f MiB, %zu steps\n",
               (double)p->arena_bytes / 1048576, (double)p->separate_bytes / 1048576,
               (double)p->scratch_bytes / 1048576, (double)weights / 1048576, p->step_count);
}
