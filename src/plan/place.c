/* Placing values: results over inputs that are done, updates into their variables, and the rest
 * into one arena by the times they live. */
#include "plan/control.h"

#include <stdlib.h>

/* Kernels of elementwise ops read a block of every input before they write that block of an output;
 * so any output may lie over any input of the same bytes. Others say which. */
static bool may_overwrite(const step *s, int input, int output) {
    if (!s->kernel) return false;
    if (s->kernel->in_place_any) {
        return shape_equal(&s->in[input].shape, &s->out[output].shape) &&
               mica_dtype_size(s->in[input].dtype) == mica_dtype_size(s->out[output].dtype);
    }
    if (s->kernel->over) return s->kernel->over(s->op, input, output);
    return output == 0 && (s->kernel->in_place >> input & 1);
}

/* Whether step s can write `output` over place w: every input there may be overwritten. */
static bool step_allows(const step *s, int w, int output) {
    for (int i = 0; i < s->inputs; i++)
        if (s->in_at[i].place == w && (s->in_at[i].offset || !may_overwrite(s, i, output)))
            return false;
    for (int k = 0; k < s->outputs; k++)
        if (k != output && s->out_at[k].place == w) return false;
    return true;
}

static void move_place(plan *p, int from, int to) {
    for (size_t i = 0; i < p->step_count; i++) {
        step *s = &p->steps[i];
        for (int k = 0; k < s->inputs; k++)
            if (s->in_at[k].place == from) s->in_at[k].place = to;
        for (int k = 0; k < s->outputs; k++)
            if (s->out_at[k].place == from) s->out_at[k].place = to;
    }
    for (size_t i = 0; i < p->output_count; i++)
        if (p->output_at[i].place == from) p->output_at[i].place = to;
    for (size_t i = 0; i < p->copy_count; i++)
        if (p->copies[i].from.place == from) p->copies[i].from.place = to;
    if (p->places[from].last > p->places[to].last) p->places[to].last = p->places[from].last;
    p->places[from].bytes = 0;
    p->places[from].first = p->places[from].last = -1;
}

/* The step and output that make a place, if it is made whole by one. */
static step *maker_of(plan *p, int where, int *output) {
    for (size_t i = 0; i < p->step_count; i++)
        for (int k = 0; k < p->steps[i].outputs; k++)
            if (p->steps[i].out_at[k].place == where) return *output = k, &p->steps[i];
    return NULL;
}

/* An update goes straight into its variable if nobody reads the old value afterwards. */
static bool update_in_place(plan *p, at from, int variable, size_t bytes) {
    int output;
    const place *made = &p->places[from.place], *old = &p->places[variable];
    if (made->home != HOME_ARENA || from.offset || made->bytes != bytes) return false;
    step *s = maker_of(p, from.place, &output);
    if (!s || old->last > (int)(s - p->steps) || !step_allows(s, variable, output)) return false;
    move_place(p, from.place, variable);
    return true;
}

/* A value that updates two variables is moved into one; the other gets a copy at the end. */
static void place_updates(plan *p, const graph *g, const at *value_at, const at *update_at,
                          int *moved) {
    for (size_t i = 0; i < g->update_count; i++) {
        at from = update_at[i];
        int variable = value_at[g->updates[i].variable].place;
        size_t bytes = p->places[variable].bytes;
        bool again = moved[from.place] >= 0;
        if (!again && update_in_place(p, from, variable, bytes)) {
            moved[from.place] = variable;
            continue;
        }
        if (again) from.place = moved[from.place];
        p->copies[p->copy_count++] = (struct copy){from, p->places[variable].number, bytes};
        p->places[from.place].last = (int)p->step_count;
    }
}

static void place_outputs_over_inputs(plan *p) {
    for (size_t at_step = 0; at_step < p->step_count; at_step++) {
        step *s = &p->steps[at_step];
        for (int k = 0; k < s->outputs; k++) {
            place *out = &p->places[s->out_at[k].place];
            if (out->home != HOME_ARENA || out->first != (int)at_step) continue;
            for (int i = 0; i < s->inputs; i++) {
                int w = s->in_at[i].place;
                if (w < 0 || p->places[w].home != HOME_ARENA || p->places[w].bytes != out->bytes)
                    continue;
                if (p->places[w].last != (int)at_step || !step_allows(s, w, k)) continue;
                if (!may_overwrite(s, i, k) || w == s->out_at[k].place) continue;
                move_place(p, s->out_at[k].place, w);
                break;
            }
        }
    }
}

mica_status place_in_place(plan *p, const graph *g, const at *value_at, const at *update_at,
                           mica_error *err) {
    int *moved = allocate(p->place_count, sizeof *moved);
    if (!moved) return fail_memory(err, p->place_count, "a plan");
    for (size_t i = 0; i < p->place_count; i++) moved[i] = -1;
    place_updates(p, g, value_at, update_at, moved);
    free(moved);
    if (!p->poison) place_outputs_over_inputs(p);
    return MICA_OK;
}

/* ---- the arena ---- */

#define ALIGNMENT ((size_t)64)

size_t arena_rounded(size_t bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

typedef struct placed {
    place **items; /* placed already, by offset */
    size_t count;
} placed;

static bool live_together(const place *a, const place *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest gap that is free as long as `w` lives. */
static size_t lowest_gap(const placed *done, const place *w) {
    size_t at = 0;
    for (size_t i = 0; i < done->count; i++) {
        const place *other = done->items[i];
        if (!live_together(other, w)) continue;
        if (other->offset >= at + arena_rounded(w->bytes)) break;
        if (other->offset + arena_rounded(other->bytes) > at)
            at = other->offset + arena_rounded(other->bytes);
    }
    return at;
}

static void insert_by_offset(placed *done, place *w) {
    size_t i = done->count++;
    for (; i > 0 && done->items[i - 1]->offset > w->offset; i--)
        done->items[i] = done->items[i - 1];
    done->items[i] = w;
}

static int larger_first(const void *a, const void *b) {
    const place *x = *(place *const *)a, *y = *(place *const *)b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : 1;
}

mica_status place_arena(plan *p, bool separate, mica_error *err) {
    size_t count = 0;
    place **order = allocate(p->place_count, sizeof *order);
    placed done = {allocate(p->place_count, sizeof(place *)), 0};
    if (!order || !done.items) {
        free(order), free(done.items);
        return fail_memory(err, p->place_count * sizeof *order, "a plan");
    }
    for (size_t i = 0; i < p->place_count; i++)
        if (p->places[i].home == HOME_ARENA && p->places[i].bytes) order[count++] = &p->places[i];
    qsort(order, count, sizeof *order, larger_first);
    for (size_t i = 0; i < count; i++) {
        order[i]->offset = separate ? p->separate_bytes : lowest_gap(&done, order[i]);
        insert_by_offset(&done, order[i]);
        p->separate_bytes += arena_rounded(order[i]->bytes);
        size_t end = order[i]->offset + arena_rounded(order[i]->bytes);
        if (end > p->arena_bytes) p->arena_bytes = end;
    }
    free(order);
    free(done.items);
    return MICA_OK;
}
