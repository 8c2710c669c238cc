/* One step as ops: clipping, weight decay, the kind's step, accumulation, moving averages,
 * constraints, in the order of Keras.  Source: keras.src.optimizers.base_optimizer. */
#include "optim/optimizer.h"

#include <stdlib.h>
#include <string.h>

typedef struct emission {
    mica_optimizer *o;
    const mica_optimizer_options *options;
    step_frame shared;          /* step, learning rate and what prepare made */
    mica_tensor *update;        /* whether this step updates (accumulation); NULL: always */
    mica_tensor *overwrite;     /* whether the average becomes the parameter; NULL: never */
    mica_tensor *average_share; /* of the old average */
    mica_tensor *clip;          /* factor of all gradients; NULL: none */
    mica_tensor **pairs;
    int count;
} emission;

static bool given(double value) { return value == value && value > 0; }

static void pair(emission *e, mica_tensor *variable, mica_tensor *value) {
    e->pairs[2 * e->count] = variable;
    e->pairs[2 * e->count++ + 1] = mica_cast(value, variable->dtype);
}

/* limit min(1 / n, 1 / limit), and NaN where the norm n is not finite */
static mica_tensor *global_clip(double limit, mica_tensor *const *gradients, int count) {
    mica_tensor *sum = NULL;
    for (int i = 0; i < count; i++) {
        if (!gradients[i]) continue;
        mica_tensor *part = mica_sum(mica_square(gradients[i]), MICA_ALL_AXES, false);
        sum = sum ? mica_add(sum, part) : part;
    }
    if (!sum) return NULL;
    mica_tensor *norm = mica_sqrt(sum), *one = scalar_like(norm, 1);
    mica_tensor *least = mica_minimum(mica_divide(one, norm), scalar_like(norm, 1 / limit));
    return mica_add(times(least, limit), mica_subtract(norm, norm));
}

static mica_tensor *clipped(const emission *e, mica_tensor *g) {
    const mica_optimizer_options *o = e->options;
    if (given(o->clipnorm)) {
        mica_tensor *norm = mica_sqrt(mica_sum(mica_square(g), MICA_ALL_AXES, false));
        mica_tensor *divisor = mica_maximum(norm, scalar_like(norm, o->clipnorm));
        return mica_divide(times(g, o->clipnorm), divisor);
    }
    if (e->clip) return mica_multiply(g, e->clip);
    return given(o->clipvalue) ? mica_clip(g, -o->clipvalue, o->clipvalue) : g;
}

/* The gradient of this update: the mean with those that were accumulated. */
static mica_tensor *whole_gradient(const emission *e, mica_tensor *g, mica_tensor *accumulated) {
    return times(mica_add(g, accumulated), 1 / (double)e->options->gradient_accumulation_steps);
}

static bool is_decayed(const mica_optimizer *o, const mica_tensor *p) {
    for (const char *const *part = o->undecayed; part && *part; part++)
        if (strstr(p->variable->name, *part)) return false;
    return true;
}

static mica_tensor *decayed(const emission *e, mica_tensor *p) {
    const optimizer_kind *kind = e->o->kind;
    double decay = kind->decay ? kind->decay(e->options, p) : e->options->weight_decay;
    if (!given(decay) || !is_decayed(e->o, p)) return p;
    return mica_subtract(p, mica_multiply(times(p, decay), e->shared.learning_rate));
}

/* value where this step updates, else what was there */
static mica_tensor *if_updating(const emission *e, mica_tensor *value, mica_tensor *old) {
    return e->update ? mica_where(e->update, mica_cast(value, old->dtype), old) : value;
}

static mica_tensor *average_of(const emission *e, mica_tensor *average, mica_tensor *p) {
    mica_tensor *rest = plus(mica_negative(e->average_share), 1);
    return mica_add(mica_multiply(average, e->average_share), mica_multiply(p, rest));
}

/* Slot number k before the step; at the first step some are the parameter itself. */
static mica_tensor *slot_value(const emission *e, int k, mica_tensor *slot, mica_tensor *p) {
    const optimizer_kind *kind = e->o->kind;
    double initial = kind->slot_initial ? kind->slot_initial(e->options, e->o->of_kind[k]) : 0;
    if (initial == initial) return slot;
    mica_tensor *step = e->shared.step;
    return mica_where(mica_equal(step, scalar_like(step, 1)), p, slot);
}

static void emit_parameter(emission *e, int i, mica_tensor *g) {
    mica_optimizer *o = e->o;
    mica_tensor *p = o->parameters[i], **slots = o->slots + i * o->slots_each;
    mica_tensor *sum = e->update ? slots[o->slots_each - 1] : NULL;
    step_frame f = e->shared;
    f.gradient = clipped(e, sum ? whole_gradient(e, g, sum) : g);
    f.parameter = decayed(e, p);
    for (int k = 0; k < o->kind_slots; k++) f.slot[o->of_kind[k]] = slot_value(e, k, slots[k], p);
    o->kind->step(&f);
    mica_tensor *value = if_updating(e, f.new_parameter, p);
    for (int k = 0; k < o->kind_slots; k++) {
        mica_tensor *next = f.new_slot[o->of_kind[k]];
        if (next) pair(e, slots[k], if_updating(e, next, slots[k]));
    }
    if (sum) pair(e, sum, mica_where(e->update, scalar_like(sum, 0), mica_add(sum, g)));
    if (e->options->use_ema) {
        mica_tensor *average = average_of(e, slots[o->kind_slots], value);
        pair(e, slots[o->kind_slots], average);
        if (e->overwrite)
            value = mica_where(e->overwrite, mica_cast(average, p->dtype),
                               mica_cast(value, p->dtype));
    }
    pair(e, p, constrain(p->variable->constraint, mica_cast(value, p->dtype)));
}

/* (iterations + 1) % every == 0 */
static mica_tensor *is_multiple(mica_tensor *next, int64_t every) {
    mica_tensor *rest = mica_floor_mod(next, scalar_like(next, (double)every));
    return mica_equal(rest, scalar_like(next, 0));
}

static void prepare(emission *e, mica_tensor *const *gradients) {
    mica_optimizer *o = e->o;
    const mica_optimizer_options *s = e->options;
    mica_tensor *done = o->iterations, *next = plus(done, 1);
    bool accumulates = s->gradient_accumulation_steps != NO_INTEGER;
    int64_t steps = accumulates ? s->gradient_accumulation_steps : 1;
    mica_tensor *updates = accumulates ? mica_divide(done, scalar_like(done, (double)steps)) : done;
    e->shared.options = s;
    e->shared.step = mica_cast(plus(updates, 1), MICA_FLOAT32);
    e->shared.learning_rate = s->learning_rate_schedule ? scheduled(s->learning_rate_schedule, done)
                                                        : o->learning_rate;
    if (accumulates) e->update = is_multiple(next, steps);
    if (s->use_ema) {
        mica_tensor *begun = mica_not_equal(updates, scalar_like(updates, 0));
        e->average_share = times(mica_cast(begun, MICA_FLOAT32), s->ema_momentum);
        if (s->ema_overwrite_frequency != NO_INTEGER)
            e->overwrite = is_multiple(plus(updates, 1), s->ema_overwrite_frequency);
    }
    if (given(s->global_clipnorm)) e->clip = global_clip(s->global_clipnorm, gradients, o->count);
    e->shared.product = o->product;
    if (o->kind->prepare) o->kind->prepare(&e->shared);
    pair(e, done, next);
    if (o->product) pair(e, o->product, if_updating(e, e->shared.new_product, o->product));
}

static int emit_step(mica_optimizer *o, mica_tensor *const *gradients, mica_tensor **pairs) {
    emission e = {.o = o, .options = o->options, .pairs = pairs};
    prepare(&e, gradients);
    for (int i = 0; i < o->count; i++)
        if (gradients[i]) emit_parameter(&e, i, gradients[i]);
    return e.count;
}

/* Gradients of the loss itself, in place. */
static void unscale(const mica_optimizer *o, mica_tensor **gradients) {
    double factor = o->options->loss_scale_factor;
    mica_tensor *divisor = scaling_divisor(o);
    for (int i = 0; i < o->count; i++) {
        if (gradients[i] && divisor) gradients[i] = mica_multiply(gradients[i], divisor);
        else if (gradients[i] && given(factor)) gradients[i] = times(gradients[i], 1 / factor);
    }
}

int optimizer_emit(mica_optimizer *o, mica_tensor *const *gradients, mica_tensor **pairs) {
    mica_tensor **own = allocate((size_t)o->count + 1, sizeof *own);
    if (!own) {
        context_fail(o->ctx, MICA_MEMORY, "optimizer %s: memory is not enough", o->kind->name);
        return 0;
    }
    memcpy(own, gradients, (size_t)o->count * sizeof *own);
    unscale(o, own);
    int count = scaling_guard(o, gradients, pairs, emit_step(o, own, pairs));
    free(own);
    return count;
}

mica_tensor *optimizer_scale_loss(const mica_optimizer *o, mica_tensor *loss) {
    if (o->scaling) return mica_multiply(loss, o->scaling->scale);
    return given(o->options->loss_scale_factor) ? times(loss, o->options->loss_scale_factor) : loss;
}
