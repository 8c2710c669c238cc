/* Adamax: m += (g - m) (1 - beta_1); u = max(beta_2 u, |g|); p -= m lr / ((1 - beta_1^t) (u +
 * epsilon)).  Source: keras.optimizers.Adamax; Kingma and Ba (2015), section 7. */
#include "optim/optimizer.h"

#define OWNER mica_adamax_options

static const field adamax_fields[] = {
    OPTIMIZER_FIELDS(OWNER, "adamax", 0.001), SHARE(OWNER, beta_1, 0.9, "of the mean"),
    SHARE(OWNER, beta_2, 0.999, "of the norm"), FACTOR(OWNER, epsilon, 1e-7, "of the divisor"),
    END_OF_FIELDS};

static void prepare(step_frame *f) {
    const OWNER *o = f->options;
    f->scalar[0] = mica_divide(f->learning_rate, correction(o->beta_1, f->step));
}

static void step(step_frame *f) {
    const OWNER *o = f->options;
    mica_tensor *m = f->new_slot[0] = moved(f->slot[0], f->gradient, o->beta_1);
    mica_tensor *before = times(f->slot[1], o->beta_2);
    mica_tensor *u = f->new_slot[1] = mica_maximum(before, mica_abs(f->gradient));
    mica_tensor *change = mica_divide(mica_multiply(m, f->scalar[0]), plus(u, o->epsilon));
    f->new_parameter = mica_subtract(f->parameter, change);
}

const optimizer_kind optimizer_adamax = {
    .name = "adamax",
    .class_name = "Adamax",
    .fields = adamax_fields,
    .options_size = sizeof(OWNER),
    .ignored = optimizer_ignored,
    .renamed = optimizer_renamed,
    .slots = {"momentum", "norm"},
    .tf_slots = {"m", "v"},
    .newer_tf_slots = {NULL, "u"},
    .prepare = prepare,
    .step = step,
};

OPTIMIZER_CONSTRUCTOR(adamax)
