/* RMSprop: v = rho v + (1 - rho) g^2; p -= lr g / sqrt(v + epsilon). centered: a = rho a + (1 -
 * rho) g, and v - a^2 in place of v; momentum: b = momentum b + that change, p -= b. Source:
 * keras.optimizers.RMSprop; Hinton (2012). */
#include "optim/optimizer.h"

#define OWNER mica_rmsprop_options

static const field rmsprop_fields[] = {OPTIMIZER_FIELDS(OWNER, "rmsprop", 0.001),
                                       SHARE(OWNER, rho, 0.9, "of the square"),
                                       FACTOR(OWNER, momentum, 0, "share of the last step"),
                                       FACTOR(OWNER, epsilon, 1e-7, "of the divisor"),
                                       BOOLEAN(OWNER, centered, .help = "by the variance"),
                                       END_OF_FIELDS};

enum { VELOCITY, MOMENTUM, AVERAGE };

static bool has_slot(const void *options, int slot) {
    const OWNER *o = options;
    return slot == MOMENTUM ? o->momentum > 0 : slot != AVERAGE || o->centered;
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *g = f->gradient;
    mica_tensor *v = f->new_slot[VELOCITY] = mixed(f->slot[VELOCITY], mica_square(g), o->rho);
    if (o->centered) {
        mica_tensor *a = f->new_slot[AVERAGE] = mixed(f->slot[AVERAGE], g, o->rho);
        v = mica_subtract(v, mica_square(a));
    }
    mica_tensor *divisor = mica_sqrt(plus(v, o->epsilon));
    mica_tensor *change = mica_divide(mica_multiply(g, f->learning_rate), divisor);
    if (o->momentum > 0)
        change = f->new_slot[MOMENTUM] = mica_add(times(f->slot[MOMENTUM], o->momentum), change);
    f->new_parameter = mica_subtract(f->parameter, change);
}

const optimizer_kind optimizer_rmsprop = {
    .name = "rmsprop",
    .class_name = "RMSprop",
    .fields = rmsprop_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"velocity", "momentum", "average_gradient"},
    .tf_slots = {"rms", "momentum", "mg"},
    .has_slot = has_slot,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(rmsprop)
