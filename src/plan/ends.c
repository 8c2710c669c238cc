/* Where a plan's results go: outputs, and updates of variables. */
#include "plan/making.h"

mica_status bind_outputs(making *m) {
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

mica_status bind_updates(making *m) {
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
