/* Ftrl: follow the regularized leader. n' = n + g^2; z += g + 2 s p - p (n'^-k - n^-k) / lr; p =
 * (clip(z, -l1, l1) - z) / (n'^-k / lr + 2 l2 + beta / lr), k the learning_rate_power, s the
 * shrinkage.  Source: keras.optimizers.Ftrl; McMahan et al. (2013). */
#include "optim/optimizer.h"

#define OWNER mica_ftrl_options

static const field ftrl_fields[] = {
    OPTIMIZER_FIELDS(OWNER, "ftrl", 0.001),
    REAL(OWNER, learning_rate_power, DEFAULT(-0.5), .min = -INFINITY, .max = 0, .help = "k"),
    FACTOR(OWNER, initial_accumulator_value, 0.1, "of n"),
    FACTOR(OWNER, l1_regularization_strength, 0, "l1"),
    FACTOR(OWNER, l2_regularization_strength, 0, "l2"),
    FACTOR(OWNER, l2_shrinkage_regularization_strength, 0, "s"),
    REAL(OWNER, beta, DEFAULT(0), .help = "of the paper"),
    END_OF_FIELDS};

static double slot_initial(const void *options, int slot) {
    return slot == 0 ? ((const OWNER *)options)->initial_accumulator_value : 0;
}

/* n^-k */
static mica_tensor *root(const OWNER *o, mica_tensor *n) {
    if (o->learning_rate_power == -0.5) return mica_sqrt(n);
    return mica_power(n, scalar_like(n, -o->learning_rate_power));
}

static void prepare(step_frame *f) {
    const OWNER *o = f->options;
    f->scalar[0] = mica_reciprocal(f->learning_rate);
    f->scalar[1] = plus(times(f->scalar[0], o->beta), 2 * o->l2_regularization_strength);
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    double l1 = o->l1_regularization_strength, shrink = o->l2_shrinkage_regularization_strength;
    mica_tensor *p = f->parameter, *g = f->gradient, *n = f->slot[0];
    mica_tensor *more = f->new_slot[0] = mica_add(n, mica_square(g));
    if (shrink > 0) g = mica_add(g, times(p, 2 * shrink));
    mica_tensor *grown = mica_subtract(root(o, more), root(o, n));
    grown = mica_multiply(mica_multiply(grown, f->scalar[0]), p);
    mica_tensor *z = f->new_slot[1] = mica_add(f->slot[1], mica_subtract(g, grown));
    mica_tensor *divisor = mica_add(mica_multiply(root(o, more), f->scalar[0]), f->scalar[1]);
    f->new_parameter = mica_divide(mica_subtract(mica_clip(z, -l1, l1), z), divisor);
}

const optimizer_kind optimizer_ftrl = {
    .name = "ftrl",
    .class_name = "Ftrl",
    .fields = ftrl_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"accumulator", "linear"},
    .slots_together = true,
    .slot_initial = slot_initial,
    .prepare = prepare,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(ftrl)
