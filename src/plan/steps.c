/* From a node to a step: its kernel, or its bodies' plans; where it reads and writes. */
#include "plan/control.h"
#include "plan/making.h"

#include <stdlib.h>
#include <string.h>

static mica_status try_kernel(making *m, const kernel *k, const kernel_spec *s, step *made,
                              layout *layouts, mica_error *err) {
    memset(layouts, 0, sizeof *layouts * (MAX_INPUTS + MAX_OUTPUTS));
    made->plan = (kernel_plan){
        .kernel = k, .in_layout = layouts, .out_layout = layouts + MAX_INPUTS};
    if (k->prepare) {
        mica_status status = k->prepare(s, &made->plan, err);
        if (status != MICA_OK) {
            if (made->plan.state && k->release) k->release(made->plan.state);
            return status;
        }
    }
    made->kernel = k;
    return MICA_OK;
}

/* The best kernel that can be prepared. */
static mica_status choose(making *m, const kernel_spec *s, step *made, layout *layouts) {
    mica_error last = {0};
    for (const kernel *k = NULL; (k = kernel_choose(m->c.backends, s, k));)
        if (try_kernel(m, k, s, made, layouts, &last) == MICA_OK) return MICA_OK;
    return fail(m->err, MICA_UNSUPPORTED, "%s: no backend computes it for %s%s%s", s->op->name,
                mica_dtype_name(s->outputs ? s->out[0].dtype : MICA_FLOAT32), last.code ? ": " : "",
                last.message);
}

static mica_status place_inputs(making *m, const node *n, const kernel_spec *s, const backend *b,
                                const layout *wanted, at *in_at) {
    for (int i = 0; i < n->inputs; i++) {
        if (m->g->values[n->in[i]].kind == VALUE_SHAPE) {
            in_at[i] = (at){-1, 0};
        } else if (same_layout(m->value_layout[n->in[i]], &wanted[i])) {
            in_at[i] = m->value_at[n->in[i]];
        } else {
            TRY(reordered(m, n->in[i], s->in_constant[i], b, &wanted[i], &in_at[i]));
        }
    }
    return MICA_OK;
}

static mica_status place_outputs(making *m, const node *n, const layout *chosen, at *out_at) {
    for (int i = 0; i < n->outputs; i++) {
        const operand *info = &m->g->values[n->out[i]].info;
        size_t bytes = chosen[i].bytes ? chosen[i].bytes : operand_bytes(info);
        int where = new_place(m, HOME_ARENA, 0, bytes);
        if (where < 0) return no_memory(m);
        if (chosen[i].bytes) {
            m->value_layout[n->out[i]] = arena_copy(&m->p->arena, &chosen[i], sizeof *chosen);
            if (!m->value_layout[n->out[i]]) return no_memory(m);
        }
        m->value_at[n->out[i]] = out_at[i] = (at){where, 0};
    }
    return MICA_OK;
}

static mica_status finish_step(making *m, const node *n, const kernel_spec *s, step *made,
                               const at *in_at, const at *out_at) {
    arena *a = &m->p->arena;
    made->op = n->op;
    made->attrs = arena_copy(a, n->attrs ? n->attrs : "", n->attrs ? n->op->attrs_size : 1);
    made->inputs = n->inputs;
    made->outputs = n->outputs;
    made->backend = made->kernel ? backend_of_kernel(made->kernel) : NULL;
    made->in = arena_copy(a, s->in, sizeof *s->in * (size_t)n->inputs);
    made->out = arena_copy(a, s->out, sizeof *s->out * (size_t)n->outputs);
    made->in_at = arena_copy(a, in_at, sizeof *in_at * (size_t)n->inputs);
    made->out_at = arena_copy(a, out_at, sizeof *out_at * (size_t)n->outputs);
    if (!made->attrs || !made->in || !made->out || !made->in_at || !made->out_at)
        return no_memory(m);
    for (int i = 0; i < n->inputs; i++) { /* constants: the plan's own copies */
        made->in[i].value = NULL;
        if (in_at[i].place < 0) continue;
        const place *where = &m->p->places[in_at[i].place];
        if (where->home == HOME_CONSTANT) made->in[i].value = m->p->constants[where->number];
        touch(m, in_at[i]);
    }
    if (made->plan.scratch_bytes > m->p->scratch_bytes)
        m->p->scratch_bytes = made->plan.scratch_bytes;
    return MICA_OK;
}

/* Steps with bodies: row-major operands, a plan for each body, and a place where those run. */
static mica_status compile_bodies(making *m, const node *n, const kernel_spec *s, step *made,
                                  at *in_at, at *out_at) {
    static const layout plain[MAX_OUTPUTS];
    for (int k = 0; k < n->op->bodies; k++)
        TRY(plan_compile(n->bodies[k], m->c.options, &made->bodies[k], m->err));
    for (int i = 0; i < n->inputs; i++) {
        TRY(row_major(m, n->in[i]));
        in_at[i] = m->value_at[n->in[i]];
    }
    TRY(place_outputs(m, n, plain, out_at));
    TRY(finish_step(m, n, s, made, in_at, out_at));
    int work = new_place(m, HOME_ARENA, 0, control_bytes(made));
    made->work = (at){work, 0};
    return work < 0 ? no_memory(m) : MICA_OK;
}

/* A view of a row-major value is the same place, at an offset. */
static bool is_view(making *m, const node *n) {
    int64_t strides_in[MAX_RANK], strides_out[MAX_RANK] = {0}, plain[MAX_RANK], offset = 0;
    const operand *in = &m->g->values[n->in[0]].info, *out = &m->g->values[n->out[0]].info;
    if (!n->op->view || m->value_layout[n->in[0]]) return false;
    strides_of(&in->shape, strides_in);
    view_frame v = {n->attrs, &in->shape, &out->shape, strides_in, strides_out, &offset};
    if (!n->op->view(&v)) return false;
    strides_of(&out->shape, plain);
    for (int i = 0; i < out->shape.rank; i++)
        if (out->shape.dims[i] != 1 && plain[i] != strides_out[i]) return false;
    m->value_at[n->out[0]] = m->value_at[n->in[0]];
    m->value_at[n->out[0]].offset += (size_t)offset * mica_dtype_size(out->dtype);
    return true;
}

static mica_status compile_kernel(making *m, const node *n, const kernel_spec *s, step *made,
                                  at *in_at, at *out_at) {
    layout *layouts = allocate(MAX_INPUTS + MAX_OUTPUTS, sizeof *layouts);
    if (!layouts) return no_memory(m);
    mica_status status = choose(m, s, made, layouts);
    const backend *b = status == MICA_OK ? backend_of_kernel(made->kernel) : NULL;
    if (status == MICA_OK) status = place_inputs(m, n, s, b, layouts, in_at);
    if (status == MICA_OK) status = place_outputs(m, n, layouts + MAX_INPUTS, out_at);
    free(layouts);
    made->plan.in_layout = made->plan.out_layout = NULL;
    return status == MICA_OK ? finish_step(m, n, s, made, in_at, out_at) : status;
}

mica_status add_step(making *m, const node *n) {
    operand in[MAX_INPUTS], out[MAX_OUTPUTS];
    bool constant[MAX_INPUTS], variable[MAX_INPUTS];
    at in_at[MAX_INPUTS], out_at[MAX_OUTPUTS];
    step made = {0};
    if (is_view(m, n)) return MICA_OK;
    kernel_spec s = node_spec(&m->c, m->g, n, in, out, constant, variable);
    mica_status status = n->op->bodies ? compile_bodies(m, n, &s, &made, in_at, out_at)
                                       : compile_kernel(m, n, &s, &made, in_at, out_at);
    step *kept = status == MICA_OK ? next_step(m) : NULL;
    if (!kept) {
        free_step(&made);
        return status == MICA_OK ? no_memory(m) : status;
    }
    *kept = made;
    m->p->step_count++;
    return MICA_OK;
}

void free_step(step *s) {
    if (s->plan.state && s->kernel->release) s->kernel->release(s->plan.state);
    for (int k = 0; k < MAX_BODIES; k++) plan_free(s->bodies[k]);
}
