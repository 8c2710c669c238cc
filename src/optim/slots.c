/* The state of an optimizer: slots beside every parameter. */
#include "optim/optimizer.h"

#include <stdlib.h>
#include <string.h>

const char *optimizer_slot_name(const mica_optimizer *o, int i) {
    if (i < o->kind_slots) return o->kind->slots[o->of_kind[i]];
    return o->options->use_ema && i == o->kind_slots ? "average" : "gradient_accumulator";
}

/* Those that the options ask for. */
static void choose_slots(mica_optimizer *o) {
    o->kind_slots = 0;
    for (int i = 0; i < MAX_KIND_SLOTS && o->kind->slots[i]; i++)
        if (!o->kind->has_slot || o->kind->has_slot(o->options, i)) o->of_kind[o->kind_slots++] = i;
}

/* As Keras 3 names it: adam/dense_kernel_momentum. */
static void name_slot(const mica_optimizer *o, const mica_tensor *parameter, int slot,
                      char name[256]) {
    size_t start = (size_t)snprintf(name, 256, "%.60s/", o->options->name);
    snprintf(name + start, 256 - start, "%.120s_%s", parameter->variable->name,
             optimizer_slot_name(o, slot));
    for (char *c = name + start; *c; c++)
        if (*c == '/') *c = '_';
}

static mica_status make_slot(mica_optimizer *o, mica_tensor *parameter, int slot, mica_tensor **out,
                             mica_error *err) {
    char name[256];
    int own = slot < o->kind_slots ? o->of_kind[slot] : -1;
    double value = own >= 0 && o->kind->slot_initial ? o->kind->slot_initial(o->options, own) : 0;
    shape s = parameter->shape;
    if (own >= 0 && o->kind->slot_shape) o->kind->slot_shape(o->options, parameter, own, &s);
    name_slot(o, parameter, slot, name);
    mica_tensor *initial = mica_full(o->ctx, parameter->dtype, s, value == value ? value : 0);
    mica_tensor *made = mica_variable(initial, name);
    mica_tensor_destroy(&initial);
    if (made->kind == TENSOR_POISON) return mica_check(o->ctx, err);
    made->variable->frozen = true;
    *out = made;
    return MICA_OK;
}

static mica_status check_parameters(const mica_optimizer *o, mica_tensor *const *parameters,
                                    int count, mica_error *err) {
    for (int i = 0; i < count; i++) {
        const mica_tensor *p = parameters[i];
        if (p->kind != TENSOR_VARIABLE)
            return fail(err, MICA_TYPE, "optimizer %s: parameter %d is not a variable",
                        o->kind->name, i);
        if (!dtype_is_float(p->dtype))
            return fail(err, MICA_TYPE,
                        "optimizer %s: parameter %s is %s, expected a floating type", o->kind->name,
                        p->variable->name, mica_dtype_name(p->dtype));
    }
    return MICA_OK;
}

static mica_status require_same(const mica_optimizer *o, mica_tensor *const *parameters, int count,
                                mica_error *err) {
    bool same = count == o->count;
    for (int i = 0; i < count && same; i++) same = parameters[i] == o->parameters[i];
    if (same) return MICA_OK;
    return fail(err, MICA_STATE,
                "optimizer %s: it was built for %d other variables, expected always the "
                "same; make one optimizer for each group",
                o->kind->name, o->count);
}

static mica_status make_slots(mica_optimizer *o, mica_error *err) {
    for (int i = 0; i < o->count; i++)
        for (int k = 0; k < o->slots_each; k++)
            TRY(make_slot(o, o->parameters[i], k, &o->slots[i * o->slots_each + k], err));
    return MICA_OK;
}

mica_status optimizer_build(mica_optimizer *o, mica_tensor *const *parameters, int count,
                            mica_error *err) {
    if (o->failed) return fail(err, MICA_STATE, "the optimizer was not made");
    if (o->parameters) return require_same(o, parameters, count, err);
    TRY(check_parameters(o, parameters, count, err));
    choose_slots(o);
    o->slots_each = o->kind_slots + o->options->use_ema +
                    (o->options->gradient_accumulation_steps != NO_INTEGER);
    size_t slots = (size_t)count * (size_t)o->slots_each;
    o->parameters = allocate((size_t)count + 1, sizeof *o->parameters);
    o->slots = allocate(slots + 1, sizeof *o->slots);
    if (!o->parameters || !o->slots)
        return fail_memory(err, slots * sizeof *o->slots, o->kind->name);
    memcpy(o->parameters, parameters, (size_t)count * sizeof *parameters);
    o->count = count;
    for (int i = 0; i < count; i++) variable_hold(parameters[i]);
    return make_slots(o, err);
}
