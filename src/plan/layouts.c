/* Values in the layouts that kernels want: reordering steps, and weights that are packed once. */
#include "plan/making.h"

#include <string.h>

void touch(making *m, at where) {
    if (where.place >= 0) m->p->places[where.place].last = (int)m->p->step_count;
}

bool same_layout(const layout *a, const layout *b) {
    if (!a || !b || !a->bytes || !b->bytes) return (!a || !a->bytes) == (!b || !b->bytes);
    return a->bytes == b->bytes && !memcmp(a->blob, b->blob, sizeof a->blob);
}

step *next_step(making *m) {
    plan *p = m->p;
    if (!grow(&p->steps, &p->step_room, p->step_count + 1, sizeof *p->steps)) return NULL;
    return memset(&p->steps[p->step_count], 0, sizeof *p->steps);
}

/* Where `value` is in the layout that is wanted: a step that reorders, or a packed weight. */
mica_status reordered(making *m, int number, bool fixed, const backend *b, const layout *wanted,
                      at *out) {
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

mica_status row_major(making *m, int number) {
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
