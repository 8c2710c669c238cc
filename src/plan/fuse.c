/* fuse: elementwise nodes of one shape that feed each other become one node, `fused`, which passes
 * once over the elements: chains of arithmetic, an optimizer's whole step. A group may not have a
 * path that leaves it and comes back. */
#include "op/fused.h"
#include "plan/rewrite.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_GROUP (FUSED_STEPS - 2)

typedef struct fusing {
    rewrite *r;
    int *group;  /* by node: the number of its group (a member's), -1: none */
    int *next;   /* by node: the next member of its group, -1: the last */
    int *last;   /* by group: its last member, while groups are formed */
    int *lowest; /* by group: the members' lowest and highest numbers */
    int *highest;
    int *members; /* by group: how many */
    int *mark;    /* by node: visited in search number `search` */
    int search;
    bool *done; /* by node: emitted */
} fusing;

static int producer_of(const fusing *f, int value) {
    const struct value *v = &f->r->from->values[value];
    return v->kind == VALUE_NODE ? v->node : -1;
}

static const operand *result_of(const fusing *f, int at) {
    return &f->r->from->values[f->r->from->nodes[at].out[0]].info;
}

static bool fusible(const fusing *f, int at) {
    const node *n = &f->r->from->nodes[at];
    if (!fused_allows(n->op) || n->inputs > FUSED_OPERANDS || n->outputs != 1) return false;
    const shape *s = &result_of(f, at)->shape;
    for (int i = 0; i < n->inputs; i++) { /* what a row or a scalar cannot say is not fused */
        const operand *in = &f->r->from->values[n->in[i]].info;
        bool full = shape_equal(&in->shape, s), scalar = shape_size(&in->shape) == 1;
        bool row = in->shape.rank >= 1 && s->rank >= 1 &&
                   shape_size(&in->shape) == in->shape.dims[in->shape.rank - 1] &&
                   in->shape.dims[in->shape.rank - 1] == s->dims[s->rank - 1];
        if (!full && !scalar && !row) return false;
    }
    return true;
}

/* A node alone is its own only member. */
static int first_member(const fusing *f, int at) { return f->group[at] < 0 ? at : f->group[at]; }

/* Whether group `wanted` is among what node `at` (with its whole group) depends on. What lies
 * before all of a group cannot depend on it: so searches stay short in long graphs. */
static bool depends(fusing *f, int at, int wanted) {
    const graph *g = f->r->from;
    if (f->group[at] == wanted) return true;
    if (f->mark[at] == f->search) return false;
    if ((f->group[at] < 0 ? at : f->highest[f->group[at]]) < f->lowest[wanted]) return false;
    for (int m = first_member(f, at); m >= 0; m = f->next[m]) f->mark[m] = f->search;
    for (int m = first_member(f, at); m >= 0; m = f->next[m]) {
        for (int i = 0; i < g->nodes[m].inputs; i++) {
            int before = producer_of(f, g->nodes[m].in[i]);
            if (before >= 0 && f->mark[before] != f->search && depends(f, before, wanted))
                return true;
        }
    }
    return false;
}

/* Whether a path leaves group a, passes outside both and enters group b. */
static bool path_between(fusing *f, int a, int b) {
    const graph *g = f->r->from;
    f->search++;
    for (int m = b; m >= 0; m = f->next[m]) {
        for (int i = 0; i < g->nodes[m].inputs; i++) {
            int before = producer_of(f, g->nodes[m].in[i]);
            if (before < 0 || f->group[before] == b || f->group[before] == a) continue;
            if (depends(f, before, a)) return true;
        }
    }
    return false;
}

typedef struct distinct {
    int seen[FUSED_INPUTS * 8], count;
} distinct;

static void count_inputs(const fusing *f, int of, int a, int b, distinct *d) {
    const graph *g = f->r->from;
    for (int m = of; m >= 0; m = f->next[m]) {
        for (int i = 0; i < g->nodes[m].inputs; i++) {
            int value = g->nodes[m].in[i], before = producer_of(f, value);
            bool known = before >= 0 && (f->group[before] == a || f->group[before] == b);
            for (int k = 0; k < d->count && !known; k++) known = d->seen[k] == value;
            if (!known && d->count < (int)LENGTH(d->seen)) d->seen[d->count++] = value;
        }
    }
}

static int input_count(const fusing *f, int a, int b) {
    distinct d = {.count = 0};
    count_inputs(f, a, a, b, &d);
    count_inputs(f, b, a, b, &d);
    return d.count;
}

static bool may_join(fusing *f, int a, int b) {
    return f->members[a] + f->members[b] <= LONGEST_GROUP && input_count(f, a, b) <= FUSED_INPUTS &&
           !path_between(f, a, b) && !path_between(f, b, a);
}

/* b becomes part of a. Members stay in the order of nodes only within each part. */
static void join(fusing *f, int a, int b) {
    for (int m = b; m >= 0; m = f->next[m]) f->group[m] = a;
    f->next[f->last[a]] = b;
    f->last[a] = f->last[b];
    f->members[a] += f->members[b];
    if (f->lowest[b] < f->lowest[a]) f->lowest[a] = f->lowest[b];
    if (f->highest[b] > f->highest[a]) f->highest[a] = f->highest[b];
}

/* From now on a group's members are chained in the order of nodes, from f->lowest. */
static void order_members(fusing *f) {
    int count = (int)f->r->from->node_count;
    for (int at = 0; at < count; at++) f->last[at] = -1;
    for (int at = count; at-- > 0;) {
        if (f->group[at] < 0) continue;
        f->next[at] = f->last[f->group[at]];
        f->last[f->group[at]] = at;
    }
}

static void form_groups(fusing *f) {
    const graph *g = f->r->from;
    for (int at = 0; at < (int)g->node_count; at++) {
        f->group[at] = f->next[at] = -1;
        if (!fusible(f, at)) continue;
        f->group[at] = f->last[at] = f->lowest[at] = f->highest[at] = at;
        f->members[at] = 1;
        for (int i = 0; i < g->nodes[at].inputs; i++) {
            int before = producer_of(f, g->nodes[at].in[i]);
            if (before < 0 || f->group[before] < 0 || f->group[before] == f->group[at]) continue;
            if (!shape_equal(&result_of(f, before)->shape, &result_of(f, at)->shape)) continue;
            if (may_join(f, f->group[before], f->group[at]))
                join(f, f->group[before], f->group[at]);
        }
    }
}

/* ---- from a group to a program ---- */

typedef struct program {
    fused_attrs attrs;
    int inputs, in[FUSED_INPUTS]; /* values of `from` */
    int values[FUSED_STEPS];      /* what step i makes, as a value of `from` */
    bool fits;
} program;

/* Equal in their bytes: 0 and -0 are two. */
static int16_t constant_operand(program *p, const mica_tensor *t) {
    size_t bytes = mica_dtype_size(t->dtype);
    for (int i = 0; i < p->attrs.constants; i++)
        if (p->attrs.constant_dtype[i] == t->dtype &&
            !memcmp(p->attrs.constant[i], tensor_bytes(t), bytes))
            return (int16_t)FUSED_CONSTANT(i);
    p->fits &= p->attrs.constants < FUSED_CONSTANTS;
    if (!p->fits) return 0;
    memcpy(p->attrs.constant[p->attrs.constants], tensor_bytes(t), bytes);
    p->attrs.constant_dtype[p->attrs.constants] = (uint8_t)t->dtype;
    return (int16_t)FUSED_CONSTANT(p->attrs.constants++);
}

/* Inputs are collected first, so that the numbers of steps are known. */
static int16_t operand_of(const fusing *f, program *p, int value, bool collect) {
    const struct value *v = &f->r->from->values[value];
    if (v->kind == VALUE_CONSTANT && shape_size(&v->info.shape) == 1)
        return constant_operand(p, v->info.value);
    for (int i = 0; i < p->attrs.steps; i++)
        if (p->values[i] == value) return (int16_t)(p->inputs + i);
    for (int i = 0; i < p->inputs; i++)
        if (p->in[i] == value) return (int16_t)i;
    p->fits &= collect && p->inputs < FUSED_INPUTS;
    if (p->fits) p->in[p->inputs++] = value;
    return 0;
}

static bool in_group(const fusing *f, int value, int group) {
    int before = producer_of(f, value);
    return before >= 0 && f->group[before] == group;
}

static void collect_inputs(const fusing *f, program *p, int group) {
    const graph *g = f->r->from;
    for (int m = f->lowest[group]; m >= 0; m = f->next[m])
        for (int i = 0; i < g->nodes[m].inputs; i++)
            if (!in_group(f, g->nodes[m].in[i], group)) operand_of(f, p, g->nodes[m].in[i], true);
}

static void write_steps(const fusing *f, program *p, int group) {
    const graph *g = f->r->from;
    for (int m = f->lowest[group]; m >= 0 && p->fits; m = f->next[m]) {
        const node *n = &g->nodes[m];
        fused_step *s = &p->attrs.step[p->attrs.steps];
        s->op = fused_op_number(n->op);
        p->fits &= n->op->attrs_size <= sizeof s->attrs;
        for (int i = 0; i < n->inputs; i++) s->from[i] = operand_of(f, p, n->in[i], false);
        if (p->fits && n->attrs) memcpy(s->attrs, n->attrs, n->op->attrs_size);
        p->values[p->attrs.steps++] = n->out[0];
    }
}

/* Values that nodes outside, outputs or updates read. */
static void write_outputs(const fusing *f, program *p, int group) {
    const graph *g = f->r->from;
    for (int i = 0; i < p->attrs.steps; i++) {
        int inside = 0, value = p->values[i];
        for (int m = f->lowest[group]; m >= 0; m = f->next[m])
            for (int k = 0; k < g->nodes[m].inputs; k++) inside += g->nodes[m].in[k] == value;
        if (f->r->uses[value] == inside) continue;
        p->fits &= p->attrs.outputs < FUSED_OUTPUTS;
        if (p->fits) p->attrs.output[p->attrs.outputs++] = (int16_t)(p->inputs + i);
    }
}

static bool worth_it(fusing *f, const program *p, const operand *out) {
    operand in[FUSED_INPUTS];
    bool no[FUSED_INPUTS] = {false};
    for (int i = 0; i < p->inputs; i++) in[i] = f->r->from->values[p->in[i]].info;
    kernel_spec s = {.op = &op_fused,
                     .attrs = &p->attrs,
                     .inputs = p->inputs,
                     .outputs = p->attrs.outputs,
                     .in = in,
                     .out = out,
                     .in_constant = no,
                     .in_variable = no,
                     .threads = f->r->c->ctx->threads};
    const kernel *k = kernel_choose(f->r->c->backends, &s, NULL);
    return k && (backend_of_kernel(k) == f->r->c->backends[0] || backend_of_kernel(k)->kernels[1]);
}

/* False: the group is emitted node by node instead. */
static mica_status emit_program(fusing *f, program *p, bool *done) {
    operand info[FUSED_OUTPUTS];
    int in[FUSED_INPUTS], out[FUSED_OUTPUTS];
    for (int i = 0; i < p->attrs.outputs; i++)
        info[i] = f->r->from->values[p->values[p->attrs.output[i] - p->inputs]].info;
    *done = p->fits && p->attrs.outputs && worth_it(f, p, info);
    if (!*done) return MICA_OK;
    for (int i = 0; i < p->inputs; i++) in[i] = rewrite_value(f->r, p->in[i]);
    TRY(graph_append(f->r->to, &op_fused, &p->attrs, p->inputs, in, p->attrs.outputs, info, out,
                     f->r->err));
    for (int i = 0; i < p->attrs.outputs; i++)
        f->r->map[p->values[p->attrs.output[i] - p->inputs]] = out[i];
    return MICA_OK;
}

static mica_status emit_unit(fusing *f, int at);

static mica_status emit_inputs(fusing *f, int at, int group) {
    const node *n = &f->r->from->nodes[at];
    for (int i = 0; i < n->inputs; i++) {
        int before = producer_of(f, n->in[i]);
        if (before >= 0 && !f->done[before] && (group < 0 || f->group[before] != group))
            TRY(emit_unit(f, before));
    }
    return MICA_OK;
}

static mica_status emit_group(fusing *f, int group) {
    const graph *g = f->r->from;
    bool fused = false;
    program *p = allocate(1, sizeof *p);
    if (!p) return fail_memory(f->r->err, sizeof *p, "a plan");
    p->fits = true;
    collect_inputs(f, p, group);
    write_steps(f, p, group);
    write_outputs(f, p, group);
    mica_status status = emit_program(f, p, &fused);
    free(p);
    for (int m = f->lowest[group]; m >= 0 && status == MICA_OK; m = f->next[m]) {
        f->done[m] = true;
        if (!fused) status = rewrite_copy(f->r, &g->nodes[m]);
    }
    return status;
}

/* Emits a node, or its whole group, after all that it reads. */
static mica_status emit_unit(fusing *f, int at) {
    const graph *g = f->r->from;
    int group = f->group[at];
    if (f->done[at]) return MICA_OK;
    if (group < 0 || f->members[group] < 2) {
        TRY(emit_inputs(f, at, -1));
        f->done[at] = true;
        return rewrite_copy(f->r, &g->nodes[at]);
    }
    for (int m = f->lowest[group]; m >= 0; m = f->next[m]) TRY(emit_inputs(f, m, group));
    return emit_group(f, group);
}

static mica_status fuse(rewrite *r) {
    size_t n = r->from->node_count;
    fusing f = {.r = r,
                .group = allocate(n, sizeof(int)),
                .members = allocate(n, sizeof(int)),
                .mark = allocate(n, sizeof(int)),
                .next = allocate(n, sizeof(int)),
                .last = allocate(n, sizeof(int)),
                .lowest = allocate(n, sizeof(int)),
                .highest = allocate(n, sizeof(int)),
                .done = allocate(n, sizeof(bool))};
    mica_status status = MICA_OK;
    if (!f.group || !f.members || !f.mark || !f.next || !f.last || !f.lowest || !f.highest ||
        !f.done)
        status = fail_memory(r->err, n, "a plan");
    if (status == MICA_OK) {
        for (size_t i = 0; i < n; i++) f.group[i] = f.next[i] = -1;
        form_groups(&f);
        order_members(&f);
    }
    for (size_t i = 0; i < n && status == MICA_OK; i++) status = emit_unit(&f, (int)i);
    free(f.group), free(f.members), free(f.mark), free(f.next), free(f.last);
    free(f.lowest), free(f.highest), free(f.done);
    return status;
}

const pass pass_fuse = {"fuse", NULL, fuse};
