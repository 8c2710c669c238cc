/* ScheduleFreeAdamW: v += (g^2 - v) (1 - beta_2); z' = z - lr g / (sqrt(v / (1 - beta_2^t)) +
 * epsilon); the average x = (p - (1 - beta_1) z) / beta_1 becomes x' = (1 - 1/t) x + z' / t, and p
 * = (1 - beta_1) z' + beta_1 x'. In warmup_steps lr rises linearly. z begins as the parameter.
 * Source: keras.optimizers.ScheduleFreeAdamW; Defazio et al. (2024). */
#include "optim/optimizer.h"

#define OWNER mica_schedule_free_adamw_options

static const field schedule_free_adamw_fields[] = {
    OPTIMIZER_FIELDS(OWNER, "schedule_free_adamw", 0.0025),
    REAL(OWNER, beta_1, DEFAULT(0.9), .min = 0, .max = 1, .flags = FIELD_POSITIVE,
         .help = "share of the average"),
    SHARE(OWNER, beta_2, 0.999, "of the square"),
    FACTOR(OWNER, epsilon, 1e-8, "of the divisor"),
    INTEGER(OWNER, warmup_steps, DEFAULT(0), .min = 0, .max = INFINITY, .help = "of a rising rate"),
    END_OF_FIELDS};

static double slot_initial(const void *options, int slot) { return slot == 0 ? NAN : 0; }

static void prepare(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *t = f->step, *lr = f->learning_rate, *one = scalar_like(t, 1);
    if (o->warmup_steps > 0)
        lr = mica_multiply(lr, mica_minimum(times(t, 1 / (double)o->warmup_steps), one));
    f->scalar[0] = lr;
    f->scalar[1] = mica_reciprocal(correction(o->beta_2, t));
    f->scalar[2] = mica_reciprocal(t);
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *z = f->slot[0];
    mica_tensor *v = f->new_slot[1] = moved(f->slot[1], mica_square(f->gradient), o->beta_2);
    mica_tensor *divisor = plus(mica_sqrt(mica_multiply(v, f->scalar[1])), o->epsilon);
    mica_tensor *change = mica_divide(mica_multiply(f->gradient, f->scalar[0]), divisor);
    mica_tensor *next = f->new_slot[0] = mica_subtract(z, change);
    mica_tensor *x = times(mica_subtract(f->parameter, times(z, 1 - o->beta_1)), 1 / o->beta_1);
    x = mica_add(x, mica_multiply(mica_subtract(next, x), f->scalar[2]));
    f->new_parameter = mixed(x, next, o->beta_1);
}

const optimizer_kind optimizer_schedule_free_adamw = {
    .name = "schedule_free_adamw",
    .class_name = "ScheduleFreeAdamW",
    .fields = schedule_free_adamw_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum", "velocity"},
    .slot_initial = slot_initial,
    .prepare = prepare,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(schedule_free_adamw)
