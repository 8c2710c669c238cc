/* From a graph to a plan: passes, then the steps of its nodes in order, then places for all. */
#include "plan/making.h"
#include "plan/specialise.h"

#include <stdlib.h>
#include <string.h>

bool pass_left_out(const compiler *c, const pass *p) {
    for (const char *const *w = c->options->without; w && *w; w++)
        if (!strcmp(*w, p->name)) return true;
    return false;
}

static const pass *const all_passes[] = {
#define PASS(name) &pass_##name,
#include "plan/passes.def"
#undef PASS
};

static mica_status run_passes(making *m) {
    for (size_t i = 0; i < LENGTH(all_passes); i++)
        if (!pass_left_out(&m->c, all_passes[i]))
            TRY(pass_run(&m->c, all_passes[i], &m->g, m->err));
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
bool plan_updates(const plan *p) { return p->updated_count > 0; }
operand plan_output(const plan *p, int i) { return p->outputs[i]; }
