/* Adagrad: s += g^2; p -= lr g / sqrt(s + epsilon).
 * Source: keras.optimizers.Adagrad; Duchi et al. (2011). */
#include "optim/optimizer.h"

#define OWNER mica_adagrad_options

static const field adagrad_fields[] = {
    OPTIMIZER_FIELDS(OWNER, "adagrad", 0.001),
    REAL(OWNER, initial_accumulator_value, DEFAULT(0.1), .min = 0, .max = INFINITY, .help = "of s"),
    REAL(OWNER, epsilon, DEFAULT(1e-7), .min = 0, .max = INFINITY, .help = "of the divisor"),
    END_OF_FIELDS};

static double slot_initial(const void *options, int slot) {
    return ((const OWNER *)options)->initial_accumulator_value;
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *s = f->new_slot[0] = mica_add(f->slot[0], mica_square(f->gradient));
    mica_tensor *change = mica_multiply(f->learning_rate, f->gradient);
    change = mica_divide(change, mica_sqrt(plus(s, o->epsilon)));
    f->new_parameter = mica_subtract(f->parameter, change);
}

const optimizer_kind optimizer_adagrad = {
    .name = "adagrad",
    .class_name = "Adagrad",
    .fields = adagrad_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"accumulator"},
    .slot_initial = slot_initial,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(adagrad)
