/* Adadelta: a = rho a + (1 - rho) g^2; d = -g sqrt(u + epsilon) / sqrt(a + epsilon); u = rho u +
 * (1 - rho) d^2; p += lr d.  Source: keras.optimizers.Adadelta; Zeiler (2012). */
#include "optim/optimizer.h"

#define OWNER mica_adadelta_options

static const field adadelta_fields[] = {
    OPTIMIZER_FIELDS(OWNER, "adadelta", 0.001), SHARE(OWNER, rho, 0.95, "of the squares"),
    FACTOR(OWNER, epsilon, 1e-7, "of the roots"), END_OF_FIELDS};

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *g = f->gradient, *u = f->slot[1];
    mica_tensor *a = f->new_slot[0] = mixed(f->slot[0], mica_square(g), o->rho);
    mica_tensor *from = mica_sqrt(plus(u, o->epsilon)), *to = mica_sqrt(plus(a, o->epsilon));
    mica_tensor *d = mica_negative(mica_divide(mica_multiply(from, g), to));
    f->new_slot[1] = mixed(u, mica_square(d), o->rho);
    f->new_parameter = mica_add(f->parameter, mica_multiply(d, f->learning_rate));
}

const optimizer_kind optimizer_adadelta = {
    .name = "adadelta",
    .class_name = "Adadelta",
    .fields = adadelta_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"accumulated_grad", "accumulated_delta_var"},
    .tf_slots = {"accum_grad", "accum_var"},
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(adadelta)
