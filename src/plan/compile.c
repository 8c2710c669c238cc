/* From a graph to steps: passes, kernels, layouts, places. */
#include "plan/control.h"
#include "plan/specialise.h"

#include <stdlib.h>
#include <string.h>

typedef struct making {
    compiler c;
    graph *g;
    plan *p;
    at *value_at;          /* by value, of the layout that its maker chose */
    layout **value_layout; /* by value; NULL: row-major */
    at *update_at;         /* by update: where the new value lies */
    mica_error *err;
} making;

static bool left_out(const plan_options *o, const char *name) {
    for (const char *const *w = o->without; w && *w; w++)
        if (!strcmp(*w, name)) return true;
    return false;
}

static const pass *const all_passes[] = {
#define PASS(name) &pass_##name,
#include "plan/passes.def"
#undef PASS
};

static mica_status run_passes(making *m) {
    for (size_t i = 0; i < LENGTH(all_passes); i++)
        if (!left_out(m->c.options, all_passes[i]->name))
            TRY(pass_run(&m->c, all_passes[i], &m->g, m->err));
    return MICA_OK;
}

/* ---- places ---- */

static mica_status no_memory(making *m) { return fail_no_memory(m->err, "a plan"); }

static int new_place(making *m, home_kind home, int number, size_t bytes) {
    plan *p = m->p;
    if (!grow(&p->places, &p->place_room, p->place_count + 1, sizeof *p->places)) return -1;
    p->places[p->place_count] = (place){
        home, number, bytes, 0, (int)p->step_count, (int)p->step_count};
    return (int)p->place_count++;
}

size_t operand_bytes(const operand *o) {
    return (size_t)shape_size(&o->shape) * mica_dtype_size(o->dtype);
}

static int add_tensor(mica_tensor ***list, size_t *count, size_t *room, mica_tensor *t) {
    if (!grow(list, room, *count + 1, sizeof **list)) return -1;
    (*list)[*count] = t;
    return (int)(*count)++;
}

/* Constants are kept row-major by the plan; variables are referred to. */
static mica_status place_leaf(making *m, int number) {
    const value *v = &m->g->values[number];
    plan *p = m->p;
    int at_number = -1;
    home_kind home = v->kind == VALUE_VARIABLE ? HOME_VARIABLE : HOME_CONSTANT;
    if (v->kind == VALUE_VARIABLE) {
        at_number = add_tensor(&p->variables, &p->variable_count, &p->variable_room, v->variable);
    } else if (v->kind == VALUE_CONSTANT) {
        mica_tensor *plain = tensor_alloc(m->c.ctx, v->info.dtype, &v->info.shape);
        if (plain->kind == TENSOR_POISON) return no_memory(m);
        tensor_copy_out(v->info.value, v->info.dtype, tensor_bytes(plain));
        at_number = add_tensor(&p->constants, &p->constant_count, &p->constant_room,
                               tensor_release(plain));
    }
    int where = at_number < 0 ? -1 : new_place(m, home, at_number, operand_bytes(&v->info));
    if (where < 0) return no_memory(m);
    m->value_at[number] = (at){where, 0};
    return MICA_OK;
}

static mica_status place_leaves(making *m) {
    const graph *g = m->g;
    for (size_t i = 0; i < g->value_count; i++) {
        m->value_at[i] = (at){-1, 0};
        if (g->values[i].kind == VALUE_CONSTANT || g->values[i].kind == VALUE_VARIABLE)
            TRY(place_leaf(m, (int)i));
    }
    for (size_t i = 0; i < g->input_count; i++) {
        int where = new_place(m, HOME_INPUT, (int)i, operand_bytes(&g->values[g->inputs[i]].info));
        if (where < 0) return no_memory(m);
        m->value_at[g->inputs[i]] = (at){where, 0};
    }
    return MICA_OK;
}

static void touch(making *m, at where) {
    if (where.place >= 0) m->p->places[where.place].last = (int)m->p->step_count;
}

/* ---- layouts ---- */

static bool same_layout(const layout *a, const layout *b) {
    if (!a || !b || !a->bytes || !b->bytes) return (!a || !a->bytes) == (!b || !b->bytes);
    return a->bytes == b->bytes && !memcmp(a->blob, b->blob, sizeof a->blob);
}

static step *next_step(making *m) {
    plan *p = m->p;
    if (!grow(&p->steps, &p->step_room, p->step_count + 1, sizeof *p->steps)) return NULL;
    return memset(&p->steps[p->step_count], 0, sizeof *p->steps);
}

/* Where `value` is in the layout that is wanted: a step that reorders, or a packed weight. */
static mica_status reordered(making *m, int number, bool fixed, const backend *b,
                             const layout *wanted, at *out) {
    plan *p = m->p;
    const value *v = &m->g->values[number];
    size_t bytes = wanted && wanted->bytes ? wanted->bytes : operand_bytes(&v->info);
    if (fixed && (v->kind == VALUE_VARIABLE || v->kind == VALUE_CONSTANT)) {
        place source = p->places[m->value_at[number].place];
        if (!grow(&p->packs, &p->pack_room, p->pack_count + 1, sizeof *p->packs))
            return no_memory(m);
        packed *k = &p->packs[p->pack_count];
        *k = (packed){.variable = source.home == HOME_VARIABLE ? source.number : -1 - source.number,
                      .backend = b,
                      .layout = *wanted,
                      .what = v->info,
                      .bytes = buffer_new(bytes)};
        int where = k->bytes ? new_place(m, HOME_PACKED, (int)p->pack_count++, bytes) : -1;
        *out = (at){where, 0};
        return where < 0 ? no_memory(m) : MICA_OK;
    }
    int where = new_place(m, HOME_ARENA, 0, bytes);
    step *s = where < 0 ? NULL : next_step(m);
    if (!s) return no_memory(m);
    s->backend = b;
    if (m->value_layout[number]) s->from = *m->value_layout[number];
    if (wanted) s->to = *wanted;
    s->inputs = s->outputs = 1;
    s->in = arena_copy(&p->arena, &v->info, sizeof v->info);
    s->in_at = arena_copy(&p->arena, &m->value_at[number], sizeof(at));
    s->out_at = arena_copy(&p->arena, &(at){where, 0}, sizeof(at));
    if (!s->in || !s->in_at || !s->out_at) return no_memory(m);
    touch(m, m->value_at[number]);
    *out = (at){where, 0};
    p->step_count++;
    return MICA_OK;
}

/* ---- steps ---- */

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
static mica_status row_major(making *m, int number);

static void free_step(step *s) {
    if (s->plan.state && s->kernel->release) s->kernel->release(s->plan.state);
    for (int k = 0; k < MAX_BODIES; k++) plan_free(s->bodies[k]);
}

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

static mica_status add_step(making *m, const node *n) {
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

/* ---- the ends: outputs and updates ---- */

static mica_status row_major(making *m, int number) {
    at where;
    if (!m->value_layout[number]) return MICA_OK;
    const backend *b = NULL;
    for (size_t i = 0; i < m->p->step_count; i++) /* who made it knows its layout */
        for (int k = 0; k < m->p->steps[i].outputs; k++)
            if (m->p->steps[i].out_at[k].place == m->value_at[number].place)
                b = m->p->steps[i].backend;
    TRY(reordered(m, number, false, b, NULL, &where));
    m->value_at[number] = where;
    m->value_layout[number] = NULL;
    return MICA_OK;
}

static mica_status bind_outputs(making *m) {
    plan *p = m->p;
    const graph *g = m->g;
    p->output_count = g->output_count;
    p->input_count = g->input_count;
    p->outputs = arena_take(&p->arena, sizeof *p->outputs * (g->output_count + 1));
    p->inputs = arena_take(&p->arena, sizeof *p->inputs * (g->input_count + 1));
    p->output_at = arena_take(&p->arena, sizeof *p->output_at * (g->output_count + 1));
    if (!p->outputs || !p->inputs || !p->output_at) return no_memory(m);
    for (size_t i = 0; i < g->input_count; i++) p->inputs[i] = g->values[g->inputs[i]].info;
    for (size_t i = 0; i < g->output_count; i++) {
        int number = g->outputs[i];
        TRY(row_major(m, number));
        p->outputs[i] = g->values[number].info;
        p->outputs[i].value = NULL;
        p->output_at[i] = m->value_at[number];
        place *where = &p->places[m->value_at[number].place];
        bool whole = where->home == HOME_ARENA && where->bytes == operand_bytes(&p->outputs[i]);
        if (whole)
            *where = (place){HOME_OUTPUT, (int)i, where->bytes, 0, where->first, where->last};
        else where->last = (int)p->step_count; /* copied at the end */
    }
    return MICA_OK;
}

static mica_status bind_updates(making *m) {
    plan *p = m->p;
    const graph *g = m->g;
    p->updated = arena_take(&p->arena, sizeof *p->updated * (g->update_count + 1));
    p->copies = arena_take(&p->arena, sizeof *p->copies * (g->update_count + 1));
    m->update_at = allocate(g->update_count + 1, sizeof *m->update_at);
    if (!p->updated || !p->copies || !m->update_at) return no_memory(m);
    for (size_t i = 0; i < g->update_count; i++) {
        int number = g->updates[i].value;
        TRY(row_major(m, number));
        m->update_at[i] = m->value_at[number];
        if (p->places[m->update_at[i].place].home == HOME_VARIABLE) /* it may change itself */
            TRY(reordered(m, number, false, NULL, NULL, &m->update_at[i]));
        p->updated[p->updated_count++] =
            p->places[m->value_at[g->updates[i].variable].place].number;
    }
    return MICA_OK;
}

static mica_status build(making *m) {
    plan *p = m->p;
    m->value_at = allocate(m->g->value_count, sizeof *m->value_at);
    m->value_layout = allocate(m->g->value_count, sizeof *m->value_layout);
    if (!m->value_at || !m->value_layout) return no_memory(m);
    TRY(place_leaves(m));
    for (size_t i = 0; i < m->g->node_count; i++) TRY(add_step(m, &m->g->nodes[i]));
    TRY(bind_updates(m));
    TRY(bind_outputs(m));
    TRY(place_in_place(p, m->g, m->value_at, m->update_at, m->err));
    return place_arena(p, m->c.options->separate, m->err);
}

mica_status plan_compile(const graph *g, const plan_options *options, plan **out, mica_error *err) {
    static const plan_options defaults = {0};
    making m = {.c = {.ctx = g->ctx,
                      .backends = backends_of(g->ctx),
                      .options = options ? options : &defaults},
                .err = err};
    m.p = allocate(1, sizeof *m.p);
    if (!m.p) return fail_memory(err, sizeof *m.p, "a plan");
    m.p->ctx = g->ctx;
    m.p->poison = m.c.options->separate;
    mica_status status = graph_copy(g, &m.g, err);
    if (status == MICA_OK) status = run_passes(&m);
    if (status == MICA_OK) status = build(&m);
    graph_free(m.g);
    free(m.value_at);
    free(m.value_layout);
    free(m.update_at);
    cache_free(&m.c.cache);
    if (status == MICA_OK) *out = m.p;
    else plan_free(m.p);
    return status;
}

void plan_free(plan *p) {
    if (!p) return;
    for (size_t i = 0; i < p->step_count; i++) free_step(&p->steps[i]);
    for (size_t i = 0; i < p->constant_count; i++) mica_tensor_destroy(&p->constants[i]);
    for (size_t i = 0; i < p->pack_count; i++) buffer_drop(p->packs[i].bytes);
    free(p->steps), free(p->places), free(p->variables), free(p->constants), free(p->packs);
    arena_free(&p->arena);
    free(p);
}

size_t plan_arena_bytes(const plan *p) { return p->arena_bytes; }
size_t plan_scratch_bytes(const plan *p) { return p->scratch_bytes; }
int plan_steps(const plan *p) { return (int)p->step_count; }
operand plan_output(const plan *p, int i) { return p->outputs[i]; }
