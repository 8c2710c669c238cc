/* Places of what a plan begins with: constants, variables, inputs. */
#include "plan/making.h"

size_t operand_bytes(const operand *o) {
    return (size_t)shape_size(&o->shape) * mica_dtype_size(o->dtype);
}

int new_place(making *m, home_kind home, int number, size_t bytes) {
    plan *p = m->p;
    if (!grow(&p->places, &p->place_room, p->place_count + 1, sizeof *p->places)) return -1;
    p->places[p->place_count] = (place){
        home, number, bytes, 0, (int)p->step_count, (int)p->step_count};
    return (int)p->place_count++;
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
        if (!tensor_own_texts(plain)) return no_memory(m);
        at_number = add_tensor(&p->constants, &p->constant_count, &p->constant_room,
                               tensor_release(plain));
    }
    int where = at_number < 0 ? -1 : new_place(m, home, at_number, operand_bytes(&v->info));
    if (where < 0) return no_memory(m);
    m->value_at[number] = (at){where, 0};
    return MICA_OK;
}

mica_status place_leaves(making *m) {
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
